/**
 * Signing keys that were derived already: deriving one costs a decryption and four HMACs, using one costs one.
 *
 * Bounded     So many access keys, the longest unused forgotten first; and of each a few days and Regions,
 *             because a stranger who knows an access key id may name any Region before the signature is judged.
 * Forgets     A key at once when told, as disabling one needs; a changed secret by its version.
 * Checked by  signing-keys.test.ts
 */
import type { KeyObject } from 'node:crypto'
import { deriveSigningKey } from '../../wire/sigv4/index.ts'

const SCOPES_PER_KEY_MAX = 8

export interface SecretSource {
  readonly accessKeyId: string
  /** Differs whenever the secret does. */
  readonly secretVersion: number | string
  /** Decrypts the secret; called only when nothing derived from it is at hand. */
  openSecret(): string
}

interface Entry {
  readonly secretVersion: number | string
  readonly byScope: Map<string, KeyObject>
}

export class SigningKeys {
  readonly #service: string
  readonly #keyCountMax: number
  readonly #entries = new Map<string, Entry>()

  constructor(service: string, keyCountMax: number) {
    this.#service = service
    this.#keyCountMax = keyCountMax
  }

  /** @param date YYYYMMDD */
  get(source: SecretSource, date: string, region: string): KeyObject {
    const entry = this.#entryOf(source)
    const scope = `${date}/${region}`
    const known = entry.byScope.get(scope)
    if (known !== undefined) return known
    const derived = deriveSigningKey(source.openSecret(), { date, region, service: this.#service })
    makeRoom(entry.byScope, SCOPES_PER_KEY_MAX)
    entry.byScope.set(scope, derived)
    return derived
  }

  /** From the next request on, this key is derived anew, or not at all. */
  forget(accessKeyId: string): void {
    this.#entries.delete(accessKeyId)
  }

  forgetAll(): void {
    this.#entries.clear()
  }

  /** How many access keys are held. */
  get keyCount(): number {
    return this.#entries.size
  }

  /** A Map keeps the order of insertion, so what is used is put at the end again. */
  #entryOf(source: SecretSource): Entry {
    const found = this.#entries.get(source.accessKeyId)
    this.#entries.delete(source.accessKeyId)
    const current = found?.secretVersion === source.secretVersion ? found : undefined
    const entry = current ?? { secretVersion: source.secretVersion, byScope: new Map() }
    makeRoom(this.#entries, this.#keyCountMax)
    this.#entries.set(source.accessKeyId, entry)
    return entry
  }
}

function makeRoom<Value>(map: Map<string, Value>, countMax: number): void {
  while (map.size >= countMax) {
    const [oldest] = map.keys()
    if (oldest === undefined) return
    map.delete(oldest)
  }
}
