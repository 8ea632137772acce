import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { it } from 'node:test'
import { aRecord, holdAll } from '../builders.spec.ts'
import { intact, withLedger } from './setting.spec.ts'

const BATCH = 500
/** Enough to fill the log several times over. */
const BATCHES = 120
/** So many would fill it a dozen times if nobody carried it back. */
const BATCHES_MAX = 600

it(
  'a log under steady writing begins anew again and again, and nobody carries it back by hand',
  withLedger(async ({ ledger }) => {
    let beginnings = 0
    let pagesBefore = 0
    for (let batch = 0; batch < BATCHES_MAX && beginnings < 3; batch++) {
      const records = Array.from({ length: BATCH }, (_, index) =>
        aRecord({ buyer: batch * BATCH + index }),
      )
      await holdAll(ledger, records)
      const { wal_pages: pages = 0 } = ledger.health().figures
      if (pages < pagesBefore) beginnings++
      pagesBefore = pages
    }
    assert.equal(beginnings, 3)
    await intact(ledger)
  }),
)

it(
  'a reader that keeps its snapshot open does not keep anybody from writing',
  withLedger(async ({ ledger, options }) => {
    const reader = new DatabaseSync(options.file, { readOnly: true })
    await holdAll(ledger, [aRecord({ buyer: 0 })])
    reader.exec('begin')
    reader.prepare('select count(*) from record').get()
    for (let batch = 0; batch < BATCHES; batch++) {
      const records = Array.from({ length: BATCH }, (_, index) =>
        aRecord({ buyer: 1 + batch * BATCH + index }),
      )
      const held = await holdAll(ledger, records)
      assert.equal(held.length, BATCH)
    }
    reader.exec('commit')
    reader.close()
    ledger.maintain()
    const { wal_pages: left = 0 } = ledger.health().figures
    assert.ok(left > 0)
    await intact(ledger)
  }),
)
