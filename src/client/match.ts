/**
 * Gives each record of a request its result: by content, because AWS does not promise an order.
 *
 * Within one request records of one hour key are equal (plan.ts), so the fact and the quantity tell all that are
 * different apart, and equal ones take the results in turn. What else the echo holds, or leaves out, does not matter.
 *
 * Checked by  match.test.ts: any order of results, equal records, results that belong to nobody.
 */
import type {
  BatchMeterUsageCommandOutput,
  UsageRecordResult,
} from '@aws-sdk/client-marketplace-metering'
import type { Outcome } from './outcome.ts'
import { factOf, type Item } from './plan.ts'

type Answer = Pick<BatchMeterUsageCommandOutput, 'Results' | 'UnprocessedRecords'>
type Echo = NonNullable<UsageRecordResult['UsageRecord']>

/** What one answer says of the records of its request. */
export interface Matched {
  readonly settled: readonly (readonly [Item, Outcome])[]
  readonly unprocessed: readonly Item[]
  /** Neither a result nor an unprocessed record names these. */
  readonly unnamed: readonly Item[]
}

export function matchAnswer(items: readonly Item[], answer: Answer): Matched {
  const waiting = new Map<string, Item[]>()
  for (const item of items) {
    const text = contentOf(item.record)
    const equal = waiting.get(text)
    if (equal === undefined) waiting.set(text, [item])
    else equal.push(item)
  }
  const take = (echo: Echo | undefined) => echo && waiting.get(echoedContentOf(echo))?.shift()
  const settled: [Item, Outcome][] = []
  for (const result of answer.Results ?? []) {
    const item = take(result.UsageRecord)
    if (item !== undefined) settled.push([item, outcomeOf(result)])
  }
  const unprocessed = (answer.UnprocessedRecords ?? []).flatMap((echo) => take(echo) ?? [])
  return { settled, unprocessed, unnamed: [...waiting.values()].flat() }
}

function contentOf(record: Item['record']): string {
  return `${factOf(record)} ${record.Quantity ?? 0}`
}

function echoedContentOf({ Timestamp, Dimension = '', Quantity = 0, ...names }: Echo): string {
  const Seconds = Timestamp === undefined ? NaN : Timestamp.getTime() / 1_000
  return contentOf({
    Timestamp: Seconds,
    Dimension,
    Quantity,
    ...(names.CustomerIdentifier && { CustomerIdentifier: names.CustomerIdentifier }),
    ...(names.CustomerAWSAccountId && { CustomerAWSAccountId: names.CustomerAWSAccountId }),
    ...(names.LicenseArn && { LicenseArn: names.LicenseArn }),
  })
}

function outcomeOf({ Status, MeteringRecordId }: UsageRecordResult): Outcome {
  const id = MeteringRecordId ? { meteringRecordId: MeteringRecordId } : {}
  switch (Status) {
    case 'Success':
      return { status: 'success', ...id }
    case 'DuplicateRecord':
      return { status: 'duplicate', ...id }
    case 'CustomerNotSubscribed':
      return { status: 'notSubscribed' }
    default: {
      const message = `the service answered a status that this client does not know: ${String(Status)}`
      return { status: 'unknown', errorName: 'UnknownStatus', message }
    }
  }
}
