/** The profile that a command was given. */
import type { Profile } from '../core/profile.ts'
import { readProfile } from '../server/profiles.ts'
import { CommandFailure } from './command.ts'

const WRONG_COMMAND_LINE = 2

/** @throws CommandFailure with all that is wrong. */
export async function profileFor(choice: string): Promise<Profile> {
  const result = await readProfile(choice)
  if (result.ok) return result.profile
  throw new CommandFailure(result.problems.join('\n'), WRONG_COMMAND_LINE)
}
