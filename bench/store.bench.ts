/**
 * Question: how many metering records a second does the SQLite ledger make durable, how soon is it ready
 *           again with millions of open records, and what does an open key cost in memory?
 *
 * Method:   64 callers hold 25 records each, wait for the answer, and go on, in this process. The keys of an
 *           hour come in random order, 1 in 100 twice; `find` runs before `hold`, as in the service.
 *           Cold: the hour's series are all new. Warm: the next hour of the same series.
 *           Then the ledger is closed and opened again.
 * Counts:   records answered, over wall-clock time; every answer follows a sync.
 * Leaves out: HTTP, signatures and JSON, and the load generator that shares their cores.
 * Compare:  only with a run on the same machine, the same day, with nothing beside it.
 *
 * Run:      node bench/store.bench.ts [keys an hour, default 1000000] [hours, default 3] [directory]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { billingLineOfProduct } from '../src/core/billing-line.ts'
import { MS_PER_HOUR, type UsageHour } from '../src/core/hour.ts'
import type { Call, NewRecord } from '../src/core/metering-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
  Quantity,
  Region,
} from '../src/core/usage.ts'
import { SqliteLedger } from '../src/store/sqlite/sqlite-ledger.ts'

const CALLERS = 64
const RECORDS_PER_CALL = 25
const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b' as ProductCode
const SELLER = '900000000000' as AccountId
const FIRST_HOUR = Math.floor(Date.now() / MS_PER_HOUR) - 2
const PERCENTILES = [0.5, 0.99, 1]

const keysPerHour = Number(process.argv[2] ?? 1_000_000)
const hours = Number(process.argv[3] ?? 3)
const directory = mkdtempSync(path.join(process.argv[4] ?? tmpdir(), 'store-bench-'))
const file = path.join(directory, 'ledger.db')
try {
  await main()
} finally {
  rmSync(directory, { recursive: true })
}

async function main(): Promise<void> {
  const ledger = await open()
  const order = shuffled(keysPerHour)
  for (let hour = 0; hour < hours; hour++) {
    report(`hour ${hour} ${hour === 0 ? '(cold)' : '(warm)'}`, await fill(ledger, hour, order))
  }
  console.log(ledger.health().figures)
  await ledger.close()
  console.log(`file: ${(statSync(file).size / (keysPerHour * hours)).toFixed(1)} bytes a record`)
  await reopen()
}

function open(): Promise<SqliteLedger> {
  return SqliteLedger.open({
    file,
    nowUs: () => Date.now() * 1_000,
    windowMs: 24 * MS_PER_HOUR,
  })
}

interface Result {
  readonly records: number
  readonly seconds: number
  /** Of all threads: what a busy neighbour disturbs least. */
  readonly cpuSeconds: number
  readonly latenciesMs: number[]
}

async function fill(ledger: SqliteLedger, hour: number, order: Uint32Array): Promise<Result> {
  const latenciesMs: number[] = []
  let next = 0
  let records = 0
  const caller = async () => {
    while (next < order.length) {
      const from = next
      next += RECORDS_PER_CALL
      const batch = Array.from(order.subarray(from, next), (key) => aRecord(key, hour))
      // Now and then a client sends again what it sent before.
      if (from % 100 === 0 && batch[0]) batch[RECORDS_PER_CALL - 1] = batch[0]
      const startedMs = performance.now()
      await ledger.find(batch)
      const held = await ledger.hold(aCall(from), batch)
      records += held.length
      latenciesMs.push(performance.now() - startedMs)
    }
  }
  const startedMs = performance.now()
  const cpuBefore = process.cpuUsage()
  await Promise.all(Array.from({ length: CALLERS }, caller))
  const cpu = process.cpuUsage(cpuBefore)
  const cpuSeconds = (cpu.user + cpu.system) / 1e6
  return { records, seconds: (performance.now() - startedMs) / 1_000, cpuSeconds, latenciesMs }
}

function report(name: string, { records, seconds, cpuSeconds, latenciesMs }: Result): void {
  latenciesMs.sort((left, right) => left - right)
  const at = (part: number) => latenciesMs[Math.ceil(part * latenciesMs.length) - 1] ?? 0
  const times = PERCENTILES.map((part) => `p${part * 100} ${at(part).toFixed(1)} ms`).join(', ')
  const cpu = `${((cpuSeconds / records) * 1e6).toFixed(1)} us of CPU a record`
  console.log(
    `${name}: ${(records / seconds / 1_000).toFixed(0)}k records/s, ${cpu}, a call ${times}`,
  )
}

async function reopen(): Promise<void> {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const startedMs = performance.now()
  const ledger = await open()
  const ms = performance.now() - startedMs
  globalThis.gc?.()
  const { index_keys: keys = 0, index_bytes: bytes = 0 } = ledger.health().figures
  const rss = process.memoryUsage().rss - before
  console.log(
    `start with ${keys} open records: ${ms.toFixed(0)} ms, index ${(bytes / keys).toFixed(1)} bytes a key, resident ${(rss / keys).toFixed(1)} more`,
  )
  await ledger.close()
}

/** Every number below count once, in an order that repeats from run to run. */
function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  let state = 1
  for (let index = count - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = state % (index + 1)
    const swapped = order[index] ?? 0
    order[index] = order[other] ?? 0
    order[other] = swapped
  }
  return order
}

function aRecord(key: number, hour: number): NewRecord {
  const usageHour = (FIRST_HOUR + hour) as UsageHour
  const buyer = String(100_000_000_000 + key) as AccountId
  return {
    region: 'us-east-1' as Region,
    billingLine: billingLineOfProduct(PRODUCT, buyer),
    dimension: 'requests' as Dimension,
    hour: usageHour,
    resource: '',
    product: PRODUCT,
    seller: SELLER,
    buyer,
    agreement: `agmt-${buyer}` as AgreementId,
    licenseArn: `arn:aws:license-manager::${buyer}:license:l-0123456789abcdef` as LicenseArn,
    namedBy: 'account',
    quantity: (key & 0xffff) as Quantity,
    timestampMs: (usageHour * MS_PER_HOUR + (key % MS_PER_HOUR)) as InstantMs,
  }
}

function aCall(number: number): Call {
  return {
    requestId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    operation: 'BatchMeterUsage',
    receivedAtMs: (FIRST_HOUR * MS_PER_HOUR) as InstantMs,
    account: SELLER,
    accessKeyId: 'AKIDEXAMPLE',
    address: '127.0.0.1',
    userAgent:
      'aws-sdk-js/3.1138.0 ua/2.1 os/linux lang/js md/nodejs#24.21.0 api/marketplace-metering',
    profile: 'aws-2025',
  }
}
