/**
 * Prepared statements that go to the server together: one write, one transaction, one answer to wait for.
 *
 * Why ours    The driver sends a statement, waits, and sends the next. Its own pipeline commits each by itself, and most of
 *             what a small statement costs is its commit and its way: several buckets' statements in one transaction
 *             take a third off what the server spends on a row, and two thirds off what the driver does (measured).
 * How         By the driver's interface for those who bring their own query (as its cursors do). Until Sync the server runs
 *             what it is sent in one transaction; after an error it passes over the rest, and nothing is kept.
 * Limits      Values and answers are texts, and null. Who asks knows the columns, so the server describes none. The names
 *             of statements are for this file alone: the driver does not know that they are prepared.
 * Checked by  pipeline.test.ts
 */
import type { Connection, Submittable } from 'pg'
import type { PoolClient } from './connect.ts'

export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly (string | number | null)[]
}

/** Columns of a row as the server writes them. */
export type TextRow = readonly (string | null)[]

/** The rows of each statement. Nothing may be assumed if it throws. */
export type Run = (
  client: PoolClient,
  statements: readonly Statement[],
) => Promise<readonly (readonly TextRow[])[]>

/** For one server: all in one transaction. */
export const runTogether: Run = (client, statements) =>
  new Promise((resolve, reject) => {
    client.query(
      new Pipeline(statements, (error, results) => {
        if (results === undefined) reject(error ?? new Error('the server answered nothing'))
        else resolve(results)
      }),
    )
  })

/** For a server that spreads buckets over others: each in a transaction of its own, unless the caller began one. */
export const runInTurn: Run = async (client, statements) => {
  const results: TextRow[][] = []
  for (const { name, text, values } of statements) {
    const query = { name, text, values: [...values], rowMode: 'array', types: TEXTS } as const
    results.push((await client.query<(string | null)[]>(query)).rows)
  }
  return results
}

const TEXTS = { getTypeParser: () => asItIs }

function asItIs(text: string): string {
  return text
}

/** What each connection has been told to prepare. One whose statement failed is not used again, see `onConnection`. */
const prepared = new WeakMap<Connection, Set<string>>()

type Callback = (error: Error | null, results?: readonly (readonly TextRow[])[]) => void

/** The driver calls its methods by these names. */
class Pipeline implements Submittable {
  /** The driver puts one around it that ends the time limit. */
  callback: Callback
  readonly #statements: readonly Statement[]
  readonly #results: TextRow[][] = []
  #rows: TextRow[] = []

  constructor(statements: readonly Statement[], callback: Callback) {
    this.#statements = statements
    this.callback = callback
  }

  submit(connection: Connection): void {
    const known = prepared.get(connection) ?? new Set()
    prepared.set(connection, known)
    // So that all of it goes in one write.
    connection.stream.cork()
    for (const { name, text, values } of this.#statements) {
      if (!known.has(name)) connection.parse({ name, text, types: [] }, true)
      known.add(name)
      connection.bind({ statement: name, values: values.map(textOf) }, true)
      connection.execute({}, true)
    }
    connection.sync()
    connection.stream.uncork()
  }

  handleDataRow({ fields }: { readonly fields: TextRow }): void {
    this.#rows.push(fields)
  }

  handleCommandComplete(): void {
    this.#results.push(this.#rows)
    this.#rows = []
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#results)
  }

  handleError(error: Error): void {
    this.callback(error)
  }
}

function textOf(value: string | number | null): string | null {
  return typeof value === 'number' ? String(value) : value
}

/** An array as the server reads it, of values that need no quotes. The driver's own quotes each. */
export function plainArray(values: readonly (number | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`
}

/** The same, of any texts. */
export function textArray(values: readonly (string | null)[]): string {
  return plainArray(values.map((value) => (value === null ? null : quoted(value))))
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
