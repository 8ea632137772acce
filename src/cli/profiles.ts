/** The profile that a command was given: the name of a built-in one, or a file of one's own. */
import { readFileSync } from 'node:fs'
import { BUILT_IN_PROFILES, type Profile } from '../core/profile.ts'
import { CommandFailure } from './command.ts'

const WRONG_COMMAND_LINE = 2
const FILE = /[/\\]|\.(ya?ml|json)$/

/** @param choice A name, or the path of a YAML file: something with a slash or such an ending. */
export async function profileFor(choice: string): Promise<Profile> {
  if (FILE.test(choice)) return profileFromFile(choice)
  const profile = BUILT_IN_PROFILES.find(({ name }) => name === choice)
  if (profile !== undefined) return profile
  const known = BUILT_IN_PROFILES.map(({ name, summary }) => `${name} (${summary})`).join(', ')
  return fail(
    `there is no profile ${choice}. There are: ${known}. A path names a file of your own.`,
  )
}

async function profileFromFile(file: string): Promise<Profile> {
  // Loaded only here: most starts need no YAML for their profile.
  const { parseProfileFile } = await import('./profile-file.ts')
  const result = parseProfileFile(readText(file), file)
  return result.ok ? result.profile : fail(result.problems.join('\n'))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(`the profile ${file} cannot be read: ${reason}`)
  }
}

function fail(message: string): never {
  throw new CommandFailure(message, WRONG_COMMAND_LINE)
}
