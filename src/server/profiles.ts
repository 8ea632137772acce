/** Finds the profile that somebody chose: the name of a built-in one, or a file of one's own. */
import { readFileSync } from 'node:fs'
import { BUILT_IN_PROFILES, type Profile } from '../core/profile.ts'
import { namesFile } from './file-choice.ts'
import { fileProblemOf } from './file-problem.ts'

export type ProfileResult =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly problems: readonly string[] }

/** @param choice A name, or the path of a YAML file: something with a slash or such an ending. */
export async function readProfile(choice: string): Promise<ProfileResult> {
  if (namesFile(choice)) return profileFromFile(choice)
  const profile = BUILT_IN_PROFILES.find(({ name }) => name === choice)
  if (profile !== undefined) return { ok: true, profile }
  const known = BUILT_IN_PROFILES.map(({ name, summary }) => `${name} (${summary})`).join(', ')
  return refused(
    `there is no profile ${JSON.stringify(choice)}. There are: ${known}. A path names a file of your own.`,
  )
}

async function profileFromFile(file: string): Promise<ProfileResult> {
  // Loaded only here: most starts need no YAML for their profile.
  const { parseProfileFile } = await import('./profile-file.ts')
  try {
    return parseProfileFile(readFileSync(file, 'utf8'), file)
  } catch (error) {
    return refused(`the profile ${file} cannot be read: ${fileProblemOf(error)}`)
  }
}

function refused(problem: string): ProfileResult {
  return { ok: false, problems: [problem] }
}
