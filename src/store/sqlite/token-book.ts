/**
 * The client tokens of a ledger: what is stored, and over it what the transaction under way is to note.
 *
 * Removal      Whoever notes tokens removes some that are over, more than it notes: so the table never outgrows what is kept.
 *              Where none come any more, maintenance removes them.
 * Checked by   ../ledger.spec.ts and token-book.test.ts
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Bucket, bucketOf } from '../../core/billing-line.ts'
import type { ClientToken } from '../../core/client-token.ts'
import { tokenHashesOf } from '../client-token.ts'

/** `same`: this very request has it. `taken`: another one. */
export type TokenState = 'free' | 'same' | 'taken'

interface NewToken {
  readonly parameters: string
  readonly askedAtMs: number
  readonly keptUntilMs: number
  readonly bucket: Bucket
}

/** Tokens removed beyond as many as are noted. */
const REMOVED_BEYOND = 8

export class TokenBook {
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #remove: StatementSync
  readonly #new = new Map<string, NewToken>()

  constructor(database: DatabaseSync) {
    this.#select = database.prepare(
      'select lower(hex(parameters)) as parameters from client_token where name = ? and kept_until_ms > ?',
    )
    this.#insert = database.prepare(
      'insert or replace into client_token (name, parameters, kept_until_ms, bucket) values (?, ?, ?, ?)',
    )
    this.#remove = database.prepare(
      `delete from client_token where name in
         (select name from client_token where kept_until_ms <= ? order by kept_until_ms limit ?)`,
    )
  }

  get newCount(): number {
    return this.#new.size
  }

  look(token: ClientToken): TokenState {
    const { name, parameters } = tokenHashesOf(token)
    const known =
      this.#new.get(name)?.parameters ??
      this.#select.get(Buffer.from(name, 'hex'), token.askedAtMs)?.['parameters']
    if (known === undefined) return 'free'
    return known === parameters ? 'same' : 'taken'
  }

  note(token: ClientToken): void {
    const { name, parameters } = tokenHashesOf(token)
    const { askedAtMs, keptUntilMs, billingLine } = token
    this.#new.set(name, { parameters, askedAtMs, keptUntilMs, bucket: bucketOf(billingLine) })
  }

  /** In the transaction under way. */
  write(): void {
    if (this.#new.size === 0) return
    let latestMs = 0
    // In the order of the key: those that share a page are written together.
    const sorted = [...this.#new].sort(([left], [right]) => (left < right ? -1 : 1))
    for (const [name, { parameters, askedAtMs, keptUntilMs, bucket }] of sorted) {
      const hashes = [Buffer.from(name, 'hex'), Buffer.from(parameters, 'hex')] as const
      this.#insert.run(...hashes, keptUntilMs, bucket)
      latestMs = Math.max(latestMs, askedAtMs)
    }
    this.removeOver(latestMs, this.#new.size + REMOVED_BEYOND)
  }

  /** @returns How many there were, up to so many. */
  removeOver(nowMs: number, countMax: number): number {
    return Number(this.#remove.run(nowMs, countMax).changes)
  }

  /** After the commit, or when it failed. */
  forgetNew(): void {
    if (this.#new.size > 0) this.#new.clear()
  }
}
