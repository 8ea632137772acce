/**
 * Registration tokens: what a buyer's browser carries to the seller, and the seller gives to ResolveCustomer.
 *
 * Sealed      A token is its own content, encrypted under a key made from the master key. So nothing is stored for one, every
 *             replica knows it, it outlives a restart, and who fills a purchase page with visits fills no table.
 * Form        Base64 of master key id, iv, ciphertext and tag. It holds `+`, `/` and `=`, as AWS's do, so that a seller who
 *             decodes a form once too often finds out here.
 * One text    Only the very text that was given opens; another spelling of the same bytes does not, or it would count its
 *             uses apart.
 * Checked by  registration-tokens.test.ts
 */
import { createHash } from 'node:crypto'
import type { Registration } from '../core/registration.ts'
import { keyFor, ringFor } from './keys/derived-keys.ts'
import type { MasterKeyRing } from './keys/master-keys.ts'
import type { RandomBytes } from './keys/new-key.ts'
import { openText, sealText } from './keys/sealed-text.ts'

const PURPOSE = 'marketmeter registration token'
/** Longer than any that we make; a longer one is not even decoded. */
const TOKEN_LENGTH_MAX = 8_192
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const KEY_ID_BYTES = 12
const IV_BYTES = 12
const TAG_BYTES = 16
/** Nine tokens of ten hold both characters at the first try. */
const TRIES_MAX = 1_000

export function sealRegistration(
  masterKeys: Pick<MasterKeyRing, 'current'>,
  registration: Registration,
  randomBytes: RandomBytes,
): string {
  const key = keyFor(masterKeys.current, PURPOSE)
  const text = padded(JSON.stringify(registration))
  let token = ''
  for (let tries = 0; tries < TRIES_MAX && !/\+.*\/|\/.*\+/.test(token); tries++) {
    token = packed(sealText(key, PURPOSE, text, randomBytes))
  }
  return token
}

/** Undefined for whatever was not given out by a service with these master keys. */
export function openRegistration(
  masterKeys: Pick<MasterKeyRing, 'find'>,
  token: string,
): Registration | undefined {
  const sealed = unpacked(token)
  if (sealed === undefined) return undefined
  const opened = openText(ringFor(masterKeys, PURPOSE), PURPOSE, sealed)
  // It is what we wrote, so its shape is taken as known.
  return opened.ok ? (JSON.parse(opened.text) as Registration) : undefined
}

/** What a token may be called where the token itself must not stand: counts of uses, logs. */
export function registrationTokenId(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 32)
}

/** Blanks behind JSON mean nothing; with them the base64 always ends in `=`. */
function padded(text: string): string {
  const bytes = KEY_ID_BYTES + IV_BYTES + Buffer.byteLength(text) + TAG_BYTES
  return bytes % 3 === 0 ? `${text} ` : text
}

function packed(sealed: string): string {
  const [, ...parts] = sealed.split('.')
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64url'))).toString('base64')
}

function unpacked(token: string): string | undefined {
  if (token.length > TOKEN_LENGTH_MAX || !BASE64.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64')
  if (bytes.toString('base64') !== token) return undefined
  const bodyStart = KEY_ID_BYTES + IV_BYTES
  const parts = [
    bytes.subarray(0, KEY_ID_BYTES),
    bytes.subarray(KEY_ID_BYTES, bodyStart),
    bytes.subarray(bodyStart),
  ]
  return ['v1', ...parts.map((part) => part.toString('base64url'))].join('.')
}
