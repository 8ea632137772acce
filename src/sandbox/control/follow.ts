/**
 * The exchanges of a workspace as they come: lines of JSON for programs, server-sent events for a page.
 *
 * Bounded     Nothing waits for a reader: the journal is what is waited in, so who reads too slowly misses what it has forgotten.
 * Checked by  control.test.ts
 */
import type { Journal, Kept } from '../journal.ts'

export interface Form {
  readonly contentType: string
  readonly before: (number: number) => string
  readonly after: string
}

export const LINES: Form = {
  contentType: 'application/x-ndjson',
  before: () => '',
  after: '\n',
}

/** JSON has no line ends of its own, so one `data` line is enough. A browser comes again with the last id. */
export const EVENTS: Form = {
  contentType: 'text/event-stream',
  before: (number) => `id: ${number}\ndata: `,
  after: '\n\n',
}

/** Ends when the workspace does. @param after The number of the last exchange that is known already. */
export function follow(journal: Journal, after: number, form: Form): ReadableStream<Uint8Array> {
  let last = after
  let leave = (): void => undefined
  const woken = (): Promise<void> =>
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
      while (next === undefined && !journal.isClosed) {
        await woken()
        next = journal.nextAfter(last)
      }
      if (next === undefined) {
        controller.close()
        return
      }
      last = next.number
      controller.enqueue(written(next, form))
    },
    cancel() {
      leave()
    },
  })
}

function written({ number, json }: Kept, { before, after }: Form): Uint8Array {
  return Buffer.concat([Buffer.from(before(number)), json, Buffer.from(after)])
}
