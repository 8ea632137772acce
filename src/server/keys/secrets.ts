/**
 * Secrets of access keys at rest: sealed (sealed-text.ts) under a master key, bound to the access key id.
 *
 * Bound       The access key id is authenticated with it, so a ciphertext moved to another key's row fails.
 * Checked by  secrets.test.ts
 */
import type { MasterKey, MasterKeyRing } from './master-keys.ts'
import type { RandomBytes } from './new-key.ts'
import { masterKeyIdOf, openText, type OpenProblem, sealText } from './sealed-text.ts'

/** Text that is safe to store. */
export type SealedSecret = string

export type OpenResult =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly problem: OpenProblem }

export type ResealResult =
  | { readonly ok: true; readonly sealed: SealedSecret; readonly changed: boolean }
  | { readonly ok: false; readonly problem: OpenProblem }

export function sealSecret(
  masterKey: MasterKey,
  accessKeyId: string,
  secret: string,
  randomBytes: RandomBytes,
): SealedSecret {
  return sealText(masterKey, purposeOf(accessKeyId), secret, randomBytes)
}

export function openSecret(
  ring: MasterKeyRing,
  accessKeyId: string,
  sealed: SealedSecret,
): OpenResult {
  const opened = openText(ring, purposeOf(accessKeyId), sealed)
  return opened.ok ? { ok: true, secret: opened.text } : opened
}

/** For the rotation of master keys: what the current key holds already stays as it is. */
export function resealSecret(
  ring: MasterKeyRing,
  accessKeyId: string,
  sealed: SealedSecret,
  randomBytes: RandomBytes,
): ResealResult {
  const opened = openSecret(ring, accessKeyId, sealed)
  if (!opened.ok) return opened
  if (masterKeyIdOf(sealed) === ring.current.id) return { ok: true, sealed, changed: false }
  const anew = sealSecret(ring.current, accessKeyId, opened.secret, randomBytes)
  return { ok: true, sealed: anew, changed: true }
}

/** One sentence for the person who runs the service. */
export function describeOpenProblem(problem: OpenProblem, accessKeyId: string): string {
  switch (problem.kind) {
    case 'malformed':
      return `The secret stored for access key ${accessKeyId} is not in a known form.`
    case 'unknownMasterKey':
      return (
        `The secret of access key ${accessKeyId} is encrypted under master key ${problem.masterKeyId}, ` +
        'which is not known here. Put that key back, after the current one.'
      )
    case 'notAuthentic':
      return (
        `The secret stored for access key ${accessKeyId} was altered, or is another key's ` +
        `(master key ${problem.masterKeyId}). Delete this access key and make a new one.`
      )
  }
}

/** The purpose stands before the id, so that no other use of a master key can be mistaken for this one. */
function purposeOf(accessKeyId: string): string {
  return `marketmeter secret of access key ${accessKeyId}`
}
