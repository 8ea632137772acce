/**
 * A client token as the stores keep it: two hashes of fixed size, whatever was sent.
 *
 * Why hashed   A token and the parameters of its request are only ever compared. 128 bits of SHA-256 leave a caller
 *              no way to another's token, nor to parameters of its own that are taken for others.
 */
import { hash } from 'node:crypto'
import type { ClientToken } from '../core/client-token.ts'

/** 32 hexadecimal digits each. */
export interface TokenHashes {
  readonly name: string
  readonly parameters: string
}

const DIGITS = 32

export function tokenHashesOf({ name, parameters }: ClientToken): TokenHashes {
  return {
    name: hash('sha256', name, 'hex').slice(0, DIGITS),
    parameters: hash('sha256', parameters, 'hex').slice(0, DIGITS),
  }
}

/** Another request has the token: nothing was held. */
export class TokenTaken extends Error {
  override readonly name = 'TokenTaken'

  constructor() {
    super('the client token was sent with other parameters before')
  }
}

/** A token goes with one record, and is kept where that is. @throws RangeError */
export function checkTokened(
  records: readonly { readonly billingLine: string }[],
  token: ClientToken | undefined,
): void {
  if (token === undefined) return
  const [record] = records
  if (records.length === 1 && record?.billingLine === token.billingLine) return
  throw new RangeError('a client token goes with one record, of its own billing line')
}
