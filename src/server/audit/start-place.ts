/**
 * Where in a ledger to begin for what was received from an instant on, without reading all that is older.
 *
 * How         Records stand in the order in which they were recorded, and a store finds the first of an hour quickly. If that one was
 *             recorded before the instant, so was all that stands before it. Usage is reported soon after its hour as a rule, so a few
 *             hours are tried, the latest first; where none will do, the reading begins at the start.
 * Checked by  start-place.test.ts
 */
import { type UsageHour, usageHourOf } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import type { Ledger } from '../../store/ledger.ts'

/** How far the clocks of those who receive and those who record may differ. */
const MARGIN_MS = 60_000
const HOURS_BACK = [2, 8, 24, 3 * 24, 7 * 24]

export async function startPlace(
  ledger: Pick<Ledger, 'read'>,
  fromMs: number,
): Promise<string | undefined> {
  for (const fromHour of hoursTried(fromMs)) {
    const { records, resume } = await ledger.read({ fromHour, countMax: 1 })
    const recordedAtUs = records[0]?.recordedAtUs ?? Infinity
    if (recordedAtUs / 1_000 < fromMs - MARGIN_MS) return resume
  }
  return undefined
}

/** The first hours of months too, because PostgreSQL keeps months apart. */
function hoursTried(fromMs: number): readonly UsageHour[] {
  const hour = usageHourOf(fromMs as InstantMs)
  const date = new Date(fromMs)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const monthStarts = [0, 1].map((back) => usageHourOf(Date.UTC(year, month - back) as InstantMs))
  const back = HOURS_BACK.map((hours) => (hour - hours) as UsageHour)
  return [...back, ...monthStarts].filter((one) => one >= 0).sort((left, right) => right - left)
}
