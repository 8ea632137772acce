/** The rows beside the records that many of them share: who called, and agreements other than the series' own. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Call, NewRecord } from '../../core/metering-record.ts'
import { agreementChecksum } from '../checksum.ts'
import { toStoredText } from '../stored-text.ts'

/** A stranger with a key may send a new user agent with every call; then rows repeat, which does no harm. */
const CALLERS_KEPT = 10_000

/** Small numbers for callers. What a failed transaction added is forgotten by `undo`. */
export class CallerBook {
  readonly #ids = new Map<string, number>()
  readonly #insert: StatementSync
  #nextId: number
  #added: string[] = []

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('insert into caller values (?, ?, ?, ?, ?, ?, ?)')
    this.#nextId = nextIdOf(database, 'caller')
  }

  /** Inside a transaction: the row is written at once. */
  idOf({ operation, account, accessKeyId, address, userAgent, profile }: Call): number {
    const parts = [operation, account, accessKeyId, address, userAgent, profile]
    const text = JSON.stringify(parts)
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    if (this.#ids.size >= CALLERS_KEPT) this.#ids.clear()
    const id = this.#nextId++
    this.#insert.run(id, ...parts.map(toStoredText))
    this.#ids.set(text, id)
    this.#added.push(text)
    return id
  }

  commit(): void {
    if (this.#added.length > 0) this.#added = []
  }

  undo(): void {
    for (const text of this.#added) this.#ids.delete(text)
    // Numbers of rows that were rolled back may be used again: nothing names them.
    this.#nextId -= this.#added.length
    this.#added = []
  }
}

export interface AgreementReference {
  /** Null: the agreement that the series names. */
  readonly id: number | null
  readonly checksum: number
}

/** Small numbers for agreements that a series did not begin with: renewed under another name, or replaced. */
export class AgreementBook {
  readonly #references = new Map<string, AgreementReference>()
  readonly #insert: StatementSync
  readonly #select: StatementSync
  #added: string[] = []

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'insert into agreement (agreement, license_arn) values (?, ?) returning id',
    )
    this.#select = database.prepare(
      'select id from agreement where agreement = ? and license_arn = ?',
    )
  }

  /** Inside a transaction: the row is written at once. */
  referenceTo({ agreement, licenseArn }: NewRecord): AgreementReference {
    const text = JSON.stringify([agreement, licenseArn])
    const known = this.#references.get(text)
    if (known !== undefined) return known
    const values = [toStoredText(agreement), toStoredText(licenseArn)]
    const row = this.#select.get(...values) ?? this.#insert.get(...values)
    const checksum = agreementChecksum(agreement, licenseArn)
    const reference = { id: Number(row?.['id']), checksum }
    this.#references.set(text, reference)
    this.#added.push(text)
    return reference
  }

  commit(): void {
    if (this.#added.length > 0) this.#added = []
  }

  undo(): void {
    for (const text of this.#added) this.#references.delete(text)
    this.#added = []
  }
}

export function nextIdOf(database: DatabaseSync, table: 'caller' | 'call'): number {
  return Number(database.prepare(`select max(id) as last from ${table}`).get()?.['last'] ?? 0) + 1
}
