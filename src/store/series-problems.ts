/** What `verify` says of a series, whatever holds it. */
import { bucketOf } from '../core/billing-line.ts'
import type { NewRecord } from '../core/metering-record.ts'

export interface StoredSeries {
  readonly bucket: number
  /** What records name it by: made from its hash. */
  readonly name: string
  readonly record: Pick<NewRecord, 'billingLine' | 'product' | 'buyer'>
}

/** @param rightName What its content would be named by. */
export function* seriesProblems(
  { bucket, name, record }: StoredSeries,
  rightName: string,
): Generator<string> {
  const { billingLine, product, buyer } = record
  const right = bucketOf(billingLine)
  if (bucket !== right) yield `lies in bucket ${bucket}; its billing line belongs to ${right}`
  if (name !== rightName) yield 'its hash is not that of its content'
  if (billingLine.includes('#') && billingLine !== `${product}#${buyer}`) {
    yield `its billing line ${billingLine} is not that of its product and buyer`
  }
}

/** A series without its Region, for people: what would be the same usage elsewhere. */
export function usageNameOf(parts: readonly unknown[]): string {
  return parts.filter(Boolean).join(' ')
}
