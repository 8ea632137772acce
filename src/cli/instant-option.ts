/** An instant that an option was given, by the machine's clock where it is relative. */
import type { InstantMs } from '../core/usage.ts'
import { CommandFailure } from './command.ts'
import { WRONG_LINE } from './control-access.ts'
import { INSTANT_EXPECTED, parseInstant } from '../server/written-instant.ts'

/** @throws CommandFailure if there is text and it names no instant. */
export function instantOf(option: string, text: string | undefined): InstantMs | undefined {
  if (text === undefined) return undefined
  const instant = parseInstant(text, Date.now())
  if (instant !== undefined) return instant.ms
  throw new CommandFailure(`${option}: ${INSTANT_EXPECTED}, got "${text}"`, WRONG_LINE)
}
