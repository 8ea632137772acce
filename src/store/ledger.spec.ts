/** The contract of a Ledger. Each store's own test file is one call of {@link ledgerSpec}. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { UsageHour } from '../core/hour.ts'
import type { MeteringRecord, NewRecord } from '../core/metering-record.ts'
import type {
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
  Quantity,
  Region,
} from '../core/usage.ts'
import {
  aCall,
  accountOf,
  aRecord,
  holdAll,
  HOUR,
  lastPage,
  NOON_US,
  reached,
  readAll,
  StubClock,
} from './builders.spec.ts'
import { clientTokenSpec, type TokenUpkeep } from './client-token.spec.ts'
import type { Held, Ledger, LedgerQuery } from './ledger.ts'
import { recordIdOf } from './record-id.ts'

/**
 * @param open Opens a new, empty ledger; the machine's clock is the given one.
 * @param runs How many random loads to check: a new ledger each.
 * @param upkeep Of the store by itself, but for one that only stands before another.
 */
export function ledgerSpec(
  name: string,
  open: (nowUs: () => number) => Promise<Ledger>,
  runs = 40,
  upkeep?: TokenUpkeep,
): void {
  const withLedger = (test: (ledger: Ledger, clock: StubClock) => Promise<void>) => async () => {
    const clock = new StubClock()
    const ledger = await open(() => clock.nowUs)
    try {
      await test(ledger, clock)
    } finally {
      await ledger.close()
    }
  }

  describe(`${name} keeps the contract of hold`, () => {
    it(
      'answers a new record with its id, its quantity, and that it was added',
      withLedger(async (ledger) => {
        const record = aRecord({ quantity: 7 })
        const [held] = await holdAll(ledger, [record])
        assert.deepEqual(held, { id: recordIdOf(record), quantity: 7, added: true })
      }),
    )

    it(
      'lets the first write win: another quantity is answered with the first',
      withLedger(async (ledger) => {
        const [first] = await holdAll(ledger, [aRecord({ quantity: 7 })])
        const [second] = await holdAll(ledger, [aRecord({ quantity: 8 })])
        assert.deepEqual(second, { ...first, added: false })
        assert.deepEqual(quantitiesOf(await readAll(ledger)), [7])
      }),
    )

    it(
      'settles equal keys inside one call in order',
      withLedger(async (ledger) => {
        const quantities = [5, 6, 5]
        const held = await holdAll(
          ledger,
          quantities.map((quantity) => aRecord({ quantity })),
        )
        assert.deepEqual(addedOf(held), [true, false, false])
        assert.deepEqual(quantitiesOf(held), [5, 5, 5])
      }),
    )

    it(
      'answers in the order of the call, whatever was there before',
      withLedger(async (ledger) => {
        await holdAll(ledger, [aRecord({ buyer: 2, quantity: 20 })])
        const buyers = [3, 2, 1]
        const held = await holdAll(
          ledger,
          buyers.map((buyer) => aRecord({ buyer, quantity: buyer })),
        )
        assert.deepEqual(addedOf(held), [true, false, true])
        assert.deepEqual(quantitiesOf(held), [3, 20, 1])
      }),
    )

    it(
      'gives a key to exactly one of fifty callers who race for it',
      withLedger(async (ledger) => {
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, caller) =>
            ledger.hold(aCall({ account: (caller % 5) + 1 }), [aRecord({ quantity: caller })]),
          ),
        )
        const held = answers.flat().map(reached)
        assert.equal(addedOf(held).filter(Boolean).length, 1)
        assert.equal(new Set(quantitiesOf(held)).size, 1)
        assert.deepEqual(quantitiesOf(await readAll(ledger)), [held[0]?.quantity])
      }),
    )

    const first = aRecord({})
    const facts: Readonly<Record<string, NewRecord>> = {
      Region: { ...first, region: 'eu-west-1' as Region },
      'billing line': aRecord({ buyer: 9 }),
      dimension: { ...first, dimension: 'REQUESTS' as Dimension },
      hour: aRecord({ hour: HOUR - 1 }),
      resource: { ...first, resource: 'i-1' },
    }
    for (const [part, other] of Object.entries(facts)) {
      it(
        `holds two records that differ in ${part} alone as two`,
        withLedger(async (ledger) => {
          const held = await holdAll(ledger, [first, other])
          assert.deepEqual(addedOf(held), [true, true])
          assert.deepEqual(addedOf(await holdAll(ledger, [other, first])), [false, false])
        }),
      )
    }

    it(
      'holds two records that differ in all else as one',
      withLedger(async (ledger) => {
        await holdAll(ledger, [first])
        const other: NewRecord = {
          ...first,
          agreement: 'agmt-other' as AgreementId,
          licenseArn: 'arn:other' as LicenseArn,
          namedBy: 'customerIdentifier',
          timestampMs: (first.timestampMs + 1_000) as InstantMs,
          quantity: 99 as Quantity,
          allocations: ALLOCATIONS,
        }
        const [held] = await holdAll(ledger, [other])
        assert.deepEqual(held, { id: recordIdOf(first), quantity: first.quantity, added: false })
      }),
    )

    it(
      'answers a call without records with nothing',
      withLedger(async (ledger) => {
        assert.deepEqual(await ledger.hold(aCall(), []), [])
        assert.deepEqual(await readAll(ledger), [])
      }),
    )

    for (const [problem, bad] of [
      ['a fraction', aRecord({ quantity: 0.5 })],
      ['a quantity past 31 bits', aRecord({ quantity: 2 ** 31 })],
      ['an hour that no id can carry', aRecord({ hour: 0x100_0000 })],
    ] as const) {
      it(
        `rejects ${problem} and holds nothing of the call`,
        withLedger(async (ledger) => {
          await assert.rejects(ledger.hold(aCall(), [aRecord({ buyer: 5 }), bad]), RangeError)
          assert.deepEqual(await readAll(ledger), [])
        }),
      )
    }
  })

  describe(`${name} keeps the contract of find`, () => {
    it(
      'finds what is held, in the order asked, and nothing else',
      withLedger(async (ledger) => {
        const [one, two, three] = [1, 2, 3].map((buyer) => aRecord({ buyer, quantity: buyer }))
        assert(one && two && three)
        await holdAll(ledger, [one, three])
        assert.deepEqual(await ledger.find([three, two, one]), [
          { id: recordIdOf(three), quantity: 3 },
          undefined,
          { id: recordIdOf(one), quantity: 1 },
        ])
        assert.deepEqual(await ledger.find([{ ...one, hour: (HOUR + 1) as UsageHour }]), [
          undefined,
        ])
      }),
    )

    it(
      'gives back the allocations that came first',
      withLedger(async (ledger) => {
        const record = aRecord({ quantity: 5, allocations: ALLOCATIONS })
        const held = { id: recordIdOf(record), quantity: 5, allocations: ALLOCATIONS }
        const plain = aRecord({ quantity: 5 })
        const answers = await holdAll(ledger, [record, plain])
        assert.deepEqual(answers, [
          { ...held, added: true },
          { ...held, added: false },
        ])
        assert.deepEqual(await ledger.find([record]), [held])
        assert.deepEqual(await holdAll(ledger, [plain]), [{ ...held, added: false }])
        const [read] = await readAll(ledger)
        assert.deepEqual(read?.allocations, ALLOCATIONS)
      }),
    )
  })

  describe(`${name} keeps the contract of read`, () => {
    it(
      'gives every member back as it was held',
      withLedger(async (ledger, clock) => {
        const record = { ...aRecord({ quantity: 5, allocations: ALLOCATIONS }), resource: 'i-7' }
        const call = aCall()
        await ledger.hold(call, [record])
        const [read] = await readAll(ledger)
        const recordedAtUs = read?.recordedAtUs
        assert.deepEqual(read, { ...record, id: recordIdOf(record), call, recordedAtUs })
        assert.equal(recordedAtUs, clock.nowUs)
      }),
    )

    it(
      'keeps text that databases dislike: NUL, lone surrogates, backslashes, other scripts',
      withLedger(async (ledger) => {
        for (const [index, text] of HOSTILE.entries()) {
          const record: NewRecord = {
            ...aRecord({ buyer: index, quantity: 1 }),
            dimension: `d${text}` as Dimension,
            resource: text,
            agreement: text as AgreementId,
            licenseArn: text as LicenseArn,
            allocations: [{ quantity: 1 as Quantity, tags: [{ key: text, value: text }] }],
          }
          const call = { ...aCall(), userAgent: text, requestId: text, accessKeyId: text }
          const [held] = await ledger.hold(call, [record])
          assert(held !== undefined && held !== 'unavailable' && held.added)
          const page = await ledger.read({ dimension: record.dimension, countMax: 2 })
          const { recordedAtUs } = page.records[0] ?? {}
          const { id } = held
          assert.deepEqual(page.records, [{ ...record, id, call, recordedAtUs }])
        }
      }),
    )

    it(
      'orders by recorded-at, then by id, through pages of every size',
      withLedger(async (ledger, clock) => {
        for (const step of [0, 5_000_000, -9_000_000]) {
          clock.nowUs += step
          await holdAll(
            ledger,
            [6, 2, 4, 1, 5, 3].map((buyer) => aRecord({ buyer: buyer + (clock.nowUs % 89) })),
          )
        }
        const whole = await readAll(ledger)
        assert.equal(whole.length, 18)
        assert.deepEqual(whole, [...whole].sort(byRecordedAtAndId))
        for (const countMax of [1, 2, 5, 17, 18, 19]) {
          assert.deepEqual(await readAll(ledger, { countMax }), whole, `pages of ${countMax}`)
        }
      }),
    )

    it(
      'goes on from a cursor with what was recorded since',
      withLedger(async (ledger) => {
        await holdAll(ledger, [aRecord({ buyer: 1 })])
        const first = await lastPage(ledger, { countMax: 10 })
        assert.deepEqual((await ledger.read({ countMax: 10, after: first.resume })).records, [])
        await holdAll(ledger, [aRecord({ buyer: 2 })])
        const second = await ledger.read({ countMax: 10, after: first.resume })
        assert.deepEqual(
          second.records.map(({ buyer }) => buyer),
          [accountOf(2)],
        )
        assert(second.completeUntilUs > first.completeUntilUs)
        assert((second.records[0]?.recordedAtUs ?? 0) >= first.completeUntilUs)
      }),
    )

    it(
      'misses nothing and repeats nothing while others write',
      withLedger(async (ledger) => {
        const writing = (async () => {
          for (let buyer = 0; buyer < 60; buyer++) {
            await Promise.all([
              ledger.hold(aCall({ account: 1 }), [aRecord({ buyer })]),
              ledger.hold(aCall({ account: 2 }), [aRecord({ buyer: buyer + 1_000 })]),
            ])
          }
        })()
        const seen: string[] = []
        let after: string | undefined
        while (seen.length < 120) {
          const page = await ledger.read({ countMax: 7, ...(after === undefined ? {} : { after }) })
          seen.push(...page.records.map(({ id }) => id))
          after = page.resume
        }
        await writing
        assert.equal(new Set(seen).size, 120)
        assert.deepEqual(
          seen,
          (await readAll(ledger)).map(({ id }) => id),
        )
      }),
    )

    const rows = [
      aRecord({ buyer: 1, hour: HOUR - 2 }),
      { ...aRecord({ buyer: 2, hour: HOUR - 1 }), seller: accountOf(700) },
      { ...aRecord({ buyer: 3 }), product: 'other' as ProductCode },
      { ...aRecord({ buyer: 4 }), dimension: 'users' as Dimension },
      { ...aRecord({ buyer: 5 }), region: 'eu-west-1' as Region },
    ]
    const filters: readonly (readonly [string, Omit<LedgerQuery, 'countMax'>, number[]])[] = [
      ['seller', { seller: accountOf(700) }, [2]],
      ['product', { product: 'other' as ProductCode }, [3]],
      ['buyer', { buyer: accountOf(4) }, [4]],
      ['dimension', { dimension: 'users' as Dimension }, [4]],
      ['Region', { region: 'eu-west-1' as Region }, [5]],
      ['first hour', { fromHour: HOUR }, [3, 4, 5]],
      ['end hour', { beforeHour: HOUR }, [1, 2]],
      ['both hours', { fromHour: (HOUR - 1) as UsageHour, beforeHour: HOUR }, [2]],
      ['no hour at all', { fromHour: HOUR, beforeHour: HOUR }, []],
      ['an hour never seen', { fromHour: (HOUR + 50) as UsageHour }, []],
      ['id', { id: recordIdOf(rows[2] ?? aRecord({})) }, [3]],
      ['id and its buyer', { id: recordIdOf(rows[2] ?? aRecord({})), buyer: accountOf(3) }, [3]],
      ['id and another buyer', { id: recordIdOf(rows[2] ?? aRecord({})), buyer: accountOf(4) }, []],
      ['id and another hour', { id: recordIdOf(rows[2] ?? aRecord({})), beforeHour: HOUR }, []],
      ['an id never given', { id: recordIdOf(aRecord({ buyer: 77 })) }, []],
      ['an id of a neighbour hour', { id: recordIdOf(aRecord({ buyer: 1, hour: HOUR })) }, []],
      ['something that is no id', { id: 'nonsense' as MeteringRecord['id'] }, []],
    ]
    for (const [by, query, buyers] of filters) {
      it(
        `narrows by ${by}`,
        withLedger(async (ledger) => {
          await holdAll(ledger, rows)
          const read = await readAll(ledger, query)
          assert.deepEqual(read.map(({ buyer }) => buyer).sort(), buyers.map(accountOf))
        }),
      )
    }

    for (const [problem, query] of [
      ['a page of none', { countMax: 0 }],
      ['a page of 10,001', { countMax: 10_001 }],
      ['a foreign cursor', { countMax: 1, after: 'x' }],
      ['a cursor past its end', { countMax: 1, after: 'p1' }],
    ] as const) {
      it(
        `rejects ${problem} with a RangeError`,
        withLedger(async (ledger) => {
          await assert.rejects(ledger.read(query), RangeError)
        }),
      )
    }
  })

  describe(`${name} under any load`, () => {
    it('leaves one record a key and answers that agree with it', async () => {
      const offer = fc.record({
        buyer: fc.integer({ min: 0, max: 4 }),
        hour: fc.integer({ min: HOUR - 1, max: HOUR }),
        quantity: fc.integer({ min: 0, max: 2 }),
      })
      const call = fc.array(offer, { minLength: 1, maxLength: 6 })
      const rounds = fc.array(fc.array(call, { minLength: 1, maxLength: 5 }), { maxLength: 5 })
      await fc.assert(
        fc.asyncProperty(rounds, async (plan) => {
          const clock = new StubClock()
          const ledger = await open(() => clock.nowUs)
          try {
            await checkAgainstModel(ledger, plan)
          } finally {
            await ledger.close()
          }
        }),
        { numRuns: runs },
      )
    })
  })

  clientTokenSpec(name, open, upkeep)

  describe(`${name} closed`, () => {
    it('has answered what it accepted, and takes no more', async () => {
      const ledger = await open(() => NOON_US)
      assert.equal(ledger.health().ready, true)
      const accepted = ledger.hold(aCall(), [aRecord({})])
      const closing = ledger.close()
      assert.deepEqual(addedOf((await accepted).map(reached)), [true])
      await closing
      await ledger.close()
      await assert.rejects(ledger.hold(aCall(), [aRecord({})]), /closed/)
      await assert.rejects(ledger.find([aRecord({})]), /closed/)
      await assert.rejects(ledger.read({ countMax: 1 }), /closed/)
      assert.equal(ledger.health().ready, false)
    })
  })
}

type Plan = readonly (readonly (readonly Parameters<typeof aRecord>[0][])[])[]

/** Calls of one round race each other; rounds follow each other. */
async function checkAgainstModel(ledger: Ledger, plan: Plan): Promise<void> {
  const model = new Map<string, number>()
  for (const round of plan) {
    const calls = round.map((offers) => offers.map(aRecord))
    const answers = await Promise.all(
      calls.map((records, index) => ledger.hold(aCall({ account: (index % 2) + 1 }), records)),
    )
    const pairs = calls.flatMap((records, call) =>
      records.map((record, index) => ({ record, held: reached(answers[call]?.[index]) })),
    )
    for (const { record, held } of pairs.filter(({ held }) => held.added)) {
      assert(!model.has(held.id), 'a key was taken twice')
      assert.equal(held.quantity, record.quantity)
      model.set(held.id, held.quantity)
    }
    for (const { record, held } of pairs) {
      assert.equal(held.id, recordIdOf(record))
      assert.equal(held.quantity, model.get(held.id))
    }
    const found = await ledger.find(pairs.map(({ record }) => record))
    assert.deepEqual(
      found,
      pairs.map(({ held: { id, quantity } }) => ({ id, quantity })),
    )
  }
  const read = await readAll(ledger, { countMax: 3 })
  assert.deepEqual(read.map(({ id, quantity }) => [id, quantity]).sort(), [...model].sort())
}

const ALLOCATIONS = [
  { quantity: 2 as Quantity, tags: [{ key: 'team', value: 'red' }] },
  { quantity: 3 as Quantity, tags: [] },
]

const HOSTILE = ['', 'a\0b', '\ud800', '\udc00x', '\\', '\\0', '\\ud800', '𝄞 ü', "';--", '\u2028"']

function byRecordedAtAndId(left: MeteringRecord, right: MeteringRecord): number {
  return left.recordedAtUs - right.recordedAtUs || (left.id < right.id ? -1 : 1)
}

function addedOf(held: readonly Held[]): boolean[] {
  return held.map(({ added }) => added)
}

function quantitiesOf(records: readonly HeldOrRead[]): number[] {
  return records.map(({ quantity }) => quantity)
}

type HeldOrRead = Pick<Held, 'quantity'>
