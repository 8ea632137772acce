/**
 * Any mix of batches sent at once, again, in another order and under each of a buyer's names, through the whole service and
 * over a ledger on disk: one record an hour key is left, and every answer that was ever given agrees with it.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import fc from 'fast-check'
import type { MeteringRecord } from '../core/metering-record.ts'
import type { AccountId, AgreementId, CustomerIdentifier, Dimension } from '../core/usage.ts'
import { SqliteLedger } from '../store/sqlite/sqlite-ledger.ts'
import {
  aCatalog,
  aCustomerIdentifier,
  aDimension,
  anAgreement,
  aProduct,
  licenseOf,
  NOON,
} from '../testing/builders.ts'
import { createHandler, type Handle } from './handle.ts'
import { aService, NOON_SECONDS, readAnswer, signed, wireBatch, wireRecord } from './handle.spec.ts'
import { batchMeterUsage } from './operations/batch-meter-usage.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100)
const SECONDS_PER_HOUR = 3_600
const DIMENSIONS = ['a', 'b', 'c']
const FIRST_BUYER = 500_000_000_000

interface Usage {
  readonly dimension: string
  readonly hoursAgo: number
  readonly secondsIn: number
  readonly quantity: number
}

/** All records of a request name the buyer in the same way. */
interface Batch {
  readonly name: 'account' | 'identifier' | 'license'
  readonly usages: readonly Usage[]
}

/** What is under way together: new batches, and some that were sent before. */
interface Round {
  readonly fresh: readonly Batch[]
  readonly again: readonly { readonly which: number; readonly reversed: boolean }[]
}

/** What was once said of one usage record. */
interface Answered {
  readonly usage: Usage
  readonly status: string | undefined
  readonly id: string | undefined
}

/** Few keys and quantities, so that nearly all usage meets other usage. */
const usage: fc.Arbitrary<Usage> = fc.record({
  dimension: fc.constantFrom(...DIMENSIONS),
  hoursAgo: fc.integer({ min: 1, max: 2 }),
  secondsIn: fc.integer({ min: 0, max: SECONDS_PER_HOUR - 1 }),
  quantity: fc.integer({ min: 0, max: 2 }),
})
const batch: fc.Arbitrary<Batch> = fc.record({
  name: fc.constantFrom('account', 'identifier', 'license'),
  usages: fc.array(usage, { minLength: 1, maxLength: 6 }),
})
const round: fc.Arbitrary<Round> = fc.record({
  fresh: fc.array(batch, { minLength: 1, maxLength: 5 }),
  again: fc.array(fc.record({ which: fc.nat(), reversed: fc.boolean() }), { maxLength: 5 }),
})

const directory = mkdtempSync(join(tmpdir(), 'resend-'))
const dimensions = DIMENSIONS.map((name) => aDimension({ name: name as Dimension }))
const catalog = aCatalog(aProduct({ dimensions }))
let ledger: SqliteLedger
let handle: Handle

before(async () => {
  const file = join(directory, 'ledger.db')
  ledger = await SqliteLedger.open({ file, nowUs: () => NOON * 1_000, windowMs: 0 })
  const service = { ...aService({ catalog }).service, ledger }
  handle = createHandler(service, [batchMeterUsage(service)])
})

after(async () => {
  await ledger.close()
  rmSync(directory, { recursive: true })
})

it('leaves one record a key and answers that agree with it, whatever is sent together and again', async () => {
  let nextBuyer = FIRST_BUYER
  const rounds = fc.array(round, { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(rounds, (plan) => checkRounds(plan, aBuyer(nextBuyer++))),
    { numRuns: RUNS },
  )
})

/** A buyer of which the ledger knows nothing yet. */
function aBuyer(number: number): AccountId {
  const buyer = String(number) as AccountId
  const id = `agmt-${number}` as AgreementId
  catalog.put(anAgreement({ id, buyer }))
  catalog.put(aCustomerIdentifier({ buyer, identifier: `name-${number}` as CustomerIdentifier }))
  return buyer
}

async function checkRounds(rounds: readonly Round[], buyer: AccountId): Promise<void> {
  const sent: Batch[] = []
  const answered: Answered[] = []
  for (const { fresh, again } of rounds) {
    sent.push(...fresh)
    const repeats = again.map(({ which, reversed }) => repeatOf(sent, which, reversed))
    const together = [...fresh, ...repeats].map((one) => send(one, buyer))
    answered.push(...(await Promise.all(together)).flat())
  }
  const { records } = await ledger.read({ buyer, countMax: 1_000 })
  const held = new Map(records.map((record) => [keyOfHeld(record), record]))
  assert.equal(held.size, records.length, 'two records of one key')
  const keys = new Set(answered.map(({ usage }) => keyOf(usage)))
  assert.deepEqual([...held.keys()].sort(), [...keys].sort())
  for (const one of answered) checkAnswer(one, held.get(keyOf(one.usage)))
}

function checkAnswer({ usage: { quantity }, status, id }: Answered, held?: MeteringRecord): void {
  if (status === 'Success') assert.deepEqual([quantity, id], [held?.quantity, held?.id])
  else assert.deepEqual([status, quantity === held?.quantity], ['DuplicateRecord', false])
}

async function send({ name, usages }: Batch, buyer: AccountId): Promise<readonly Answered[]> {
  const names = {
    account: { CustomerAWSAccountId: buyer },
    identifier: { CustomerIdentifier: `name-${buyer}` },
    license: { CustomerAWSAccountId: buyer, LicenseArn: licenseOf(`agmt-${buyer}`) },
  }
  const records = usages.map(({ dimension, hoursAgo, secondsIn, quantity }) =>
    wireRecord({
      ...names[name],
      Dimension: dimension,
      Timestamp: NOON_SECONDS - hoursAgo * SECONDS_PER_HOUR + secondsIn,
      Quantity: quantity,
    }),
  )
  const { status, body } = await handle(signed(wireBatch(...records)), { requestId: name })
  const text = body.toString()
  assert.equal(status, 200, text)
  const { statuses, ids } = readAnswer(status, text)
  return usages.map((usage, place) => ({ usage, status: statuses[place], id: ids[place] }))
}

function repeatOf(sent: readonly Batch[], which: number, reversed: boolean): Batch {
  const batch = sent[which % sent.length]
  assert.ok(batch)
  return reversed ? { ...batch, usages: batch.usages.toReversed() } : batch
}

function keyOf({ dimension, hoursAgo }: Usage): string {
  return `${dimension} ${NOON_SECONDS / SECONDS_PER_HOUR - hoursAgo}`
}

function keyOfHeld({ dimension, hour }: MeteringRecord): string {
  return `${dimension} ${hour}`
}
