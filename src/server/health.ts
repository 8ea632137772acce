/**
 * `GET /healthz` and `GET /readyz`, and nothing like them: other methods, queries and slashes are not ours.
 *
 * healthz    says that the process answers. It never looks at a store, so a full disk does not restart us.
 * readyz     says whether to send work here: green while the ledger takes records, the catalog is fresh and the secrets in
 *            it can be opened; red first of all when the service is told to stop.
 * Strangers  The metering port names the parts that are not ready; the sentences, which may hold paths, are
 *            for the admin port and the log.
 * Checked by health.test.ts
 */
import type { LedgerHealth } from '../store/ledger.ts'
import type { HealthAnswer } from './http.ts'
import type { Log } from './log.ts'

/** How one part is; the note is one sentence with what to do. */
export interface PartHealth {
  readonly ready: boolean
  readonly note?: string
}

export interface HealthSources {
  readonly ledger: () => LedgerHealth
  /** Whether the catalog and the keys in memory are fresh. */
  readonly control: () => PartHealth
  /** Whether the secrets of access keys can be opened. */
  readonly keys: () => PartHealth
}

export interface Health {
  /** For the metering port. */
  readonly answer: HealthAnswer
  report(): HealthReport
  /** From here on not ready, whatever the parts say. */
  drain(): void
  /** Tells the log when readiness changes; looks once a second until `close`. */
  watch(log: Log): void
  close(): void
}

export interface HealthReport {
  readonly ready: boolean
  readonly parts: Readonly<Record<string, PartHealth>>
}

const WATCH_MS = 1_000

export function createHealth(sources: HealthSources): Health {
  let draining = false
  let timer: NodeJS.Timeout | undefined

  function report(): HealthReport {
    const parts = {
      ledger: partOf(sources.ledger),
      control: partOf(sources.control),
      keys: partOf(sources.keys),
      ...(draining && { service: { ready: false, note: 'The service is stopping.' } }),
    }
    return { ready: Object.values(parts).every((part) => part.ready), parts }
  }

  return {
    answer(method, target) {
      if (method !== 'GET') return undefined
      if (target === '/healthz') return { status: 200, body: '{"status":"ok"}' }
      if (target !== '/readyz') return undefined
      return readyAnswer(report())
    },
    report,
    drain() {
      draining = true
    },
    watch(log) {
      let before = report()
      if (!before.ready) log.error({ parts: notReady(before) }, 'not ready')
      timer = setInterval(() => {
        const now = report()
        if (now.ready && !before.ready) log.info('ready again')
        if (!now.ready && named(now) !== named(before)) {
          log[draining ? 'info' : 'error']({ parts: notReady(now) }, 'not ready')
        }
        before = now
      }, WATCH_MS)
      timer.unref()
    },
    close() {
      clearInterval(timer)
    },
  }
}

/** A part that cannot even say how it is is not well. */
function partOf(read: () => PartHealth): PartHealth {
  try {
    const { ready, note } = read()
    return { ready, ...(note !== undefined && { note }) }
  } catch (error) {
    return { ready: false, note: String(error) }
  }
}

function readyAnswer(report: HealthReport): { status: number; body: string } {
  if (report.ready) return { status: 200, body: '{"status":"ready"}' }
  const parts = Object.keys(notReady(report))
  return { status: 503, body: JSON.stringify({ status: 'notReady', notReady: parts }) }
}

function notReady({ parts }: HealthReport): Readonly<Record<string, string>> {
  const red = Object.entries(parts).filter(([, { ready }]) => !ready)
  return Object.fromEntries(red.map(([name, { note = '' }]) => [name, note]))
}

function named(report: HealthReport): string {
  return JSON.stringify(Object.keys(notReady(report)))
}
