/**
 * A workspace's domain time: frozen, or running from any instant at the machine's pace.
 *
 * It goes forward only, because what a ledger has recorded does not come undone; a reset or a restored snapshot begins
 * it anew, together with everything else.
 * Checked by workspace-clock.test.ts
 */
import { formatInstant } from '../server/written-instant.ts'
import { LAST_MS } from './time.ts'
import { SandboxRefused } from './refused.ts'

/** @property isFrozen Whether it stands at `nowMs`, or runs on from there. */
export interface ClockState {
  readonly nowMs: number
  readonly isFrozen: boolean
}

/** What is nearer to each other counts as one: signatures are good for five minutes to either side. */
const NEAR_MS = 60_000
/** Whoever goes by an older one has had an answer since, or gets one that sets him right. */
const SEEN_MAX = 50

export class WorkspaceClock {
  readonly #machineNowMs: () => number
  #frozenAtMs: number | undefined
  /** What a running clock is ahead of the machine's. */
  #aheadMs = 0
  /** How far ahead of the machine's it has been, the latest first, resets or not. */
  readonly #aheadMsSeen: number[] = [0]

  constructor(machineNowMs: () => number, state: ClockState) {
    this.#machineNowMs = machineNowMs
    this.begin(state)
  }

  /** Begins anew, wherever it stood. */
  begin({ nowMs, isFrozen }: ClockState): void {
    this.#aheadMs = nowMs - this.#machineNowMs()
    this.#frozenAtMs = isFrozen ? nowMs : undefined
    if (this.#aheadMsSeen.some((ms) => Math.abs(ms - this.#aheadMs) < NEAR_MS)) return
    this.#aheadMsSeen.unshift(this.#aheadMs)
    this.#aheadMsSeen.length = Math.min(this.#aheadMsSeen.length, SEEN_MAX)
  }

  /** Milliseconds since 1970. */
  get nowMs(): number {
    return this.#frozenAtMs ?? this.#machineNowMs() + this.#aheadMs
  }

  /**
   * Whoever went by this clock or the machine's, took its distance to the machine's for an error of his own, and goes by another
   * of its instants now, is off by the distance of the two. @returns The one of all such that is nearest
   */
  nearestOffset(ms: number): number {
    let nearest = 0
    for (const fromMs of this.#aheadMsSeen) {
      for (const toMs of this.#aheadMsSeen) {
        if (Math.abs(toMs - fromMs - ms) < Math.abs(nearest - ms)) nearest = toMs - fromMs
      }
    }
    return nearest
  }

  get isFrozen(): boolean {
    return this.#frozenAtMs !== undefined
  }

  get state(): ClockState {
    return { nowMs: this.nowMs, isFrozen: this.isFrozen }
  }

  freeze(): void {
    this.begin({ nowMs: this.nowMs, isFrozen: true })
  }

  run(): void {
    this.begin({ nowMs: this.nowMs, isFrozen: false })
  }

  /** @throws SandboxRefused if the instant is past, or after the year 3882. */
  set(nowMs: number): void {
    this.#move(this.nowMs, nowMs)
  }

  /** @throws SandboxRefused on a negative time, or on one that leads beyond the year 3882. */
  advance(ms: number): void {
    const { nowMs } = this
    this.#move(nowMs, nowMs + ms)
  }

  #move(fromMs: number, toMs: number): void {
    if (toMs > LAST_MS) {
      throw new SandboxRefused(400, `The clock goes to ${formatInstant(LAST_MS)} and no further.`)
    }
    if (toMs < fromMs) {
      throw new SandboxRefused(
        409,
        `The clock stands at ${shown(fromMs)} and goes forward only, so it cannot be set to ${shown(toMs)}: usage that is held was recorded before now. Reset the sandbox, or restore a snapshot, to begin earlier.`,
      )
    }
    this.begin({ nowMs: toMs, isFrozen: this.isFrozen })
  }
}

/** Also of what is before the year 1970, or no instant at all. */
function shown(ms: number): string {
  return Math.abs(ms) <= LAST_MS ? formatInstant(ms) : `${ms} ms`
}
