/**
 * Lets so many look at a time, and the others wait for their turn, for a while. The pool could do it, but it takes those who
 * wait for a connection of its own for those who cannot reach the server, and gives them up as soon.
 */
import pLimit, { type LimitFunction } from 'p-limit'
import { StoreBusy } from '../busy.ts'
import { Patience } from './patience.ts'

/** Whoever asked still wants to know then; and it is less than browsers and balancers wait. */
const WAIT_MS_MAX = 10_000

export class Turns {
  readonly #slots: LimitFunction
  readonly #patience: Patience

  constructor(countMax: number, waitMsMax = WAIT_MS_MAX) {
    this.#slots = pLimit(countMax)
    this.#patience = new Patience(waitMsMax, () => undefined)
  }

  /** @throws StoreBusy if its turn did not come in time; then nothing was done. */
  async take<Result>(look: () => Promise<Result>): Promise<Result> {
    const turn = Promise.withResolvers<boolean>()
    let isGone = false
    const looked = this.#slots(() => {
      if (isGone) return undefined
      turn.resolve(true)
      return look()
    })
    const isItsTurn = await this.#patience.bound(turn.promise, () => {
      isGone = true
      turn.resolve(false)
    })
    if (!isItsTurn) throw new StoreBusy()
    return (await looked) as Result
  }
}
