/**
 * Texts that leave this process and must come back as they were: AES-256-GCM under a master key, or a key made from one.
 *
 * Form        v1.<master key id>.<iv>.<ciphertext and tag>, each in base64url. A later version is another prefix.
 * Bound       What the text is for is authenticated with it, so it opens for nothing else.
 * One text    Only the very text that was sealed opens: base64url lets other letters stand for the same bytes, and drops some.
 * Random iv   96 bits; a key would have to encrypt some four thousand million texts before a repeat is worth a
 *             thought. Equal texts look different each time.
 * Checked by  sealed-text.test.ts, secrets.test.ts, ../admin/seller-cursors.test.ts
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { MasterKey, MasterKeyRing } from './master-keys.ts'
import type { RandomBytes } from './new-key.ts'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
const SEALED = /^v1\.([\w-]{16})\.([\w-]{16})\.([\w-]{22,})$/

export type OpenedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: OpenProblem }

export type OpenProblem =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknownMasterKey'; readonly masterKeyId: string }
  /** Altered, or sealed for something else. */
  | { readonly kind: 'notAuthentic'; readonly masterKeyId: string }

export function sealText(
  masterKey: MasterKey,
  purpose: string,
  text: string,
  randomBytes: RandomBytes,
): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, masterKey.key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(purpose, 'utf8'))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return ['v1', masterKey.id, iv.toString('base64url'), body.toString('base64url')].join('.')
}

export function openText(
  ring: Pick<MasterKeyRing, 'find'>,
  purpose: string,
  sealed: string,
): OpenedText {
  const parts = SEALED.exec(sealed)
  if (parts === null) return { ok: false, problem: { kind: 'malformed' } }
  const [, masterKeyId = '', iv = '', body = ''] = parts
  const masterKey = ring.find(masterKeyId)
  if (masterKey === undefined) {
    return { ok: false, problem: { kind: 'unknownMasterKey', masterKeyId } }
  }
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.toString('base64url') !== body) return { ok: false, problem: { kind: 'malformed' } }
  const text = decrypt(masterKey, purpose, Buffer.from(iv, 'base64url'), bytes)
  if (text === undefined) return { ok: false, problem: { kind: 'notAuthentic', masterKeyId } }
  return { ok: true, text }
}

/** Which master key a text needs, or undefined if it is not sealed. */
export function masterKeyIdOf(sealed: string): string | undefined {
  return SEALED.exec(sealed)?.[1]
}

function decrypt(
  masterKey: MasterKey,
  purpose: string,
  iv: Buffer,
  body: Buffer,
): string | undefined {
  const tagStart = body.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, masterKey.key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(purpose, 'utf8'))
  decipher.setAuthTag(body.subarray(tagStart))
  try {
    const text = [decipher.update(body.subarray(0, tagStart)), decipher.final()]
    return Buffer.concat(text).toString('utf8')
  } catch {
    // The one thing `final` throws for: the tag does not fit.
    return undefined
  }
}
