import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { it } from 'node:test'
import { aRecord, holdAll } from '../builders.spec.ts'
import { intact, withLedger } from './setting.spec.ts'

const BATCH = 500
/** Enough to fill the log several times over. */
const BATCHES = 120

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
