import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { aCall, aRecord, NOON_US, readAll } from '../builders.spec.ts'
import type { LedgerPage, LedgerQuery } from '../ledger.ts'
import { backupLedger } from './backup.ts'
import { LedgerReader } from './reader.ts'
import { LedgerRefused } from '../refused.ts'
import { SqliteLedger } from './sqlite-ledger.ts'
import { withDirectory } from './setting.spec.ts'
import { verifyLedger } from './verify.ts'

/** What the log may grow to beside a backup: this test's whole load is some 40 MB. */
const WAL_BYTES_MAX = 128 * 1_048_576

describe('a backup', () => {
  it(
    'of a ledger under full load ends, is one whole state, and lets the log shrink again',
    withDirectory(async (directory) => {
      const file = `${directory}/ledger.db`
      const ledger = await SqliteLedger.open({ file, nowUs: () => NOON_US, windowMs: 0 })
      const load = new Load(ledger)
      await load.holdMany(1_600)
      const running = load.run()
      const steps: number[] = []
      const result = await backupLedger(file, `${directory}/copy.db`, ({ pagesDone, pagesTotal }) =>
        steps.push(pagesDone / pagesTotal),
      )
      const answeredAtEnd = load.answered
      load.stop()
      await running
      assert(result.records >= 1_600 * 25 && result.records <= answeredAtEnd)
      assert(load.answered > result.records, 'nothing was held beside the backup')
      assert(statSync(`${file}-wal`).size < WAL_BYTES_MAX)
      ledger.maintain()
      await ledger.close()
      assert(!existsSync(`${file}-wal`))

      assert.deepEqual(
        steps,
        [...steps].sort((left, right) => left - right),
      )
      const records = await checkedRecords(`${directory}/copy.db`)
      assert.equal(records.length, result.records)
      const original = await checkedRecords(file)
      assert.deepEqual(records, original.slice(0, records.length))
    }),
  )

  it(
    'opens as a ledger that knows what it holds',
    withDirectory(async (directory) => {
      const options = { nowUs: () => NOON_US, windowMs: 3_600_000 }
      const ledger = await SqliteLedger.open({ ...options, file: `${directory}/ledger.db` })
      const [held] = await ledger.hold(aCall(), [aRecord({ quantity: 5 })])
      await backupLedger(`${directory}/ledger.db`, `${directory}/copy.db`)
      await ledger.close()
      const copy = await SqliteLedger.open({ ...options, file: `${directory}/copy.db` })
      assert.deepEqual(await copy.hold(aCall(), [aRecord({ quantity: 6 })]), [
        { ...held, added: false },
      ])
      await copy.close()
    }),
  )

  it(
    'overwrites nothing, and leaves nothing behind when it is refused',
    withDirectory(async (directory) => {
      const file = `${directory}/ledger.db`
      const ledger = await SqliteLedger.open({ file, nowUs: () => NOON_US, windowMs: 0 })
      await ledger.close()
      writeFileSync(`${directory}/copy.db`, 'mine')
      await assert.rejects(backupLedger(file, `${directory}/copy.db`), LedgerRefused)
      await assert.rejects(
        backupLedger(`${directory}/none.db`, `${directory}/other.db`),
        LedgerRefused,
      )
      const left = readdirSync(directory).filter((name) => !name.startsWith('ledger.db'))
      assert.deepEqual(left, ['copy.db'])
    }),
  )
})

/** Holds new records, eight calls at a time, until it is stopped. */
class Load {
  answered = 0
  readonly #ledger: SqliteLedger
  #buyer = 0
  #isStopped = false

  constructor(ledger: SqliteLedger) {
    this.#ledger = ledger
  }

  async holdMany(calls: number): Promise<void> {
    await Promise.all(Array.from({ length: calls }, () => this.#hold()))
  }

  async run(): Promise<void> {
    while (!this.#isStopped) await this.holdMany(8)
  }

  stop(): void {
    this.#isStopped = true
  }

  async #hold(): Promise<void> {
    const records = Array.from({ length: 25 }, () => aRecord({ buyer: this.#buyer++ }))
    const held = await this.#ledger.hold(aCall(), records)
    this.answered += held.length
  }
}

async function checkedRecords(file: string) {
  const reader = new LedgerReader(file)
  try {
    for await (const { where, problem } of verifyLedger(reader)) assert.fail(`${where}: ${problem}`)
    const read = async (query: LedgerQuery): Promise<LedgerPage> => reader.read(query)
    return await readAll({ read }, { countMax: 1_000 })
  } finally {
    reader.close()
  }
}
