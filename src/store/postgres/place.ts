/** A place in the order of reading, and its text: the cursor that a reader is handed. */

/** After this record. */
export interface Place {
  readonly recordedAtUs: number
  readonly hour: number
  readonly bucket: number
  readonly series: string
}

/** Numbers of 64 bits come as text. */
export interface PlaceRow {
  readonly recorded_at_us: string
  readonly hour: number
  readonly bucket: number
  readonly series: string
}

const START: Place = {
  recordedAtUs: 0,
  hour: 0,
  bucket: 0,
  series: '00000000-0000-0000-0000-000000000000',
}

const CURSOR = /^r(\d{1,16})-(\d{1,8})-(\d{1,2})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export function placeOfRow({ recorded_at_us, hour, bucket, series }: PlaceRow): Place {
  return { recordedAtUs: Number(recorded_at_us), hour, bucket, series }
}

export function placeText({ recordedAtUs, hour, bucket, series }: Place): string {
  return `r${recordedAtUs}-${hour}-${bucket}-${series}`
}

/** @throws RangeError on a cursor that was not made here. */
export function parsePlace(cursor: string | undefined): Place {
  if (cursor === undefined) return START
  const [, recordedAtUs, hour, bucket, series] = CURSOR.exec(cursor) ?? []
  if (series === undefined) throw new RangeError('This cursor was not made by this ledger.')
  return { recordedAtUs: Number(recordedAtUs), hour: Number(hour), bucket: Number(bucket), series }
}
