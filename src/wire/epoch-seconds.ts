/** An instant in an answer. Each protocol writes instants in its own way (rules 50 and 156): a number in JSON, a tagged one in CBOR. */
import type { InstantMs } from '../core/usage.ts'

export class EpochSeconds {
  readonly seconds: number

  constructor(instantMs: InstantMs) {
    this.seconds = instantMs / 1e3
  }

  toJSON(): number {
    return this.seconds
  }
}
