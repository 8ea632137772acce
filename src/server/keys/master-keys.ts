/**
 * The master keys under which secrets are encrypted: where they come from, and what is refused.
 *
 * Why a ring  A ciphertext names the key that it needs. The first key encrypts, all decrypt, so a key can be
 *             replaced while the service runs and taken away once nothing names it.
 * Where       A file beside the ledger and never in it, readable by its owner alone; or a text from the
 *             configuration. Losing it loses every secret, and a backup of the ledger does not hold it.
 * Limits      No sentence here repeats any of a key. Windows has no file modes to check.
 * Checked by  master-keys.test.ts
 */
import { createHash, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export const MASTER_KEY_BYTES = 32
/** 96 bits encode as 16 characters: short enough to read aloud, and no two keys share one by chance. */
const ID_BYTES = 12
const BASE64 = /^[A-Za-z0-9+/]{43}=?$/

export interface MasterKey {
  /** A fingerprint. It tells keys apart and tells nothing about them. */
  readonly id: string
  readonly key: KeyObject
}

export interface MasterKeyRing {
  /** The key that encrypts. */
  readonly current: MasterKey
  /** All keys, the current one first. */
  readonly keys: readonly MasterKey[]
  find(id: string): MasterKey | undefined
}

export type MasterKeyResult =
  | { readonly ok: true; readonly ring: MasterKeyRing }
  | { readonly ok: false; readonly problem: string }

/** @param bytes 32 bytes, from a source fit for keys. */
export function masterKeyOf(bytes: Uint8Array): MasterKey {
  if (bytes.length !== MASTER_KEY_BYTES) {
    throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes, got ${bytes.length}`)
  }
  const digest = createHash('sha256').update('marketmeter master key id\0').update(bytes).digest()
  const id = digest.subarray(0, ID_BYTES).toString('base64url')
  return { id, key: createSecretKey(bytes) }
}

/** @param keys At least one; the first encrypts. */
export function ringOf(keys: readonly [MasterKey, ...MasterKey[]]): MasterKeyRing {
  const byId = new Map(keys.map((key) => [key.id, key]))
  return { current: keys[0], keys, find: (id) => byId.get(id) }
}

/**
 * Reads keys from a text: base64, apart by commas, blanks or lines; a line that begins with # is a comment.
 *
 * @param source What the text is, for the sentence: 'MARKETMETER_MASTER_KEYS', or a file's path.
 */
export function parseMasterKeys(text: string, source: string): MasterKeyResult {
  const words = text
    .replace(/^\s*#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((word) => word !== '')
  const keys = words.map(parseMasterKey)
  const [first, ...others] = keys.filter((key) => key !== undefined)
  if (first === undefined || keys.length !== others.length + 1) {
    const found = words.length === 0 ? 'holds no key' : wrongWord(keys.indexOf(undefined) + 1)
    return { ok: false, problem: `${source} ${found}. ${HOW_TO_MEND}` }
  }
  const ring = ringOf([first, ...others])
  const distinct = new Set(ring.keys.map((key) => key.id))
  if (distinct.size !== ring.keys.length) {
    return { ok: false, problem: `${source} holds the same master key twice. Remove one of them.` }
  }
  return { ok: true, ring }
}

/** Writes keys as `parseMasterKeys` reads them. */
export function formatMasterKeys(ring: MasterKeyRing): string {
  const lines = ring.keys.map((key) => `${key.key.export().toString('base64')}\n`)
  return `${FILE_HEADER}${lines.join('')}`
}

function parseMasterKey(word: string): MasterKey | undefined {
  if (!BASE64.test(word)) return undefined
  const bytes = Buffer.from(word, 'base64')
  return bytes.length === MASTER_KEY_BYTES ? masterKeyOf(bytes) : undefined
}

function wrongWord(position: number): string {
  return `is malformed: key ${position} is not ${MASTER_KEY_BYTES} bytes in base64 (44 characters)`
}

const HOW_TO_MEND =
  'Restore it from your copy. Only if no secret was ever stored under it, make a new one: openssl rand -base64 32.'

const FILE_HEADER = `# Marketmeter's master keys: the secrets of all access keys are encrypted under them.
# The first encrypts, all decrypt. Keep a copy elsewhere: a backup of the ledger does not hold this file.
`
