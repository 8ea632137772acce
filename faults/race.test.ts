/**
 * Two replicas as processes are sent the same records at once, 10,000 times: one metering record of each, and either `Success`
 * from both with one id, or, where quantities differ, `Success` from one and `DuplicateRecord` from the other.
 *
 * Elsewhere   The same within the ledger: src/store/postgres/race.test.ts.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Caller } from '../bench/requests.ts'
import type { BenchService } from '../bench/service.ts'
import { server, skip } from '../src/store/postgres/server.spec.ts'
import { newSharedLedger, type SharedLedger, startReplica } from './replica.ts'
import { Sender } from './sender.ts'
import { recordsAt } from './shared-ledger.ts'
import { type Report, Witness } from './witness.ts'

const BUYERS = 1_000
const DIMENSIONS = 10
const RECORDS = BUYERS * DIMENSIONS
const RECORDS_PER_REQUEST = 25
const PAIRS = RECORDS / RECORDS_PER_REQUEST
/** Pairs of requests under way. */
const PAIRS_AT_ONCE = 8
const NOW_MS = Date.now()
/** Quantities: of every second pair the two replicas are sent different ones. */
const EQUAL = 1
const LEFT = 2
const RIGHT = 3

it(
  'gives what two replicas are sent at once one record, and each the right answer',
  { skip },
  async (t) => {
    const url = server().urlOf(await server().createDatabase())
    const ledger = await newSharedLedger(url, { buyers: BUYERS, dimensions: DIMENSIONS })
    const quiet = { onTalk: () => undefined }
    const [left, right] = await Promise.all([
      startReplica(ledger, quiet),
      startReplica(ledger, quiet),
    ])
    t.after(() => Promise.all([left.stop(), right.stop()]))

    const witness = new Witness()
    await sendPairs(ledger, [left, right], witness)
    assert.equal(witness.acknowledgedCount, RECORDS)
    assert.equal(witness.repeatedCount, RECORDS / 2, 'equal ones are answered twice with one id')
    assert.equal(witness.deniedCount, RECORDS / 2, 'of different ones, one is denied')

    const records = await recordsAt(url)
    assert.equal(witness.compareWith(records), 0, 'nothing is held of which nobody was told')
    const leftWon = witness.acknowledged.filter(({ quantity }) => quantity === LEFT).length
    assert.ok(leftWon > 0 && leftWon < RECORDS / 2, 'both won some: it was a race')
    t.diagnostic(
      `${records.length} records held; of ${RECORDS / 2} with two quantities, one replica won ${leftWon}`,
    )
  },
)

/** Each pair is one request to each replica, at once; the witness judges all answers. */
async function sendPairs(
  { callers: [caller] }: SharedLedger,
  [first, second]: readonly [BenchService, BenchService],
  witness: Witness,
): Promise<void> {
  assert.ok(caller)
  let next = 0
  const line = async () => {
    const left = await Sender.open(caller, first)
    const right = await Sender.open(caller, second)
    for (let pair = next++; pair < PAIRS; pair = next++) {
      const [one, other] = pair % 2 === 0 ? [EQUAL, EQUAL] : [LEFT, RIGHT]
      await Promise.all([
        left.send(reportsOf(caller, pair, one), witness),
        right.send(reportsOf(caller, pair, other), witness),
      ])
    }
    left.close()
    right.close()
  }
  await Promise.all(Array.from({ length: PAIRS_AT_ONCE }, line))
}

function reportsOf(caller: Caller, pair: number, quantity: number): readonly Report[] {
  return Array.from({ length: RECORDS_PER_REQUEST }, (_, place) => {
    const index = pair * RECORDS_PER_REQUEST + place
    const buyer = String(caller.firstBuyer + (index % BUYERS))
    const dimension = `dimension-${Math.floor(index / BUYERS)}`
    return { caller, buyer, dimension, timestampMs: NOW_MS, quantity }
  })
}
