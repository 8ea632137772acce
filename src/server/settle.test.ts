/**
 * What is held comes first, then the agreement's state: decision D8, with D10's words about licenses.
 *
 * Every record here is of one buyer and hour; letters are dimensions, so `a5` is five of dimension `a`. `a5!` is a
 * record that its agreement does not admit, `a5?` one outside its license, `5!` one of a buyer nobody knows.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JudgedRecord } from '../core/judge.ts'
import type { Dimension, Quantity } from '../core/usage.ts'
import { aCall, anAllocation, aRecord, aUsageRecord } from '../testing/builders.ts'
import { FakeLedger } from '../testing/fake-ledger.ts'
import { settle } from './settle.ts'

// held before | the batch | outcomes, or the index of the record that refuses all | what the ledger was asked
const TABLE = `
  -     | a5          | added                            | hold 1
  a5    | a5          | repeated                         | hold 1
  a5    | a6          | conflicting                      | hold 1
  a0    | a1          | conflicting                      | hold 1
  a5    | a0          | conflicting                      | hold 1
  -     | a5 a5       | added repeated                   | hold 2
  -     | a5 a6       | added conflicting                | hold 2
  -     | a5 a6 a5    | added conflicting repeated       | hold 3
  a6    | a5 a6 b1    | conflicting repeated added       | hold 3

  -     | a5!         | notSubscribed                    | find 1
  a5    | a5!         | repeated                         | find 1
  a5    | a6!         | conflicting                      | find 1
  -     | 5!          | notSubscribed                    | -
  -     | 5! a5       | notSubscribed added              | hold 1
  a5    | 5! a5! b1   | notSubscribed repeated added     | find 1, hold 1
  a5    | b1! a5!     | notSubscribed repeated           | find 2
  b7    | a5! b7!     | notSubscribed repeated           | find 2

  -     | a5 a5!      | added repeated                   | find 1, hold 1
  -     | a5 a6!      | added conflicting                | find 1, hold 1
  -     | a5! a5      | notSubscribed added              | find 1, hold 1
  -     | a5! a5 a5!  | notSubscribed added repeated     | find 2, hold 1
  -     | b5 a5!      | added notSubscribed              | find 1, hold 1

  -     | a5?         | refused 0                        | find 1
  -     | b1 a5?      | refused 1                        | find 1
  -     | a5 a5?      | refused 1                        | find 1
  a5    | a5?         | repeated                         | find 1
  a5    | a6?         | conflicting                      | find 1
  a5    | a5? b1      | repeated added                   | find 1, hold 1
  a5    | b1! a5? c1? | refused 2                        | find 3
  -     | x5          | unavailable                      | hold 1
  -     | x5 a1       | unavailable added                | hold 2
  -     | x5!         | unavailable                      | find 1
  -     | x5? a1      | unavailable added                | find 1, hold 1
  -     | x5 x5!      | unavailable unavailable          | find 1, hold 1
  -     |             |                                  | -
`

describe('a batch', () => {
  for (const row of TABLE.split('\n').filter((line) => line.trim() !== '')) {
    const [before = '', batch = '', answer = '', questions = ''] = row
      .split('|')
      .map((cell) => cell.trim())
    it(`of ${batch || 'nothing'} where ${before} is held: ${answer || 'nothing'}`, async () => {
      const ledger = await ledgerWith(before === '-' ? '' : before)
      const settlement = await settle(ledger, aCall(), recordsOf(batch))
      const outcomes = settlement.ok
        ? settlement.records.map(({ outcome }) => outcome).join(' ')
        : `refused ${settlement.refusal.recordIndex}`
      assert.equal(outcomes, answer)
      if (settlement.ok) assert.ok(settlement.records.every((one) => !one.allocationsDiffer))
      assert.equal(ledger.questions.join(', ') || '-', questions)
    })
  }

  it('that is refused for a license leaves nothing behind', async () => {
    const ledger = await ledgerWith('')
    const settlement = await settle(ledger, aCall(), recordsOf('a1 b2 c3?'))
    assert.equal(settlement.ok ? 'ok' : settlement.refusal.code, 'InvalidLicenseException')
    assert.deepEqual(await ledger.records(), [])
  })

  it('tells what is held, and why a record was not taken', async () => {
    const ledger = await ledgerWith('a5')
    const [held] = await ledger.records()
    const settlement = await settle(ledger, aCall(), recordsOf('a6 b1!'))
    assert.ok(settlement.ok)
    const [conflicting, notSubscribed] = settlement.records
    assert.deepEqual(conflicting?.held, { id: held?.id, quantity: 5, added: false })
    assert.equal(conflicting.reason, 'the hour is held with the quantity 5')
    assert.equal(notSubscribed?.reason, 'not admitted')
    assert.ok(!('held' in notSubscribed))
  })

  it('gives equal facts one id, however often and in however many calls', async () => {
    const ledger = await ledgerWith('')
    const ids = new Set<string | undefined>()
    for (const batch of ['a5 a5', 'a5', 'a5! a6']) {
      const settlement = await settle(ledger, aCall(), recordsOf(batch))
      assert.ok(settlement.ok)
      for (const { held } of settlement.records) ids.add(held?.id)
    }
    assert.equal(ids.size, 1)
    assert.equal((await ledger.records()).length, 1)
  })

  it('fails as a whole where the ledger does', async () => {
    const ledger = await ledgerWith('')
    ledger.failure = new Error('disk on fire')
    await assert.rejects(settle(ledger, aCall(), recordsOf('a5')), /disk on fire/)
    await assert.rejects(settle(ledger, aCall(), recordsOf('a5!')), /disk on fire/)
  })

  it('takes a ledger that answers too little for one that could not be reached', async () => {
    const ledger = await ledgerWith('')
    ledger.hold = () => Promise.resolve([])
    const settlement = await settle(ledger, aCall(), recordsOf('a5'))
    assert.equal(settlement.ok && settlement.records[0]?.outcome, 'unavailable')
  })
})

describe('a repeated record with other allocations', () => {
  const [red, blue] = [[anAllocation(5, 'team=red')], [anAllocation(5, 'team=blue')]]
  const rows = [
    ['the same', red, red, false],
    ['others', red, blue, true],
    ['none now', red, undefined, true],
    ['none before', undefined, red, true],
  ] as const
  for (const [name, first, second, differ] of rows) {
    it(`is told apart: ${name}`, async () => {
      const ledger = await ledgerWith('')
      const divided = (allocations: typeof red | undefined): JudgedRecord[] => {
        const quantity = 5 as Quantity
        const more = allocations && { allocations }
        const usage = aUsageRecord({ quantity, ...more })
        return [{ kind: 'admitted', usage, record: aRecord({ quantity, ...more }) }]
      }
      await settle(ledger, aCall(), divided(first))
      const settlement = await settle(ledger, aCall(), divided(second))
      assert.ok(settlement.ok)
      const [settled] = settlement.records
      assert.equal(settled?.outcome, 'repeated')
      assert.equal(settled.allocationsDiffer, differ)
      assert.deepEqual((await ledger.records())[0]?.allocations, first)
    })
  }
})

async function ledgerWith(before: string): Promise<FakeLedger> {
  const ledger = new FakeLedger()
  if (before !== '') await settle(ledger, aCall(), recordsOf(before))
  ledger.questions.length = 0
  ledger.unreachable.add('x' as Dimension)
  return ledger
}

function recordsOf(batch: string): JudgedRecord[] {
  return batch.split(' ').filter(Boolean).map(judgedRecord)
}

function judgedRecord(text: string): JudgedRecord {
  const [, dimension = '', digits, mark = ''] = /^([a-z]?)(\d+)([!?]?)$/.exec(text) ?? []
  const quantity = Number(digits) as Quantity
  const usage = aUsageRecord({ dimension, quantity })
  const record = aRecord({ dimension: dimension as Dimension, quantity })
  if (mark === '') return { kind: 'admitted', usage, record }
  const kind = mark === '!' ? 'notSubscribed' : 'outsideLicense'
  return { kind, usage, reason: 'not admitted', ...(dimension !== '' && { key: record }) }
}
