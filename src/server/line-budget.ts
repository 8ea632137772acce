/**
 * Lets a few lines of each kind through in each stretch of time, and counts what it kept back.
 *
 * A service that refuses ten thousand requests a second must not write ten thousand lines for it: the
 * metrics count, the refusal log keeps, and the log shows examples.
 */

/** More kinds than this at once and all are forgotten; it only ever lets more lines through. */
const KINDS_MAX = 1_000

export interface LineRule {
  readonly linesMax: number
  readonly windowMs: number
}

interface Kind {
  sinceMs: number
  lines: number
  suppressed: number
}

export class LineBudget {
  readonly #rule: LineRule
  readonly #nowMs: () => number
  readonly #kinds = new Map<string, Kind>()

  /** @param nowMs Effort time. */
  constructor(rule: LineRule, nowMs: () => number) {
    this.#rule = rule
    this.#nowMs = nowMs
  }

  /** @returns How many lines of this kind were kept back since the last one; undefined: keep this one back too. */
  take(name: string): number | undefined {
    const kind = this.#kindOf(name)
    const nowMs = this.#nowMs()
    const elapsedMs = nowMs - kind.sinceMs
    if (elapsedMs >= this.#rule.windowMs || elapsedMs < 0) {
      kind.sinceMs = nowMs
      kind.lines = 0
    }
    if (kind.lines >= this.#rule.linesMax) {
      kind.suppressed += 1
      return undefined
    }
    kind.lines += 1
    const { suppressed } = kind
    kind.suppressed = 0
    return suppressed
  }

  #kindOf(name: string): Kind {
    const present = this.#kinds.get(name)
    if (present !== undefined) return present
    if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear()
    const made = { sinceMs: this.#nowMs(), lines: 0, suppressed: 0 }
    this.#kinds.set(name, made)
    return made
  }
}
