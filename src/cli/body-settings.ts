/** Whole bodies, where the operator wants them: proves at start that the folder can be written. */
import { access, constants, mkdir } from 'node:fs/promises'
import { BodyLog, type BodyLogOptions } from '../server/bodies/body-log.ts'
import { fileProblemOf } from '../server/file-problem.ts'
import type { Log } from '../server/log.ts'
import { failureTeller } from '../server/observer.ts'
import { CommandFailure } from './command.ts'

export type BodySettings = Pick<BodyLogOptions, 'folder' | 'bytesMax' | 'ageMsMax'>

/** @throws CommandFailure if nothing could be written there. */
export async function openBodyLog(
  settings: BodySettings | undefined,
  log: Log,
  exitCode: number,
): Promise<BodyLog | undefined> {
  if (settings === undefined) return undefined
  const { folder } = settings
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK)
  } catch (error) {
    const problem = `--bodies: ${folder} cannot be written: ${fileProblemOf(error)}`
    throw new CommandFailure(problem, exitCode)
  }
  return new BodyLog({ ...settings, writeFailed: failureTeller(log, 'bodies could not be kept') })
}
