/** A YAML or JSON file whose content goes to a sandbox, which reads no files for others. */
import { readFileSync } from 'node:fs'
import { type Locate, parseFile } from '../server/catalog-file/read.ts'
import { fileProblemOf } from '../server/file-problem.ts'
import { CommandFailure } from './command.ts'
import { WRONG_LINE } from './sandbox-api.ts'

export interface SentFile {
  readonly value: object
  readonly locate: Locate
}

/** @throws CommandFailure with all that is wrong with its form; what its members say, the sandbox judges. */
export function readSentFile(file: string): SentFile {
  const parsed = parseFile(textOf(file), file)
  if (!parsed.ok) throw new CommandFailure(parsed.problems.join('\n'), WRONG_LINE)
  const { value, locate } = parsed
  if (!hasNoCircle(value)) {
    const text = `${file}: an alias (*name) stands inside of what it names; write things out`
    throw new CommandFailure(text, WRONG_LINE)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value, locate }
  throw new CommandFailure(`${file}: expected members, such as agreements:`, WRONG_LINE)
}

/** It goes as JSON, which has no circles. */
function hasNoCircle(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${fileProblemOf(error)}`, WRONG_LINE)
  }
}
