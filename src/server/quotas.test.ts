/** Rule 141: so many calls a second for each account, Region and operation, and a burst of as many. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Quotas } from './quotas.ts'

describe('quotas', () => {
  it('let a burst of one second’s worth through, and not one more', () => {
    const { take } = quotasAt()
    assert.equal(taken(10, take), 10)
    assert.equal(take(), false)
  })

  it('fill again with time, by parts of a call too', () => {
    const { take, pass } = quotasAt()
    taken(10, take)
    pass(99)
    assert.equal(take(), false)
    pass(1)
    assert.equal(take(), true)
    assert.equal(take(), false)
    pass(10_000)
    assert.equal(taken(20, take), 10)
  })

  it('keep accounts, Regions and operations apart', () => {
    const { quotas } = quotasAt()
    for (let count = 0; count < 10; count++) quotas.take('1', 'us-east-1', 'BatchMeterUsage')
    assert.equal(quotas.take('1', 'us-east-1', 'BatchMeterUsage'), false)
    assert.equal(quotas.take('2', 'us-east-1', 'BatchMeterUsage'), true)
    assert.equal(quotas.take('1', 'us-east-2', 'BatchMeterUsage'), true)
    assert.equal(quotas.take('1', 'us-east-1', 'RegisterUsage'), true)
  })

  it('do not bind an operation that has none', () => {
    const { quotas } = quotasAt()
    for (let count = 0; count < 100; count++) assert.ok(quotas.take('1', 'us-east-1', 'Another'))
  })

  it('of one are not filled by how many others there are', () => {
    const { quotas, take } = quotasAt()
    for (let account = 0; account < 5_000; account++)
      quotas.take(`${account}`, 'r', 'RegisterUsage')
    taken(10, take)
    for (let account = 0; account < 9_000; account++)
      quotas.take(`${account}`, 's', 'RegisterUsage')
    assert.equal(take(), false)
  })

  it('never fill where the clock steps back', () => {
    const { take, pass } = quotasAt()
    taken(10, take)
    pass(-60_000)
    assert.equal(take(), false)
    pass(100)
    assert.equal(take(), true)
    assert.equal(take(), false)
  })

  it('of the account that was seen first are forgotten for the ten thousandth other', () => {
    const { quotas, take } = quotasAt()
    taken(10, take)
    const other = (account: number) => quotas.take(`${account}`, 'r', 'RegisterUsage')
    for (let account = 1; account < 10_000; account++) other(account)
    assert.equal(take(), false)
    other(10_000)
    assert.equal(take(), true)
  })

  it('of less than one a second let one call through, and the next when it is due', () => {
    const { take, pass } = quotasAt(0.5)
    assert.equal(taken(3, take), 1)
    pass(1_999)
    assert.equal(take(), false)
    pass(1)
    assert.equal(taken(3, take), 1)
    pass(3_600_000)
    assert.equal(taken(3, take), 1)
  })
})

function quotasAt(rate = 10) {
  let nowMs = 1_000_000
  const quotas = new Quotas({ BatchMeterUsage: rate, RegisterUsage: 5 }, () => nowMs)
  const take = () => quotas.take('111122223333', 'us-east-1', 'BatchMeterUsage')
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { quotas, take, pass }
}

function taken(calls: number, take: () => boolean): number {
  return Array.from({ length: calls }, take).filter(Boolean).length
}
