/**
 * Secrets of access keys at rest: AES-256-GCM under a master key, bound to the access key id.
 *
 * Form        v1.<master key id>.<iv>.<ciphertext and tag>, each in base64url. A later version is another prefix.
 * Bound       The access key id is authenticated with it, so a ciphertext moved to another key's row fails.
 * Random iv   96 bits; a master key would have to encrypt some four thousand million secrets before a repeat
 *             is worth a thought.
 * Checked by  secrets.test.ts
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { MasterKey, MasterKeyRing } from './master-keys.ts'
import type { RandomBytes } from './new-key.ts'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
const SEALED = /^v1\.([\w-]{16})\.([\w-]{16})\.([\w-]{22,})$/

/** Text that is safe to store. */
export type SealedSecret = string

export type OpenResult =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly problem: OpenProblem }

export type OpenProblem =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknownMasterKey'; readonly masterKeyId: string }
  /** Altered, or another access key's. */
  | { readonly kind: 'notAuthentic'; readonly masterKeyId: string }

export type ResealResult =
  | { readonly ok: true; readonly sealed: SealedSecret; readonly changed: boolean }
  | { readonly ok: false; readonly problem: OpenProblem }

export function sealSecret(
  masterKey: MasterKey,
  accessKeyId: string,
  secret: string,
  randomBytes: RandomBytes,
): SealedSecret {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, masterKey.key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(associatedData(accessKeyId))
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return ['v1', masterKey.id, iv.toString('base64url'), body.toString('base64url')].join('.')
}

export function openSecret(
  ring: MasterKeyRing,
  accessKeyId: string,
  sealed: SealedSecret,
): OpenResult {
  const parts = SEALED.exec(sealed)
  if (parts === null) return { ok: false, problem: { kind: 'malformed' } }
  const [, masterKeyId = '', iv = '', body = ''] = parts
  const masterKey = ring.find(masterKeyId)
  if (masterKey === undefined) {
    return { ok: false, problem: { kind: 'unknownMasterKey', masterKeyId } }
  }
  const bytes = Buffer.from(body, 'base64url')
  const secret = decrypt(masterKey, accessKeyId, Buffer.from(iv, 'base64url'), bytes)
  if (secret === undefined) return { ok: false, problem: { kind: 'notAuthentic', masterKeyId } }
  return { ok: true, secret }
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

/** Which master key a secret needs, or undefined if the text is no sealed secret. */
export function masterKeyIdOf(sealed: SealedSecret): string | undefined {
  return SEALED.exec(sealed)?.[1]
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

function decrypt(
  masterKey: MasterKey,
  accessKeyId: string,
  iv: Buffer,
  body: Buffer,
): string | undefined {
  const tagStart = body.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, masterKey.key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData(accessKeyId))
  decipher.setAuthTag(body.subarray(tagStart))
  try {
    const text = [decipher.update(body.subarray(0, tagStart)), decipher.final()]
    return Buffer.concat(text).toString('utf8')
  } catch {
    // The one thing `final` throws for: the tag does not fit.
    return undefined
  }
}

/** The purpose stands before the id, so that no other use of a master key can be mistaken for this one. */
function associatedData(accessKeyId: string): Buffer {
  return Buffer.from(`marketmeter secret of access key ${accessKeyId}`, 'utf8')
}
