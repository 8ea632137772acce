/** What is a fault, and the sentence for whatever is none. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OPERATIONS } from '../../core/catalog-names.ts'
import { SandboxRefused } from '../refused.ts'
import { checkFault, FAULT_KINDS } from './check.ts'
import type { Fault } from './fault.ts'

const BUYERS = ['222233334444', '222233335555']
const known = {
  buyers: new Map(BUYERS.map((account) => [account, {}])),
  products: new Map([['p1', {}]]),
}

const DEFAULTS = { probability: 1, times: 1, after: 0 }

describe('a fault', () => {
  const rows: readonly [given: object, checked: object][] = [
    [{ kind: 'throttle' }, {}],
    [{ kind: 'throttle', id: 'a.b:c_d-1' }, {}],
    [{ kind: 'throttle', times: 'untilCleared', after: 7, probability: 0.5 }, {}],
    [{ kind: 'throttle', operation: undefined }, { operation: undefined }],
    [{ kind: 'reset', buyer: { awsAccountId: BUYERS[0], more: 1 } }, { buyer: BUYERS[0] }],
    [{ kind: 'reset', product: { code: 'p1', dimensions: [] } }, { product: 'p1' }],
    [{ kind: 'latency', ms: 0 }, {}],
    [{ kind: 'latency', msMin: 5, msMax: 5 }, {}],
    [{ kind: 'slow-body', ms: 60_000 }, {}],
    [{ kind: 'unprocessed', records: [0, 24] }, {}],
    [{ kind: 'unprocessed', share: 1, operation: 'BatchMeterUsage' }, {}],
  ]
  for (const [given, checked] of rows) {
    it(`is ${JSON.stringify(given)}`, () => {
      const fault = JSON.parse(JSON.stringify({ ...DEFAULTS, ...given, ...checked })) as object
      assert.deepEqual(checkFault(given, known), fault)
    })
  }

  for (const kind of FAULT_KINDS) {
    it(`of kind ${kind} can have every operation that there is, or says why not`, () => {
      for (const operation of OPERATIONS) {
        const needed = kind === 'latency' || kind === 'slow-body' ? { ms: 1 } : {}
        const check = () => checkFault({ kind, operation, ...needed }, known)
        if (kind === 'unprocessed' && operation !== 'BatchMeterUsage') {
          assert.throws(check, /BatchMeterUsage alone/)
        } else assert.equal(check().operation, operation)
      }
    })
  }
})

describe('the type of a fault', () => {
  const buyer: string | undefined = BUYERS[0]
  const good: readonly Fault[] = [
    { kind: 'throttle', buyer, operation: undefined },
    { kind: 'unprocessed', buyer, records: [0] },
    { kind: 'unprocessed', operation: 'BatchMeterUsage' },
  ]
  const bad: readonly Fault[] = [
    // @ts-expect-error records come back so from BatchMeterUsage alone
    { kind: 'unprocessed', operation: 'MeterUsage' },
    // @ts-expect-error one or the other
    { kind: 'unprocessed', share: 0.5, records: [0] },
    // @ts-expect-error one or the other
    { kind: 'latency', ms: 1, msMin: 1, msMax: 2 },
    // @ts-expect-error the last byte comes some time
    { kind: 'slow-body' },
  ]

  it('promises no more than is checked', () => {
    for (const fault of good) checkFault(fault, known)
    for (const fault of bad) assert.throws(() => checkFault(fault, known), SandboxRefused)
  })
})

describe('what is no fault', () => {
  const kinds = FAULT_KINDS.join(', ')
  const operations = OPERATIONS.join(', ')
  const members = 'kind, id, operation, buyer, product, probability, times, after'
  const rows: readonly [given: unknown, message: string][] = [
    [null, 'A fault is an object such as {"kind": "throttle"}, not null.'],
    [[], 'A fault is an object such as {"kind": "throttle"}, not [].'],
    [undefined, 'A fault is an object such as {"kind": "throttle"}; none was given.'],
    ['throttle', 'A fault is an object such as {"kind": "throttle"}, not "throttle".'],
    [{}, `There is no kind of fault undefined. There are: ${kinds}.`],
    [{ kind: 'throtle' }, `There is no kind of fault "throtle". There are: ${kinds}.`],
    [
      { kind: 'throttle', time: 1 },
      `A fault of kind throttle has no "time". It can have: ${members}.`,
    ],
    [{ kind: 'throttle', ms: 1 }, `A fault of kind throttle has no "ms". It can have: ${members}.`],
    [
      { kind: 'slow-body', ms: 1, toString: 1 },
      `A fault of kind slow-body has no "toString". It can have: ${members}, ms.`,
    ],
    [
      { kind: 'throttle', operation: 'batchMeterUsage' },
      `There is no operation "batchMeterUsage". There are: ${operations}.`,
    ],
    [
      { kind: 'throttle', buyer: '000000000000' },
      `There is no buyer "000000000000". There are: ${BUYERS.join(', ')}.`,
    ],
    [{ kind: 'throttle', product: 7 }, 'There is no product 7. There are: p1.'],
    [
      { kind: 'throttle', times: 0 },
      'times: expected a whole number from 1 on or "untilCleared", got 0.',
    ],
    [
      { kind: 'throttle', times: 'always' },
      'times: expected a whole number from 1 on or "untilCleared", got "always".',
    ],
    [{ kind: 'throttle', after: -1 }, 'after: expected a whole number from 0 on, got -1.'],
    [
      { kind: 'throttle', probability: 0 },
      'probability: expected a number above 0 and up to 1, got 0.',
    ],
    [
      { kind: 'throttle', probability: 1.01 },
      'probability: expected a number above 0 and up to 1, got 1.01.',
    ],
    [
      { kind: 'throttle', id: 'a b' },
      'id: expected 1 to 64 letters, digits, and . : _ or -, got "a b".',
    ],
    [{ kind: 'latency' }, 'A fault of kind latency needs ms, or msMin and msMax in its place.'],
    [
      { kind: 'latency', msMin: 1 },
      'A fault of kind latency needs ms, or msMin and msMax in its place.',
    ],
    [
      { kind: 'latency', ms: 1, msMin: 1, msMax: 2 },
      'A fault of kind latency needs ms, or msMin and msMax in its place.',
    ],
    [
      { kind: 'latency', ms: 1, msMax: 2 },
      'A fault of kind latency needs ms, or msMin and msMax in its place.',
    ],
    [{ kind: 'latency', msMin: 2, msMax: 1 }, 'msMin is 2, and msMax less than that: 1.'],
    [
      { kind: 'latency', ms: 60_001 },
      'ms: expected whole milliseconds from 0 to 60000, got 60001.',
    ],
    [{ kind: 'slow-body' }, 'A fault of kind slow-body needs ms: when the last byte comes.'],
    [{ kind: 'unprocessed', share: 0 }, 'share: expected a number above 0 and up to 1, got 0.'],
    [
      { kind: 'unprocessed', records: [] },
      'records: expected the indexes of records, from 0 to 24, such as [0, 2], got [].',
    ],
    [
      { kind: 'unprocessed', records: [0, 25] },
      'records: expected the indexes of records, from 0 to 24, such as [0, 2], got [0,25].',
    ],
    [
      { kind: 'throttle', times: Infinity },
      'times: expected a whole number from 1 on or "untilCleared", got Infinity.',
    ],
    [
      { kind: 'unprocessed', records: [0], share: 1 },
      'A fault of kind unprocessed has share or records, not both.',
    ],
  ]
  for (const [given, message] of rows) {
    it(`is refused: ${JSON.stringify(given)}`, () => {
      assert.throws(() => checkFault(given, known), new SandboxRefused(400, message))
    })
  }

  it('is what was given when it was checked, whatever becomes of that', () => {
    const records = [0]
    const fault = checkFault({ kind: 'unprocessed', records }, known)
    records.push(1)
    assert.deepEqual(fault, { ...DEFAULTS, kind: 'unprocessed', records: [0] })
  })

  it('names ten of many buyers', () => {
    const buyers = new Map(Array.from({ length: 12 }, (_, index) => [`b${index}`, {}]))
    const check = () => checkFault({ kind: 'throttle', buyer: 'x' }, { ...known, buyers })
    assert.throws(check, /There are: b0, .*, b9, and 2 more\.$/)
  })
})
