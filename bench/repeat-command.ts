/** Runs a `marketmeter` command over and over beside a measurement, and counts the lines that it prints. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { commandWords } from './service.ts'

const NEWLINE = 10

export interface Repeating {
  /** @returns Lines printed in all. @throws If the command failed. */
  stop(): Promise<number>
}

export function repeatCommand(words: readonly string[]): Repeating {
  let lines = 0
  const stopping = new AbortController()
  let child: ChildProcess | undefined
  const repeating = (async () => {
    while (!stopping.signal.aborted) {
      child = spawn(process.execPath, commandWords(words), {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      child.stdout?.on('data', (chunk: Buffer) => {
        for (const byte of chunk) if (byte === NEWLINE) lines += 1
      })
      const [code] = (await once(child, 'close')) as [number | null]
      if (code !== 0 && code !== null) throw new Error(`${words.join(' ')} ended with ${code}`)
    }
  })()
  // A failure is told by `stop`; until then it is nobody's unhandled rejection.
  repeating.catch(() => undefined)
  return {
    async stop() {
      stopping.abort()
      child?.kill('SIGKILL')
      await repeating
      return lines
    },
  }
}
