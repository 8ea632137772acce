/**
 * BatchMeterUsage with a part of its records left unprocessed: they come back as they were sent, and the others are really held.
 *
 * AWS checks a batch whole before it takes any of it, so one that has a mistake anywhere is refused here too, and nothing of it
 * is left unprocessed.
 * Checked by around.test.ts and clients.test.ts
 */
import type { Catalog } from '../../core/catalog.ts'
import { judgeBatch, type Judgement } from '../../core/judge.ts'
import type { Profile } from '../../core/profile.ts'
import type { CallContext, Operation } from '../../server/service.ts'
import {
  batchMeterUsageShape,
  toBatch,
  type WireUsageRecord,
} from '../../wire/batch-meter-usage.ts'
import { checkIdentityMode } from '../../wire/identity-mode.ts'
import type { JsonObject } from '../../wire/json.ts'
import { Refused } from '../../wire/refused.ts'
import { readRequest } from '../../wire/shape.ts'
import type { Stream } from './chance.ts'
import type { CheckedFault, UnprocessedRecords } from './fault.ts'
import { isOf } from './fault-list.ts'
import type { Named } from './named.ts'

/** What batches are judged by. */
export interface Rules {
  readonly catalog: Catalog
  readonly profile: Profile
  readonly regions: readonly string[]
}

/** Which records of a batch are left out, by index. */
export function chosenRecords(
  fault: CheckedFault & UnprocessedRecords,
  named: readonly Named[],
  stream: Stream,
): readonly number[] {
  const meant = [...named.keys()].filter((index) => isOf(fault, named[index] ?? {}))
  if (fault.records !== undefined) return meant.filter((one) => fault.records.includes(one))
  return stream.some(meant, Math.ceil(meant.length * (fault.share ?? 1)))
}

/** The records of a batch that is to be left unprocessed in part, or undefined if it is going to be refused. */
export function readableRecords(
  body: JsonObject,
  context: CallContext,
  rules: Rules,
): readonly WireUsageRecord[] | undefined {
  const { profile, regions, catalog } = rules
  const { region, signer, now } = context
  if (!regions.includes(region)) return undefined
  try {
    const request = readRequest(batchMeterUsageShape(profile), body)
    const batch = toBatch(request)
    checkIdentityMode(batch, profile)
    const judgement = judgeBatch(batch, { seller: signer.account, region, catalog, profile, now })
    return mayBeTaken(judgement) ? request.UsageRecords : undefined
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** The ledger has the last word on usage outside of its license (D10), and is not asked here. */
function mayBeTaken(judgement: Judgement): boolean {
  return judgement.ok && judgement.records.every(({ kind }) => kind !== 'outsideLicense')
}

/** @param chosen At least one index. */
export async function runWithout(
  chosen: readonly number[],
  records: readonly WireUsageRecord[],
  { run }: Pick<Operation, 'run'>,
  body: JsonObject,
  context: CallContext,
): Promise<object> {
  const unprocessed = records.filter((_record, index) => chosen.includes(index))
  if (unprocessed.length === records.length) return { Results: [], UnprocessedRecords: unprocessed }
  const others = records.filter((_record, index) => !chosen.includes(index))
  const answer = (await run({ ...body, UsageRecords: others }, context)) as AnsweredBatch
  return { ...answer, UnprocessedRecords: [...answer.UnprocessedRecords, ...unprocessed] }
}

interface AnsweredBatch {
  readonly UnprocessedRecords: readonly WireUsageRecord[]
}
