/** Profiles by name, as commands take them. */
import { BUILT_IN_PROFILES, type Profile } from '../core/profile.ts'
import { CommandFailure } from './command.ts'

const WRONG_COMMAND_LINE = 2

export function profileNamed(name: string): Profile {
  const profile = BUILT_IN_PROFILES.find((one) => one.name === name)
  if (profile !== undefined) return profile
  const known = BUILT_IN_PROFILES.map((one) => `${one.name} (${one.summary})`).join(', ')
  throw new CommandFailure(`there is no profile ${name}. There are: ${known}.`, WRONG_COMMAND_LINE)
}
