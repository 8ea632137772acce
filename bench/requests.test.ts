import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { type Caller, type KeySpace, requestsAvailable, signedRequests } from './requests.ts'
import { medianOf, meets } from './scenario.ts'

const CALLER: Caller = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  productCode: 'aProduct',
  firstBuyer: 111_122_223_333,
}
const SPACE: KeySpace = { buyers: 50, dimensions: 4, recordsPerRequest: 25 }

interface SentRecord {
  readonly Timestamp: number
  readonly Dimension: string
  readonly CustomerAWSAccountId: string
}

describe('the requests of a bench', () => {
  it('name each key of their hours once, and every key there is', () => {
    const requests = signedRequests(CALLER, SPACE, 'localhost:1', { from: 0, count: 48 })
    const keys = requests.flatMap(recordsOf).map((record) => {
      const hour = Math.floor(record.Timestamp / 3_600)
      return `${hour}/${record.CustomerAWSAccountId}/${record.Dimension}`
    })
    assert.equal(keys.length, 6 * 50 * 4)
    assert.equal(new Set(keys).size, keys.length)
  })

  it('come in the same order whichever part of them is made', () => {
    const all = signedRequests(CALLER, SPACE, 'localhost:1', { from: 0, count: 12 })
    const part = signedRequests(CALLER, SPACE, 'localhost:1', { from: 9, count: 3 })
    assert.deepEqual(part.map(keysOf), all.slice(9).map(keysOf))
  })

  it('end with the key space', () => {
    const count = requestsAvailable(SPACE)
    assert.equal(count, 48)
    assert.throws(
      () => signedRequests(CALLER, SPACE, 'localhost:1', { from: 1, count }),
      RangeError,
    )
  })
})

describe('a figure', () => {
  it('is the median of its runs', () => {
    assert.equal(medianOf([3, 1, 2]), 2)
    assert.equal(medianOf([4, 1, 2, 3]), 2.5)
    assert.equal(medianOf([7]), 7)
  })

  it('meets its goal up to and with the goal itself', () => {
    const figure = { name: '', unit: '' }
    assert.equal(meets({ ...figure, values: [10], goal: { atLeast: 10 } }), true)
    assert.equal(meets({ ...figure, values: [9], goal: { atLeast: 10 } }), false)
    assert.equal(meets({ ...figure, values: [10], goal: { atMost: 10 } }), true)
    assert.equal(meets({ ...figure, values: [11], goal: { atMost: 10 } }), false)
    assert.equal(meets({ ...figure, values: [11] }), undefined)
  })
})

function recordsOf(request: Buffer): readonly SentRecord[] {
  const text = request.toString('utf8')
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return (JSON.parse(body) as { UsageRecords: readonly SentRecord[] }).UsageRecords
}

/** All that does not depend on the time at which they were made. */
function keysOf(request: Buffer): readonly string[] {
  return recordsOf(request).map((one) => `${one.CustomerAWSAccountId}/${one.Dimension}`)
}
