/** A ledger is moved to a real Citus, whatever it holds. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { InstantMs } from '../../core/usage.ts'
import { NOON_US, readAll } from '../builders.spec.ts'
import { followPage, skip, urlAs } from '../postgres/citus.spec.ts'
import { PostgresLedger } from '../postgres/postgres-ledger.ts'
import { withDirectory } from '../sqlite/setting.spec.ts'
import { aSource, copy, damagesAt, openSource, recordsIn } from './source.spec.ts'

const opened: PostgresLedger[] = []

describe('copy to Citus', { skip }, () => {
  after(async () => {
    for (const ledger of opened) await ledger.close()
  })

  it(
    'moves every record as it is, in the same order, and goes on where it was',
    withDirectory(async (directory) => {
      await aSource(directory)
      const cluster = await followPage((NOON_US / 1_000) as InstantMs)
      // Its months are made by the owner.
      const url = urlAs('marketmeter', cluster)
      const writer = await openSource(directory)
      assert.equal((await copy(directory, url)).report.end, 'locked')
      await writer.close()
      const { report, findings } = await copy(directory, url)
      assert.deepEqual(findings, [])
      assert.deepEqual(report, { end: 'moved', records: 94, added: 0, errors: 0, warnings: 0 })
      const nowUs = () => NOON_US + 10_000_000
      const ledger = await PostgresLedger.open({ url, nowUs, soleWriter: true })
      opened.push(ledger)
      assert.deepEqual(await readAll(ledger), recordsIn(directory))
      assert.deepEqual(await damagesAt(url), [])
    }),
  )
})
