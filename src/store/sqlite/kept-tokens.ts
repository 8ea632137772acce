/** The client tokens of a file as they are kept: for copies, and for verify. */
import type { DatabaseSync } from 'node:sqlite'
import type { Bucket } from '../../core/billing-line.ts'
import type { KeptToken } from '../kept-token.ts'
import type { LedgerFinding } from '../ledger.ts'

const ROWS = 1_000

/** In pages, those that are over among them. */
export function* keptTokens(database: DatabaseSync): Generator<readonly KeptToken[]> {
  const select = database.prepare(
    `select lower(hex(name)) as name, lower(hex(parameters)) as parameters, kept_until_ms, bucket
     from client_token where name > ? order by name limit ${ROWS}`,
  )
  for (let last = ''; ;) {
    const page = select.all(Buffer.from(last, 'hex')).map(keptTokenOf)
    if (page.length === 0) return
    yield page
    last = page.at(-1)?.name ?? last
  }
}

function keptTokenOf(row: Record<string, unknown>): KeptToken {
  const { bucket } = row
  return {
    name: String(row['name']),
    parameters: String(row['parameters']),
    bucket: bucket === null ? undefined : (Number(bucket) as Bucket),
    keptUntilMs: Number(row['kept_until_ms']),
  }
}

/** A token has no checksum: what is altered can refuse a request or let it pass, and never adds a record. */
export function checkTokens(database: DatabaseSync): LedgerFinding[] {
  const wrong = database.prepare(
    `select lower(hex(name)) as name from client_token
     where length(name) <> 16 or length(parameters) <> 16 or bucket not between 0 and 63 limit 100`,
  )
  return wrong.all().map((row) => ({
    severity: 'error',
    problem: 'it is no client token that a ledger writes',
    where: `client token ${String(row['name'])}`,
  }))
}
