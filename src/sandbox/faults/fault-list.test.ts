/** Which calls the faults of a workspace strike, and how often. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SandboxRefused } from '../refused.ts'
import { checkFault } from './check.ts'
import { FaultList, type Target } from './fault-list.ts'

const known = {
  buyers: new Map([
    ['b1', {}],
    ['b2', {}],
  ]),
  products: new Map([['p1', {}]]),
}

/** What strikes each of so many calls: `.` for nothing. */
function struck(list: FaultList, calls: number, target: Target = BATCH): string {
  return Array.from({ length: calls }, () => {
    const ids = list.choose(target).map(({ fault }) => fault.id)
    return ids.length === 0 ? '.' : ids.join('+')
  }).join(' ')
}

const BATCH = { operation: 'BatchMeterUsage', named: [{ buyer: 'b1', product: 'p1' }] }

function listOf(...faults: readonly object[]): FaultList {
  const list = new FaultList(1)
  for (const fault of faults) list.add(checkFault(fault, known))
  return list
}

describe('faults strike', () => {
  const rows: readonly [faults: readonly object[], calls: string][] = [
    [[{ id: 'a', kind: 'throttle' }], 'a . .'],
    [[{ id: 'a', kind: 'throttle', times: 2 }], 'a a .'],
    [[{ id: 'a', kind: 'throttle', times: 'untilCleared' }], 'a a a'],
    [[{ id: 'a', kind: 'throttle', after: 1 }], '. a .'],
    [[{ id: 'a', kind: 'throttle', after: 2, times: 'untilCleared' }], '. . a a'],
    [
      [
        { id: 'a', kind: 'throttle' },
        { id: 'b', kind: 'reset' },
      ],
      'a b .',
    ],
    [
      [
        { id: 'a', kind: 'throttle', after: 1 },
        { id: 'b', kind: 'reset', times: 'untilCleared' },
      ],
      'b a b',
    ],
    [
      [
        { id: 'a', kind: 'latency', ms: 1, times: 2 },
        { id: 'b', kind: 'throttle' },
        { id: 'c', kind: 'latency', ms: 1 },
      ],
      'a+b+c a .',
    ],
    [
      [
        { id: 'a', kind: 'throttle', after: 1 },
        { id: 'b', kind: 'throttle', after: 1 },
      ],
      '. a b .',
    ],
    [[{ id: 'a', kind: 'throttle', operation: 'MeterUsage' }], '. .'],
    [[{ id: 'a', kind: 'throttle', buyer: 'b2' }], '. .'],
    [[{ id: 'a', kind: 'throttle', buyer: 'b1', product: 'p1' }], 'a .'],
    [[{ kind: 'throttle' }, { kind: 'throttle' }], 'fault-1 fault-2 .'],
    [[{ id: 'fault-1', kind: 'throttle' }, { kind: 'throttle' }], 'fault-1 fault-2 .'],
    [[{ id: 'fault-2', kind: 'throttle' }, { kind: 'throttle' }], 'fault-2 fault-3 .'],
  ]
  for (const [faults, calls] of rows) {
    it(`${JSON.stringify(faults)}: ${calls}`, () => {
      assert.equal(struck(listOf(...faults), calls.split(' ').length), calls)
    })
  }

  it('only where one of those whom a call names is meant in all', () => {
    const list = listOf({ kind: 'throttle', buyer: 'b1', product: 'p1', times: 'untilCleared' })
    const call = (...named: readonly object[]) => struck(list, 1, { ...BATCH, named })
    assert.equal(call({ buyer: 'b1' }, { product: 'p1' }), '.')
    assert.equal(call({ buyer: 'b2', product: 'p1' }, { buyer: 'b1', product: 'p1' }), 'fault-1')
  })

  it('in BatchMeterUsage alone, where records come back unprocessed', () => {
    const list = listOf({ kind: 'unprocessed' })
    assert.equal(struck(list, 1, { ...BATCH, operation: 'MeterUsage' }), '.')
    assert.equal(struck(list, 1), 'fault-1')
  })

  it('again, where a call was refused by itself', () => {
    const list = listOf({ kind: 'commit-then-drop' })
    for (const active of list.choose(BATCH)) list.release(active)
    assert.deepEqual([list.list()[0]?.fired, list.list()[0]?.left], [0, 1])
    assert.equal(struck(list, 2), 'fault-1 .')
  })
})

describe('chance', () => {
  const often = { kind: 'throttle', probability: 0.3, times: 'untilCleared' }

  it('is repeated with its seed, and with a reset', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, calls) => {
        const list = new FaultList(1)
        list.setSeed(seed)
        list.add(checkFault(often, known))
        const first = struck(list, calls)
        list.reset()
        assert.equal(list.seed, seed)
        assert.deepEqual(list.list(), [])
        list.add(checkFault(often, known))
        assert.equal(struck(list, calls), first)
      }),
    )
  })

  it('of one fault is the same whatever others there are', () => {
    const a = { ...often, id: 'a', operation: 'BatchMeterUsage' }
    const alone = struck(listOf(a), 60)
    const beside = listOf(a, { ...often, id: 'b', operation: 'MeterUsage' })
    struck(beside, 20, { ...BATCH, operation: 'MeterUsage' })
    assert.equal(struck(beside, 60), alone)
  })

  it('of two faults that are alike strikes each at its own calls', () => {
    const list = listOf({ ...often, operation: 'MeterUsage' }, { ...often })
    const first = struck(list, 60, { ...BATCH, operation: 'MeterUsage' })
    list.clear('fault-1')
    assert.notEqual(struck(list, 60).replaceAll('fault-2', 'fault-1'), first)
  })

  it('strikes about as often as it is told to', () => {
    const calls = struck(listOf(often), 10_000).split(' ')
    const part = calls.filter((one) => one !== '.').length / calls.length
    assert.ok(Math.abs(part - 0.3) < 0.02, String(part))
  })

  it('draws from a whole number of 32 bits', () => {
    const list = new FaultList(1)
    list.setSeed(4_294_967_295)
    for (const seed of [-1, 1.5, 4_294_967_296, Number.NaN]) {
      assert.throws(() => {
        list.setSeed(seed)
      }, /^SandboxRefused: seed: expected a whole number from 0 to 4294967295/)
    }
    assert.equal(list.seed, 4_294_967_295)
  })
})

describe('a list of faults', () => {
  it('refuses an id twice, and says which there are to clear', () => {
    const list = listOf({ id: 'a', kind: 'throttle' }, { id: 'b', kind: 'throttle' })
    assert.throws(() => list.add(checkFault({ id: 'a', kind: 'reset' }, known)), SandboxRefused)
    const clear = (id?: string) => () => {
      list.clear(id)
    }
    assert.throws(clear('c'), /There is no fault "c"\. There are: a, b\./)
    clear('a')()
    assert.deepEqual(
      list.list().map(({ id }) => id),
      ['b'],
    )
    clear()()
    assert.throws(clear('b'), /There is none at all/)
  })

  it('holds a thousand', () => {
    const list = new FaultList(1)
    const add = () => list.add(checkFault({ kind: 'throttle' }, known))
    for (let count = 0; count < 1_000; count++) add()
    assert.throws(add, /1000 faults that are not used up.*Clear some/)
    list.clear('fault-1')
    assert.equal(add(), 'fault-1001')
  })

  it('lets those that are used up make room, the oldest first', () => {
    const list = new FaultList(1)
    list.add(
      checkFault({ id: 'stays', kind: 'throttle', times: 'untilCleared', after: 1e9 }, known),
    )
    for (let count = 1; count < 1_000; count++) list.add(checkFault({ kind: 'throttle' }, known))
    struck(list, 2)
    list.add(checkFault({ id: 'a', kind: 'throttle' }, known))
    const ids = list.list().map(({ id }) => id)
    assert.deepEqual(ids.slice(0, 2), ['stays', 'fault-3'])
    assert.equal(ids.length, 1_000)
  })

  it('forgets with a reset what was struck', () => {
    const list = listOf({ kind: 'throttle' })
    const firing = { fault: 'a', kind: 'throttle', operation: 'x', at: '', machineAt: '' } as const
    list.note({ ...firing, requestId: '1' })
    list.reset()
    assert.deepEqual(list.fired(), [])
  })

  it('remembers the last thousand calls that were struck', () => {
    const list = new FaultList(1)
    const firing = { fault: 'a', kind: 'throttle', operation: 'x', at: '', machineAt: '' } as const
    for (let count = 0; count < 1_001; count++) list.note({ ...firing, requestId: `${count}` })
    assert.equal(list.fired().length, 1_000)
    assert.equal(list.fired()[0]?.requestId, '1')
  })
})
