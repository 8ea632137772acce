/** Notes what a service tells of its requests until each is answered. */
import type { RefusedRecord } from '../core/refused-record.ts'
import type { Observer } from '../server/service.ts'
import type { SettledRecord } from '../server/settle.ts'
import type { Told } from './exchange.ts'

interface Noted {
  readonly settled: SettledRecord[]
  readonly refused: RefusedRecord[]
  failure?: string
}

export class Telling implements Observer {
  readonly #noted = new Map<string, Noted>()

  /** What was told of a request that is answered now. */
  take(requestId: string): Told {
    const noted = this.#of(requestId)
    this.#noted.delete(requestId)
    return noted
  }

  answered(): void {
    // Whoever handles the request knows.
  }

  settled: Observer['settled'] = (records, { requestId }) => {
    this.#of(requestId).settled.push(...records)
  }

  refused: Observer['refused'] = (record) => {
    this.#of(record.requestId).refused.push(record)
  }

  failed: Observer['failed'] = ({ requestId }, error) => {
    this.#of(requestId).failure =
      error instanceof Error ? (error.stack ?? error.message) : String(error)
  }

  #of(requestId: string): Noted {
    const noted = this.#noted.get(requestId) ?? { settled: [], refused: [] }
    this.#noted.set(requestId, noted)
    return noted
  }
}
