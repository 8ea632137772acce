/** Counts uses of tokens that are not stored themselves, whatever they are for, in the control store. */
import type { ControlStore, TokenUse } from '../store/control.ts'
import { untilFree } from './until-free.ts'

/** @returns False if the token was used as often as it may be. @throws AlwaysBusy */
export async function countUse(
  store: Pick<ControlStore, 'useToken'>,
  use: TokenUse,
): Promise<boolean> {
  return (await untilFree(() => store.useToken(use))) === 'used'
}
