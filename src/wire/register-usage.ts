/**
 * RegisterUsage on the wire: its shape, its answer, and the claims of the signature in it.
 *
 * Source     CONTRACT rules 13 and 171 to 175.
 * Checked by server/operations/register-usage.test.ts
 */
import type { PublicKeyEntry } from '../core/control-entries.ts'
import { EpochSeconds } from './epoch-seconds.ts'
import { integer, optional, type Read, required, structure, text } from './shape.ts'

const VERSION_MAX = 2_147_483_647

export const REGISTER_USAGE_SHAPE = structure({
  ProductCode: required(text({ max: 255, pattern: /^[-a-zA-Z0-9/=:_.@]*$/ })),
  PublicKeyVersion: required(integer({ min: 1, max: VERSION_MAX })),
  Nonce: optional(text({ max: 255 })),
})

export type RegisterUsageRequest = Read<typeof REGISTER_USAGE_SHAPE>

/** In both spellings: AWS's guide prints the one, and AWS's own verifier reads the other (rule 173). */
export function claimsOf({
  ProductCode,
  PublicKeyVersion,
  Nonce,
}: RegisterUsageRequest): Readonly<Record<string, string | number>> {
  return {
    ProductCode,
    productCode: ProductCode,
    PublicKeyVersion,
    publicKeyVersion: PublicKeyVersion,
    ...(Nonce !== undefined && { Nonce, nonce: Nonce }),
  }
}

export function registerUsageAnswer(signature: string, { rotatedMs }: PublicKeyEntry): object {
  return {
    ...(rotatedMs !== undefined && { PublicKeyRotationTimestamp: new EpochSeconds(rotatedMs) }),
    Signature: signature,
  }
}
