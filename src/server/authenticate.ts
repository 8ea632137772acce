/** Who signed a request: the step of the pipeline that proves it. */
import { refuse } from '../wire/refused.ts'
import {
  type KeyLookup,
  type SignatureClock,
  type SignaturePolicy,
  verifySignature,
} from '../wire/sigv4/index.ts'
import type { IncomingRequest, Operation, Signer } from './service.ts'

/** @throws Refused */
export type Authenticate = (
  request: IncomingRequest,
  policy: SignaturePolicy,
  operation: Operation,
) => { readonly signer: Signer; readonly region: string }

/**
 * What signatures and session tokens are judged by, whichever is nearest: the machine's clock, as the `Date` header tells it, and in
 * a sandbox the workspace's too. Milliseconds since 1970.
 */
export type SignatureClocks = readonly [SignatureClock, ...SignatureClock[]]

/** In full. What every service is made with; there is no setting that makes it less. */
export function verifyingWith(keys: KeyLookup<Signer>, clocks: SignatureClocks): Authenticate {
  return (request, policy) => {
    const result = verifySignature(request, policy, keys, clocks)
    if (!result.ok) refuse(result.error.code, result.error.reason, result.error.message)
    return result
  }
}
