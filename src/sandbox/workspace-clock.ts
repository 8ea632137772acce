/**
 * A workspace's domain time: frozen, or running from any instant at the machine's pace.
 *
 * It goes forward only, because what a ledger has recorded does not come undone; a reset or a restored snapshot begins
 * it anew, together with everything else.
 * Checked by workspace-clock.test.ts
 */
import { SandboxRefused } from './refused.ts'

/** @property isFrozen Whether it stands at `nowMs`, or runs on from there. */
export interface ClockState {
  readonly nowMs: number
  readonly isFrozen: boolean
}

export class WorkspaceClock {
  readonly #machineNowMs: () => number
  #frozenAtMs: number | undefined
  /** What a running clock is ahead of the machine's. */
  #aheadMs = 0
  #movedMs = 0

  constructor(machineNowMs: () => number, state: ClockState) {
    this.#machineNowMs = machineNowMs
    this.begin(state)
  }

  /** Begins anew, wherever it stood. */
  begin({ nowMs, isFrozen }: ClockState): void {
    this.#aheadMs = nowMs - this.#machineNowMs()
    this.#frozenAtMs = isFrozen ? nowMs : undefined
  }

  /** Milliseconds since 1970. */
  get nowMs(): number {
    return this.#frozenAtMs ?? this.#machineNowMs() + this.#aheadMs
  }

  /** How far it was moved in all, resets or not. */
  get movedMs(): number {
    return this.#movedMs
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

  /** @throws SandboxRefused if the instant is past. */
  set(nowMs: number): void {
    if (nowMs < this.nowMs) {
      throw new SandboxRefused(
        409,
        `The clock stands at ${shown(this.nowMs)} and goes forward only, so it cannot be set to ${shown(nowMs)}: usage that is held was recorded before now. Reset the sandbox, or restore a snapshot, to begin earlier.`,
      )
    }
    this.#movedMs += nowMs - this.nowMs
    this.begin({ nowMs, isFrozen: this.isFrozen })
  }

  /** @throws SandboxRefused on a negative time. */
  advance(ms: number): void {
    this.set(this.nowMs + ms)
  }
}

function shown(ms: number): string {
  return new Date(ms).toISOString()
}
