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
  /** Said when a reset has emptied the journal. */
  readonly cleared: string
}

export const LINES: Form = {
  contentType: 'application/x-ndjson',
  before: () => '',
  after: '\n',
  cleared: '',
}

/** JSON has no line ends of its own, so one `data` line is enough. A browser comes again with the last id. */
export const EVENTS: Form = {
  contentType: 'text/event-stream',
  before: (number) => `id: ${number}\ndata: `,
  after: '\n\n',
  cleared: 'event: reset\ndata:\n\n',
}

/** Ends when the workspace does. @param after The number of the last exchange that is known already. */
export function follow(journal: Journal, after: number, form: Form): ReadableStream<Uint8Array> {
  let last = after
  let { clears } = journal
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
      for (;;) {
        if (clears !== journal.clears && form.cleared !== '') {
          clears = journal.clears
          controller.enqueue(Buffer.from(form.cleared))
          return
        }
        const next = journal.nextAfter(last)
        if (next !== undefined) {
          last = next.number
          controller.enqueue(written(next, form))
          return
        }
        if (journal.isClosed) {
          controller.close()
          return
        }
        await woken()
      }
    },
    cancel() {
      leave()
    },
  })
}

function written({ number, json }: Kept, { before, after }: Form): Uint8Array {
  return Buffer.concat([Buffer.from(before(number)), json, Buffer.from(after)])
}
