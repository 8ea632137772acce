/**
 * Kept refusals from the oldest on, a span of time at once, though the store gives the latest first.
 *
 * Bounded     A span that holds too many is read again as two; one that holds few is followed by a longer one.
 * Checked by  refusal-windows.test.ts
 */
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { AccountId, InstantMs } from '../../core/usage.ts'
import type { ControlStore, RefusalQuery } from '../../store/control.ts'

export interface RefusalSpan {
  readonly seller?: AccountId
  readonly fromMs: number
  readonly beforeMs: number
}

export interface RefusalWindow {
  readonly refusals: readonly KeptRefusal[]
  /** Every refusal of before this instant has been given. */
  readonly untilMs: number
}

const FIRST_MS = 86_400_000
/** Some ten megabytes. */
export const WINDOW_COUNT_MAX = 10_000
const PAGE_COUNT = 1_000

export async function* refusalWindows(
  store: Pick<ControlStore, 'readRefusals'>,
  { fromMs, beforeMs, seller }: RefusalSpan,
  countMax = WINDOW_COUNT_MAX,
): AsyncGenerator<RefusalWindow, void, undefined> {
  let startMs = fromMs
  let sizeMs = FIRST_MS
  while (startMs < beforeMs) {
    const untilMs = Math.min(beforeMs, startMs + sizeMs)
    const span = { fromMs: startMs as InstantMs, beforeMs: untilMs as InstantMs }
    // What was refused in one millisecond cannot be parted.
    const most = untilMs - startMs > 1 ? countMax : Infinity
    const refusals = await refusalsIn(store, { ...span, ...(seller && { seller }) }, most)
    if (refusals === 'tooMany') {
      sizeMs = Math.ceil((untilMs - startMs) / 2)
      continue
    }
    yield { refusals, untilMs }
    startMs = untilMs
    if (refusals.length < countMax / 4) sizeMs *= 4
  }
}

async function refusalsIn(
  store: Pick<ControlStore, 'readRefusals'>,
  query: Omit<RefusalQuery, 'countMax'>,
  most: number,
): Promise<readonly KeptRefusal[] | 'tooMany'> {
  const all: KeptRefusal[] = []
  let after: string | undefined
  do {
    const page = await store.readRefusals({
      ...query,
      countMax: PAGE_COUNT,
      ...(after && { after }),
    })
    all.push(...page.refusals)
    if (all.length > most) return 'tooMany'
    after = page.next
  } while (after !== undefined)
  return all
}
