/** A role that lacks a right is told at the start, and a replica that loses one in readiness. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { POSTGRES_BOUNDS } from './bounds.ts'
import { PostgresLedgerReader } from './ledger-reader.ts'
import { LEDGER_RIGHTS } from './rights.ts'
import { asHolder, emptyLedger, openLedger, run, skip } from './server.spec.ts'

const HOLDER = 'marketmeter_holder'
const NEEDED = Object.entries(LEDGER_RIGHTS.tables).flatMap(([table, rights]) =>
  rights.map((right) => ({ table, right })),
)

describe('a role of the ledger on PostgreSQL', { skip }, () => {
  for (const { table, right } of NEEDED) {
    it(`that may not ${right} on ${table} is refused at the start, with both named`, async () => {
      const url = await emptyLedger()
      const holder = await asHolder(url)
      await run(url, `revoke ${right} on ${table} from ${HOLDER}`)
      await assert.rejects(
        openLedger(holder),
        new RegExp(`^LedgerRefused: .*${table}.*run migrate and grant`),
      )
    })
  }

  it('may read with no right but to select', async () => {
    const url = await emptyLedger()
    const holder = await asHolder(url)
    await run(url, `revoke insert on all tables in schema marketmeter from ${HOLDER}`)
    const reader = await PostgresLedgerReader.open(holder, POSTGRES_BOUNDS)
    assert.deepEqual((await reader.read({ countMax: 10 })).records, [])
    await reader.close()
    await run(url, `revoke select on series from ${HOLDER}`)
    await assert.rejects(PostgresLedgerReader.open(holder, POSTGRES_BOUNDS), /series: select/)
  })

  it('turns readiness red when it loses a right, and green when it has it again', async () => {
    const url = await emptyLedger()
    const ledger = await openLedger(await asHolder(url), { soleWriter: true, heartbeatMs: 20 })
    await run(url, `revoke insert on record from ${HOLDER}`)
    while (ledger.health().ready) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.match(ledger.health().note ?? '', /^The role has no rights .*\(record: insert\)/)
    await run(url, `grant insert on record to ${HOLDER}`)
    while (!ledger.health().ready) await new Promise((resolve) => setTimeout(resolve, 5))
    await ledger.close()
  })
})
