/**
 * The marketplace's request quotas: a token bucket for each account, Region and operation (rule 141).
 *
 * Time is effort time. A bucket holds one second's worth, so a burst of that size passes; and one call at least, or a quota of less
 * than one a second would let none through for ever.
 */

/** More accounts, Regions and operations than this make room by forgetting the bucket that was made first. */
const BUCKETS_MAX = 10_000

interface TokenBucket {
  tokens: number
  atMs: number
}

export class Quotas {
  readonly #perSecond: Readonly<Record<string, number>>
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, TokenBucket>()

  /** @param perSecond Calls a second by operation; an operation that is not named has no quota. */
  constructor(perSecond: Readonly<Record<string, number>>, nowMs: () => number) {
    this.#perSecond = perSecond
    this.#nowMs = nowMs
  }

  /** Takes one call from the quota; false if there is none left. */
  take(account: string, region: string, operation: string): boolean {
    const rate = this.#perSecond[operation]
    if (rate === undefined) return true
    const bucket = this.#bucketOf(`${account}/${region}/${operation}`, rate)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }

  #bucketOf(key: string, rate: number): TokenBucket {
    const nowMs = this.#nowMs()
    const tokensMax = rate > 0 ? Math.max(1, rate) : 0
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      if (this.#buckets.size >= BUCKETS_MAX) this.#forgetOldest()
      const full = { tokens: tokensMax, atMs: nowMs }
      this.#buckets.set(key, full)
      return full
    }
    const elapsedMs = Math.max(0, nowMs - bucket.atMs)
    bucket.tokens = Math.min(tokensMax, bucket.tokens + (elapsedMs * rate) / 1_000)
    bucket.atMs = nowMs
    return bucket
  }
}
