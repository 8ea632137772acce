/**
 * Figures for Prometheus, in a registry of our own.
 *
 * Cheap       A request costs two look-ups and two increments, well below a microsecond; everything that can
 *             be read when the page is asked for is read then.
 * Bounded     Labels come from closed sets: operations served, names of errors, outcomes. Never from a request.
 * Checked by  metrics.test.ts; docs/operating/metrics.md lists every name.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { LedgerHealth } from '../store/ledger.ts'
import { meaningOfFigure } from './ledger-figures.ts'
import type { SettledRecord } from './settle.ts'
import type { Load } from './waiting.ts'

/** Where figures come from that are read only when somebody asks. All are optional. */
export interface MetricSources {
  readonly inFlight?: () => number
  readonly connections?: () => number | Promise<number>
  readonly waiting?: () => Load
  readonly ledger?: () => LedgerHealth
  readonly ready?: () => boolean
  readonly refusals?: () => { readonly kept: number; readonly dropped: number }
  readonly notices?: () => { readonly delivered: number; readonly failed: number }
  readonly backlog?: () => Promise<NoticesWaiting>
  readonly bodies?: () => { readonly kept: number; readonly dropped: number }
  /** The version of the catalog and keys that this process answers by. */
  readonly controlVersion?: () => number
}

/** Of all replicas together. */
interface NoticesWaiting {
  readonly waiting: number
  /** How long the oldest has been due. */
  readonly oldestMs: number
}

export interface Metrics {
  answered(operation: string | undefined, answer: string, seconds: number): void
  settled(records: readonly SettledRecord[]): void
  failed(): void
  /** @param commit One commit of the ledger: what it added, and how long it took. */
  committed(commit: { readonly records: number; readonly seconds: number }): void
  /** Adds sources, as the parts of a server come up. */
  watch(sources: MetricSources): void
  page(): Promise<string>
  readonly contentType: string
}

/** From a tenth of the usual answer to the time limit of a request. */
const LATENCY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

const COMMIT_BUCKETS_RECORDS = [1, 5, 25, 50, 100, 250, 500, 1_000, 2_000, 4_000, 8_000]
const COMMIT_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
]

const OUTCOMES = ['added', 'repeated', 'conflicting', 'notSubscribed', 'unavailable'] as const

interface Child {
  readonly requests: { inc(): void }
  readonly seconds: { observe(seconds: number): void }
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const requests = new Counter({
    name: 'marketmeter_requests_total',
    help: 'Requests answered, by operation and by the name of the error; ok without one',
    labelNames: ['operation', 'answer'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'marketmeter_request_seconds',
    help: 'From the last byte of a request to its answer',
    labelNames: ['operation'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  })
  const failures = new Counter({
    name: 'marketmeter_failures_total',
    help: 'Requests that met a failing store or a bug; the log has the cause',
    registers: [registry],
  })
  const countRecords = recordCounters(registry)
  const commitRecords = new Histogram({
    name: 'marketmeter_commit_records',
    help: 'Records that one commit of the ledger added',
    buckets: COMMIT_BUCKETS_RECORDS,
    registers: [registry],
  })
  const commitSeconds = new Histogram({
    name: 'marketmeter_commit_seconds',
    help: 'How long one commit of the ledger took, sync included',
    buckets: COMMIT_BUCKETS_SECONDS,
    registers: [registry],
  })
  collectDefaultMetrics({ register: registry })

  const children = new Map<string, Child>()
  function childOf(operation: string, answer: string): Child {
    const name = `${operation}/${answer}`
    const present = children.get(name)
    if (present !== undefined) return present
    const made = {
      requests: requests.labels(operation, answer),
      seconds: seconds.labels(operation),
    }
    children.set(name, made)
    return made
  }

  return {
    contentType: registry.contentType,
    answered(operation = 'none', answer, secondsTaken) {
      const child = childOf(operation, answer)
      child.requests.inc()
      child.seconds.observe(secondsTaken)
    },
    settled: countRecords,
    failed: () => {
      failures.inc()
    },
    committed: (commit) => {
      commitRecords.observe(commit.records)
      commitSeconds.observe(commit.seconds)
    },
    watch: (sources) => {
      watch(registry, sources)
    },
    page: () => registry.metrics(),
  }
}

function recordCounters(registry: Registry): (records: readonly SettledRecord[]) => void {
  const records = new Counter({
    name: 'marketmeter_records_total',
    help: 'Usage records, by what became of them; records of refused requests are not among them',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const differing = new Counter({
    name: 'marketmeter_allocations_differ_total',
    help: 'Records repeated with other allocations than those that are held',
    registers: [registry],
  })
  const byOutcome = new Map<string, { inc(count: number): void }>()
  for (const outcome of OUTCOMES) {
    records.inc({ outcome }, 0)
    byOutcome.set(outcome, records.labels(outcome))
  }
  return (settled) => {
    const counts = new Map<string, number>()
    let differ = 0
    for (const { outcome, allocationsDiffer } of settled) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      if (allocationsDiffer) differ += 1
    }
    for (const [outcome, count] of counts) byOutcome.get(outcome)?.inc(count)
    if (differ > 0) differing.inc(differ)
  }
}

function watch(registry: Registry, sources: MetricSources): void {
  const gauge = (name: string, help: string, read: (() => number | Promise<number>) | undefined) =>
    read && readGauge(registry, `marketmeter_${name}`, help, read)
  const { inFlight, connections, waiting, ledger, ready, refusals, controlVersion } = sources
  gauge('requests_in_flight', 'Requests taken and not yet answered', inFlight)
  gauge('connections', 'Connections open on the metering port', connections)
  gauge('waiting_records', 'Records that wait for a commit', waiting && (() => waiting().records))
  gauge('waiting_bytes', 'Bytes of the bodies they came in', waiting && (() => waiting().bytes))
  gauge('control_version', 'Version of the catalog and keys in use', controlVersion)
  gauge('ready', '1 while /readyz is green', ready && (() => (ready() ? 1 : 0)))
  if (refusals !== undefined) {
    readCounter(registry, 'marketmeter_refusals_kept_total', 'Refused records written', () => {
      return refusals().kept
    })
    readCounter(registry, 'marketmeter_refusals_dropped_total', 'Refused records not kept', () => {
      return refusals().dropped
    })
  }
  if (sources.notices !== undefined) {
    const { notices } = sources
    readCounter(registry, 'marketmeter_notices_delivered_total', 'Notifications taken', () => {
      return notices().delivered
    })
    readCounter(registry, 'marketmeter_notices_failed_total', 'Attempts that failed', () => {
      return notices().failed
    })
  }
  if (sources.backlog !== undefined) watchBacklog(registry, sources.backlog)
  if (sources.bodies !== undefined) {
    const { bodies } = sources
    readCounter(registry, 'marketmeter_bodies_kept_total', 'Requests kept whole', () => {
      return bodies().kept
    })
    readCounter(registry, 'marketmeter_bodies_dropped_total', 'Requests not kept whole', () => {
      return bodies().dropped
    })
  }
  if (ledger !== undefined) watchLedger(registry, ledger)
}

/** One look for both figures: a page asks for them at once. */
function watchBacklog(registry: Registry, backlog: () => Promise<NoticesWaiting>): void {
  let asked: Promise<NoticesWaiting> | undefined
  const look = () =>
    (asked ??= backlog().finally(() => {
      asked = undefined
    }))
  readGauge(
    registry,
    'marketmeter_notices_waiting',
    'Notifications due and not taken',
    async () => {
      return (await look()).waiting
    },
  )
  const help = 'How long the oldest of them has been due; 0 if there is none'
  readGauge(registry, 'marketmeter_notices_oldest_seconds', help, async () => {
    return (await look()).oldestMs / 1_000
  })
}

function readGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | Promise<number>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      // What cannot be read, such as the connections of a port that is closing, hides no other figure.
      this.set(
        await Promise.resolve()
          .then(read)
          .catch(() => NaN),
      )
    },
  })
}

function readCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      const total = read()
      this.reset()
      this.inc(total)
    },
  })
}

/** The store names its figures; each becomes a metric when it is first seen: most before the first page is asked for. */
function watchLedger(registry: Registry, ledger: () => LedgerHealth): void {
  readGauge(
    registry,
    'marketmeter_ledger_waiting',
    'Records that the ledger has taken and not yet answered',
    () => ledger().waiting,
  )
  const takeOver = (): LedgerHealth => {
    const health = ledger()
    for (const figure of Object.keys(health.figures)) {
      const name = `marketmeter_ledger_${snakeCase(figure)}`
      if (registry.getSingleMetric(name) !== undefined) continue
      const read = (): number => ledger().figures[figure] ?? 0
      const add = name.endsWith('_total') ? readCounter : readGauge
      add(registry, name, meaningOfFigure(figure), read)
    }
    return health
  }
  readGauge(registry, 'marketmeter_ledger_ready', '1 while the ledger takes records', () => {
    return takeOver().ready ? 1 : 0
  })
  takeOver()
}

function snakeCase(name: string): string {
  return name
    .replace(/[^a-zA-Z0-9]+/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
