/** What the contract of a Ledger says of client tokens. Part of {@link ledgerSpec}. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClientToken } from '../core/client-token.ts'
import type { NewRecord } from '../core/metering-record.ts'
import type { InstantMs } from '../core/usage.ts'
import {
  aCall,
  aRecord,
  aToken,
  HOUR,
  NOON_US,
  reached,
  readAll,
  type RecordWish,
  StubClock,
} from './builders.spec.ts'
import { TokenTaken } from './client-token.ts'
import type { Held, Ledger } from './ledger.ts'

const NOON_MS = NOON_US / 1_000
const KEPT_MS = 7 * 3_600_000

/** What a store does by itself, run now, and how many tokens it keeps. */
export interface TokenUpkeep {
  run(ledger: Ledger, nowMs: InstantMs): Promise<void>
  count(ledger: Ledger): Promise<number>
}

export function clientTokenSpec(
  name: string,
  open: (nowUs: () => number) => Promise<Ledger>,
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

  describe(`${name} keeps the contract of client tokens`, () => {
    // Each row: requests under one token, `quantity` of the hour so many before noon's, and what comes of each.
    const rows: readonly (readonly [string, readonly (readonly [Wish, string])[]])[] = [
      ['a new request', [[{ quantity: 5 }, 'added']]],
      [
        'the same request again',
        [
          [{ quantity: 5 }, 'added'],
          [{ quantity: 5 }, 'repeated'],
        ],
      ],
      [
        'another quantity of the hour',
        [
          [{ quantity: 5 }, 'added'],
          [{ quantity: 6 }, 'taken'],
        ],
      ],
      [
        'another hour',
        [
          [{ quantity: 5 }, 'added'],
          [{ quantity: 5, hoursAgo: 1 }, 'taken'],
          [{ quantity: 5 }, 'repeated'],
        ],
      ],
      [
        'another buyer, whose token it is not',
        [
          [{ quantity: 5 }, 'added'],
          [{ quantity: 5, buyer: 2 }, 'added'],
        ],
      ],
      [
        'another request, once the token is over',
        [
          [{ quantity: 5 }, 'added'],
          [{ quantity: 6, hoursAgo: 1, atMs: KEPT_MS - 1 }, 'taken'],
          [{ quantity: 6, hoursAgo: 1, atMs: KEPT_MS }, 'added'],
          [{ quantity: 5, atMs: KEPT_MS }, 'taken'],
        ],
      ],
    ]
    for (const [about, requests] of rows) {
      it(
        `answers ${about}`,
        withLedger(async (ledger) => {
          for (const [wish, answer] of requests) {
            assert.equal(await ask(ledger, tokenedOf('token-1', wish)), answer)
          }
        }),
      )
    }

    it(
      'leaves a token free whose record is held with another quantity',
      withLedger(async (ledger) => {
        await ledger.hold(aCall(), [aRecord({ quantity: 5 })])
        assert.equal(await ask(ledger, tokenedOf('token-1', { quantity: 6 })), 'conflicting')
        assert.equal(await ask(ledger, tokenedOf('token-1', { quantity: 5 })), 'repeated')
        assert.equal(await ask(ledger, tokenedOf('token-1', { quantity: 6 })), 'taken')
      }),
    )

    it(
      'notes the token of a record that another request brought',
      withLedger(async (ledger) => {
        assert.equal(await ask(ledger, tokenedOf('token-1', { quantity: 5 })), 'added')
        assert.equal(await ask(ledger, tokenedOf('token-2', { quantity: 5 })), 'repeated')
        assert.equal(await ask(ledger, tokenedOf('token-2', { hoursAgo: 1 })), 'taken')
      }),
    )

    it(
      'tells whether a token is taken, without taking it',
      withLedger(async (ledger) => {
        const first = tokenedOf('token-1', { quantity: 5 })
        const other = tokenedOf('token-1', { quantity: 6 })
        assert.equal(await ledger.isTaken(first.token), false)
        assert.equal(await ledger.isTaken(other.token), false)
        await ask(ledger, first)
        assert.equal(await ledger.isTaken(first.token), false)
        assert.equal(await ledger.isTaken(other.token), true)
        const later = tokenedOf('token-1', { quantity: 6, atMs: KEPT_MS })
        assert.equal(await ledger.isTaken(later.token), false)
      }),
    )

    it(
      'gives a token to one of twenty requests that race for it, and holds no record of the others',
      withLedger(async (ledger) => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, hoursAgo) =>
            ask(ledger, tokenedOf('token-1', { hoursAgo })),
          ),
        )
        assert.equal(answers.filter((answer) => answer === 'added').length, 1)
        assert.equal(answers.filter((answer) => answer === 'taken').length, 19)
        assert.equal((await readAll(ledger)).length, 1)
      }),
    )

    it(
      'adds one record for twenty equal requests that race, each under its own token or under one',
      withLedger(async (ledger) => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, number) =>
            ask(ledger, tokenedOf(`token-${number % 10}`, { quantity: 5 })),
          ),
        )
        assert.equal(answers.filter((answer) => answer === 'added').length, 1)
        assert.equal(answers.filter((answer) => answer === 'repeated').length, 19)
      }),
    )

    if (upkeep !== undefined) {
      it(
        'removes tokens that are over though none come any more, and none before',
        withLedger(async (ledger, clock) => {
          for (let buyer = 1; buyer <= 20; buyer++) {
            await ask(ledger, tokenedOf('token-1', { buyer, atMs: buyer }))
          }
          for (const [afterMs, left] of [
            [KEPT_MS, 20],
            [KEPT_MS + 10, 10],
            [KEPT_MS + 20, 0],
          ] as const) {
            clock.nowUs = NOON_US + afterMs * 1_000
            await upkeep.run(ledger, (NOON_MS + afterMs) as InstantMs)
            assert.equal(await upkeep.count(ledger), left)
          }
          assert.equal((await readAll(ledger)).length, 20)
        }),
      )
    }

    it(
      'takes a token with one record only, of its own billing line',
      withLedger(async (ledger) => {
        const { token, record } = tokenedOf('token-1', {})
        await assert.rejects(
          ledger.hold(aCall(), [record, aRecord({ hour: HOUR - 1 })], token),
          RangeError,
        )
        await assert.rejects(ledger.hold(aCall(), [aRecord({ buyer: 2 })], token), RangeError)
      }),
    )
  })
}

interface Wish extends Omit<RecordWish, 'hour'> {
  readonly hoursAgo?: number
  /** After noon. */
  readonly atMs?: number
}

interface Tokened {
  readonly record: NewRecord
  readonly token: ClientToken
}

/** A request under a token of its buyer's. */
function tokenedOf(name: string, { hoursAgo = 0, atMs = 0, buyer = 1, ...wish }: Wish): Tokened {
  const record = aRecord({ ...wish, buyer, hour: HOUR - hoursAgo })
  const parameters = JSON.stringify([record.hour, record.quantity])
  return { record, token: aToken({ buyer, name, parameters, askedAtMs: NOON_MS + atMs }) }
}

async function ask(ledger: Ledger, { record, token }: Tokened): Promise<string> {
  let held: Held
  try {
    held = reached((await ledger.hold(aCall(), [record], token))[0])
  } catch (error) {
    if (error instanceof TokenTaken) return 'taken'
    throw error
  }
  if (held.added) return 'added'
  return held.quantity === record.quantity ? 'repeated' : 'conflicting'
}
