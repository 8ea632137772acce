/**
 * The exchanges of a workspace as they come: lines of JSON for programs, server-sent events for a page.
 *
 * Bounded     Nothing waits for a reader: the journal is what is waited in, so who reads too slowly misses what it has forgotten.
 * Checked by  control.test.ts
 */
import type { Journal, Kept } from '../journal.ts'

export interface Form {
  readonly contentType: string
  readonly before: (place: Required<Place>) => string
  readonly after: string
  /** Said when what was told before is there no more. */
  readonly cleared: (era: string) => string
}

/** How far somebody has followed. */
export interface Place {
  /** Of the last exchange that is known already. */
  readonly number: number
  /** Of the journal at that time; absent: as it is now. */
  readonly era?: string
}

export const LINES: Form = {
  contentType: 'application/x-ndjson',
  before: () => '',
  after: '\n',
  cleared: () => '',
}

/**
 * JSON has no line ends of its own, so one `data` line is enough. A browser comes again with the last id: after a reset, or to
 * another process, it is told that all it has is gone.
 */
export const EVENTS: Form = {
  contentType: 'text/event-stream',
  before: ({ era, number }) => `id: ${era}-${number}\ndata: `,
  after: '\n\n',
  cleared: (era) => `id: ${era}-0\nevent: reset\ndata:\n\n`,
}

/** @returns Undefined unless it is a number, or an id of an event. */
export function parsePlace(text: string): Place | undefined {
  const [, era, number] = /^(?:([0-9a-f]{12})-)?(\d{1,15})$/.exec(text) ?? []
  if (number === undefined) return undefined
  return { number: Number(number), ...(era !== undefined && { era }) }
}

/** Ends when the workspace does. */
export function follow(journal: Journal, after: Place, form: Form): ReadableStream<Uint8Array> {
  let { number: last, era = journal.era } = after
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
        if (era !== journal.era) {
          era = journal.era
          last = 0
          const said = form.cleared(era)
          if (said !== '') {
            controller.enqueue(Buffer.from(said))
            return
          }
        }
        const next = journal.nextAfter(last)
        if (next !== undefined) {
          last = next.number
          controller.enqueue(written(next, era, form))
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

function written({ number, json }: Kept, era: string, { before, after }: Form): Uint8Array {
  return Buffer.concat([Buffer.from(before({ era, number })), json, Buffer.from(after)])
}
