/**
 * Facts about a ledger on PostgreSQL as a whole, which every replica must agree on before it serves.
 *
 * Claimed     Of two that claim a fact at once, both get the value of the one that was first: one statement, no matter
 *             how many replicas start together.
 * Checked by  facts.test.ts
 */
import { onConnection, type Pool } from '../postgres/connect.ts'

/**
 * - `copyingFrom`: the ledger that is being copied into this one, see ../postgres/copy-progress.ts.
 * - `masterKey`: the id of the master key under which new secrets are encrypted.
 * - `movedTo`: where the content of this ledger has gone, as people name it. Such a ledger is served no more.
 * - `windowMsMax`: how far back the widest window reached that it was ever served with.
 */
export type FactName = 'copyingFrom' | 'masterKey' | 'movedTo' | 'windowMsMax'

export interface LedgerFacts {
  /** Writes the fact if there is none; answers what is there then. */
  claim(name: FactName, value: string): Promise<string>

  read(name: FactName): Promise<string | undefined>

  /** Writes the number unless there is one that is as great. */
  raise(name: FactName, value: number): Promise<void>

  /** Writes `to` if what is there is `from` or `to`; answers whether `to` is there then. */
  replace(name: FactName, from: string, to: string): Promise<boolean>
}

/** @param attempt Makes a sentence of a failure. */
export function factsIn(
  pool: Pool,
  attempt: <Result>(use: () => Promise<Result>) => Promise<Result>,
): LedgerFacts {
  const valueBy = (text: string, values: readonly string[]): Promise<string | undefined> =>
    attempt(async () => {
      const { rows } = await onConnection(pool, (client) =>
        client.query<{ value: string }>(text, [...values]),
      )
      return rows[0]?.value
    })
  return {
    async claim(name, value) {
      // The update that changes nothing makes a row of somebody else's answer too, seen by our snapshot or not.
      const present = await valueBy(
        `insert into ledger_fact (name, value) values ($1, $2)
         on conflict (name) do update set value = ledger_fact.value returning value`,
        [name, value],
      )
      if (present === undefined) throw new Error('a claim was not answered')
      return present
    },
    async raise(name, value) {
      await valueBy(
        `insert into ledger_fact (name, value) values ($1, $2)
         on conflict (name) do update set value = excluded.value
         where ledger_fact.value::bigint < excluded.value::bigint`,
        [name, String(value)],
      )
    },
    read: (name) => valueBy('select value from ledger_fact where name = $1', [name]),
    async replace(name, from, to) {
      const present = await valueBy(
        'update ledger_fact set value = $3 where name = $1 and value in ($2, $3) returning value',
        [name, from, to],
      )
      return present === to
    },
  }
}
