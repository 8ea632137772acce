/**
 * Chance that can be repeated: the same seed, and the same calls in the same order, bring the same faults.
 *
 * Each fault draws from a stream of its own, so that another fault, or calls that it does not match, change nothing.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** One fault's draws. */
export interface Stream {
  /** Whether something with this probability happens. */
  happens(probability: number): boolean
  /** A whole number, both ends included. */
  between(min: number, max: number): number
  /** So many of a list's items, in the list's order. */
  some<T>(items: readonly T[], count: number): readonly T[]
}

/** Streams that do not overlap, one after the other from a seed. */
export class Chance {
  readonly #trunk: ReturnType<typeof xoroshiro128plus>

  constructor(seed: number) {
    this.#trunk = xoroshiro128plus(seed)
  }

  next(): Stream {
    const generator = this.#trunk.clone()
    this.#trunk.jump()
    const between = (min: number, max: number) => uniformInt(generator, min, max)
    return {
      happens: (probability) => probability === 1 || uniformFloat64(generator) < probability,
      between,
      some(items, count) {
        const left = [...items.keys()]
        const taken = Array.from(
          { length: Math.min(count, items.length) },
          () => left.splice(between(0, left.length - 1), 1)[0],
        )
        return items.filter((_item, index) => taken.includes(index))
      },
    }
  }
}
