/** Asks a person before something is changed. */
import { createInterface } from 'node:readline/promises'
import type { Io } from './command.ts'

/** Exit code of a command that changed nothing because nobody agreed. */
export const NOT_AGREED = 4
export const NOT_AGREED_MEANING = 'nobody agreed to the change, and nothing was changed'

/** @param otherwise What to give on the command line where there is nobody to ask. */
export async function agrees(io: Io, question: string, otherwise: string): Promise<boolean> {
  if (!io.interactive) {
    io.err.write(`Nobody can be asked here. ${otherwise}\n`)
    return false
  }
  const terminal = createInterface({ input: io.in, output: io.err })
  try {
    const answer = await terminal.question(`${question} [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
