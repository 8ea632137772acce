/** Which servers and databases a ledger may be kept in. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InstantMs } from '../../core/usage.ts'
import { runSql } from '../../testing/postgres.ts'
import { NOON_US } from '../builders.spec.ts'
import { unfitnessOf } from './fitness.ts'
import { migrate } from './migrate.ts'
import { emptyLedger, openLedger, server, skip } from './server.spec.ts'

const NOON_MS = (NOON_US / 1_000) as InstantMs

const TABLE = [
  [140_019, 'UTF8', /version 14\. A ledger needs 15 or later\.$/],
  [150_000, 'UTF8', undefined],
  [180_004, 'UTF8', undefined],
  [180_004, 'LATIN1', /encoding LATIN1, .* encoding 'UTF8' template template0\.$/],
  [180_004, 'SQL_ASCII', /encoding SQL_ASCII/],
] as const

for (const [version, encoding, sentence] of TABLE) {
  it(`a server of version ${version} with a database in ${encoding} is ${sentence ? 'refused' : 'fit'}`, () => {
    const problem = unfitnessOf({ version, encoding }, 'db:5432/usage')
    if (sentence === undefined) assert.equal(problem, undefined)
    else assert.match(problem ?? '', sentence)
  })
}

describe('a database in another encoding than UTF-8', { skip }, () => {
  it('gets no ledger, nor is one opened that was made there', async () => {
    const name = `marketmeter_latin_${process.pid}`
    await server().query(
      `create database ${name} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
    )
    const url = server().urlOf(name)
    await assert.rejects(
      migrate(url, NOON_MS),
      /^LedgerRefused: The database of \S+ has the encoding LATIN1/,
    )
    assert.deepEqual(
      await runSql(url, `select from pg_namespace where nspname = 'marketmeter'`),
      [],
    )
    await runSql(
      url,
      'create schema marketmeter; create table marketmeter.schema_version as select 5 as version',
    )
    await assert.rejects(openLedger(url), /has the encoding LATIN1/)
  })
})

describe('a server that does not sync', { skip }, () => {
  it('holds records, and what that means stands in the health of the ledger', async () => {
    const [row] = await server().query('show fsync')
    const ledger = await openLedger(await emptyLedger(), { soleWriter: true })
    const { ready, note } = ledger.health()
    assert.equal(ready, true)
    if (row?.['fsync'] === 'off') assert.match(note ?? '', /runs with fsync = off: .* Set it on\.$/)
    else assert.equal(note, undefined)
    await ledger.close()
  })
})
