/**
 * The exchanges of a workspace as they come: lines of JSON for programs, server-sent events for a page.
 *
 * Bounded     Nothing waits for a reader: the journal is what is waited in, so who reads too slowly misses what it has forgotten.
 * Checked by  control.test.ts
 */
import type { Exchange } from '../exchange.ts'
import type { Journal } from '../journal.ts'

export interface Form {
  readonly contentType: string
  readonly write: (exchange: Exchange) => string
}

export const LINES: Form = {
  contentType: 'application/x-ndjson',
  write: (exchange) => `${JSON.stringify(exchange)}\n`,
}

/** JSON has no line ends of its own, so one `data` line is enough. A browser comes again with the last id. */
export const EVENTS: Form = {
  contentType: 'text/event-stream',
  write: (exchange) => `id: ${exchange.number}\ndata: ${JSON.stringify(exchange)}\n\n`,
}

/** @param after The number of the last exchange that is known already. */
export function follow(journal: Journal, after: number, form: Form): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let last = after
  let leave = (): void => undefined
  const nextExchange = (): Promise<void> =>
    new Promise((resolve) => {
      const unwatch = journal.watch(() => {
        unwatch()
        resolve()
      })
      leave = unwatch
    })
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let next = journal.nextAfter(last)
      while (next === undefined) {
        await nextExchange()
        next = journal.nextAfter(last)
      }
      last = next.number
      controller.enqueue(encoder.encode(form.write(next)))
    },
    cancel() {
      leave()
    },
  })
}
