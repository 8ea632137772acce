/** Progress of long work on stderr: a line that is rewritten where a person watches, else one now and then. */
import type { Io } from './command.ts'

const REWRITE_EVERY_MS = 200
const LINE_EVERY_MS = 10_000

/** @param unit What is counted: `records`. @returns Told as often as one likes; says it now and then. */
export function progressOn(io: Io, unit: string): Progress {
  const startedMs = performance.now()
  let saidMs = startedMs
  let isOpen = false
  /** Of a part that was done before. */
  let firstDone: number | undefined
  return {
    at(done, total) {
      firstDone ??= done
      const nowMs = performance.now()
      if (nowMs - saidMs < (io.interactive ? REWRITE_EVERY_MS : LINE_EVERY_MS)) return
      saidMs = nowMs
      const part = total === 0 ? 100 : Math.floor((100 * done) / total)
      const seconds = (nowMs - startedMs) / 1_000
      const rate = Math.round((done - firstDone) / seconds)
      const text = `${part}%  ${done} of ${total} ${unit}, ${Math.round(seconds)} s, ${rate}/s`
      io.err.write(io.interactive ? `\r${text}` : `${text}\n`)
      isOpen = io.interactive
    },
    end() {
      if (isOpen) io.err.write('\n')
      isOpen = false
    },
  }
}

export interface Progress {
  at(done: number, total: number): void
  /** Leaves the line that was rewritten. */
  end(): void
}
