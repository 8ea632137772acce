/** Finds what is held under given keys, each bucket by itself: one that cannot be reached answers 'unavailable' for its own. */
import { bucketOf, type HourKey } from '../../core/billing-line.ts'
import type { ClientToken } from '../../core/client-token.ts'
import type { HeldRecord } from '../../core/metering-record.ts'
import { findInBucket } from './bucket-commit.ts'
import { answerMsMax, onConnection, type Pool } from './connect.ts'
import { Overdue } from './failure.ts'
import { Patience } from './patience.ts'
import type { Reach } from './reach.ts'
import type { SeriesBook, SeriesName } from './series-book.ts'
import { isTokenTaken } from './token-guard.ts'

export interface FinderSettings {
  readonly pool: Pool
  readonly reach: Reach
  readonly book: Pick<SeriesBook, 'nameOf'>
  /** How long a call is tried for, and how much longer its last attempt may take. */
  readonly retryMsMax: number
  readonly statementMsMax: number
}

type Found = HeldRecord | undefined | 'unavailable'

interface Wanted {
  readonly record: HourKey
  readonly series: SeriesName
  readonly index: number
}

export class Finder {
  readonly #settings: FinderSettings
  readonly #patience: Patience

  constructor(settings: FinderSettings) {
    this.#settings = settings
    this.#patience = new Patience(
      settings.retryMsMax + answerMsMax(settings.statementMsMax),
      () => undefined,
    )
  }

  /** @throws Why one bucket could not be reached, if none could. */
  async find(keys: readonly HourKey[]): Promise<readonly Found[]> {
    const { book } = this.#settings
    const answers: Found[] = keys.map(() => 'unavailable')
    const wanted = keys.map((record, index) => ({ record, series: book.nameOf(record), index }))
    const buckets = Map.groupBy(wanted, ({ series }) => series.bucket)
    let failure: Error | undefined
    let reachedCount = 0
    const looks = Array.from(buckets.values(), async (list) => {
      try {
        const found = await this.#findAll(list)
        reachedCount++
        for (const [place, { index }] of list.entries()) answers[index] = found[place]
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
      }
    })
    const { promise: overdue, resolve: giveUp } = Promise.withResolvers<undefined>()
    const done = Promise.race([Promise.all(looks), overdue])
    await this.#patience.bound(done, () => {
      failure = new Overdue()
      giveUp(undefined)
    })
    if (reachedCount === 0 && failure !== undefined) throw failure
    // What is found later changes nothing of what was answered.
    return [...answers]
  }

  /** Whether another request has the token. @throws Why its bucket could not be reached. */
  async isTaken(token: ClientToken): Promise<boolean> {
    const { pool, reach } = this.#settings
    const bucket = bucketOf(token.billingLine)
    const { promise: overdue, reject: giveUp } = Promise.withResolvers<never>()
    const look = reach.run(bucket, () =>
      onConnection(pool, (client) => isTokenTaken(client, bucket, token)),
    )
    return this.#patience.bound(Promise.race([look, overdue]), () => {
      giveUp(new Overdue())
    })
  }

  async #findAll(list: readonly Wanted[]): Promise<readonly Found[]> {
    const { pool, reach } = this.#settings
    const bucket = list[0]?.series.bucket
    if (bucket === undefined) return []
    return reach.run(bucket, () =>
      onConnection(pool, (client) => findInBucket(client, bucket, list)),
    )
  }
}
