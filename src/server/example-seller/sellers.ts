/** The example sellers of a demo: where their buyers arrive, and with which keys they ask. */
import type { SigningCredentials } from '../../wire/sigv4/index.ts'

export interface Metering {
  /** `http://127.0.0.1:7070`. */
  readonly endpoint: string
  readonly region: string
}

export interface ExampleSellers {
  readonly metering: Metering
  /** The key of each seller, by account; all of them public. */
  readonly keys: ReadonlyMap<string, SigningCredentials>
}

export const LANDING_PATH = '/example-seller/:account/register'

/** Where a seller's buyers arrive; undefined for one whose key is not known. */
export function landingPathOf(
  { keys }: Pick<ExampleSellers, 'keys'>,
  account: string,
): string | undefined {
  return keys.has(account) ? LANDING_PATH.replace(':account', account) : undefined
}
