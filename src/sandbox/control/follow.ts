/**
 * The exchanges of a workspace as they come: lines of JSON for programs, server-sent events for a page.
 *
 * Bounded     Who reads too slowly is let go when so much waits for them; they may come again and name where they were.
 */
import type { Exchange } from '../exchange.ts'
import type { Journal } from '../journal.ts'

const WAITING_BYTES_MAX = 4 * 1_048_576

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
  let leave = (): void => undefined
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const tell = (exchange: Exchange): void => {
          controller.enqueue(encoder.encode(form.write(exchange)))
          if ((controller.desiredSize ?? 0) > 0) return
          leave()
          controller.close()
        }
        leave = journal.watch(tell)
        for (const exchange of journal.after(after)) tell(exchange)
      },
      cancel() {
        leave()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES_MAX }),
  )
}
