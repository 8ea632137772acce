/** Runs a command of the program to its end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** @param words After `node`. @returns Its exit code, and what it said on stderr. */
export async function ended(
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly talk: string }> {
  const child = spawn(process.execPath, [...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  let talk = ''
  child.stderr.on('data', (chunk: Buffer) => (talk += String(chunk)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, talk }
}
