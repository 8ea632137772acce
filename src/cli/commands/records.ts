/** `records`: what the ledger holds, read beside a `serve` that may be running. */
import { ACCOUNT, DIMENSION, PRODUCT, RECORD_ID, REGION } from '../../core/catalog-names.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import { hourText, instantText, microsecondsText, parseHour } from '../../server/admin/instant.ts'
import { recordView } from '../../server/admin/views.ts'
import type { LedgerPage, LedgerQuery } from '../../store/ledger.ts'
import { CommandFailure, defineCommand, type OptionValues } from '../command.ts'
import { DATA_FAILED_MEANING, DATA_OPTIONS, WRONG_LINE_MEANING } from '../control-access.ts'
import { type ReadableLedger, toldOfMonthsGone, withLedger } from '../ledger-access.ts'
import { printAll } from '../printing.ts'
import { formatRows, type RowForm, type RowShape } from '../rows.ts'

const PAGE_COUNT = 1_000
const WRONG_LINE = 2

const OPTIONS = {
  product: { type: 'string', value: 'CODE', about: 'Of this product', rule: PRODUCT },
  seller: { type: 'string', value: 'ACCOUNT', about: 'Of this seller', rule: ACCOUNT },
  buyer: { type: 'string', value: 'ACCOUNT', about: 'Of this buyer', rule: ACCOUNT },
  dimension: {
    type: 'string',
    value: 'NAME',
    about: 'Of this dimension; case counts',
    rule: DIMENSION,
  },
  region: { type: 'string', value: 'REGION', about: 'Of this Region', rule: REGION },
  id: {
    type: 'string',
    value: 'ID',
    about: 'The record with this metering record id',
    rule: RECORD_ID,
  },
  fromHour: { type: 'string', value: 'HOUR', about: 'From this hour on, such as 2026-11-01T00' },
  beforeHour: { type: 'string', value: 'HOUR', about: 'Up to and without this hour, in UTC' },
  after: { type: 'string', value: 'CURSOR', about: 'Go on where an earlier run ended' },
  limit: {
    type: 'integer',
    value: 'COUNT',
    about: 'At most so many records',
    min: 1,
    max: 1_000_000_000,
  },
  json: { type: 'boolean', about: 'One JSON object a line, each record whole' },
  csv: { type: 'boolean', about: 'CSV with headings' },
  ...DATA_OPTIONS,
} as const

interface Wanted {
  readonly filters: Omit<LedgerQuery, 'countMax'>
  readonly countMax: number
}

/** Told once all is printed. */
interface End {
  count: number
  resume: string | undefined
  completeUntilUs: number
}

export const records = defineCommand({
  name: 'records',
  summary: 'Show the metering records that the ledger holds',
  givesWay: true,
  help: `
    Reads the ledger's file or database directly, in the order of recording, beside a serve that may be writing it.
    The cursor to go on from later, up to when all was shown, and months that were detached go to stderr at the end.

    $ marketmeter records --product 4w1sbgfkdrl0bqj1j6gf93k2b --from-hour 2026-11-01T00
    $ marketmeter records --csv --before-hour 2026-12-01T00 > november.csv
    $ marketmeter records --json --after p100 | jq .quantity
  `,
  options: OPTIONS,
  exits: { 0: 'the records are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    const form = formOf(options)
    const wanted = {
      filters: filtersOf(options),
      countMax: options.limit ?? Number.POSITIVE_INFINITY,
    }
    return withLedger(given, async (ledger) => {
      const end: End = { count: 0, resume: wanted.filters.after, completeUntilUs: 0 }
      await printAll(io.out, formatRows(pagesOf(ledger, wanted, end), SHAPE, form))
      io.err.write(
        `Records: ${end.count}. ${lookedAt(end.completeUntilUs)}; go on later with --after ${end.resume ?? ''}\n`,
      )
      io.err.write(toldOfMonthsGone(await ledger.monthsGone(), 'shown', wanted.filters))
      return 0 as const
    })
  },
})

/** Only an empty ledger that no `serve` of this version ever opened says nothing of its own. */
function lookedAt(completeUntilUs: number): string {
  if (completeUntilUs <= 1) return 'Nothing has been recorded yet'
  return `All recorded before ${microsecondsText(completeUntilUs)} was looked at`
}

async function* pagesOf(
  ledger: ReadableLedger,
  { filters, countMax }: Wanted,
  end: End,
): AsyncGenerator<readonly MeteringRecord[], void, undefined> {
  let after = filters.after
  for (;;) {
    const pageCount = Math.min(PAGE_COUNT, countMax - end.count)
    const page = await readPage(ledger, {
      ...filters,
      countMax: pageCount,
      ...(after !== undefined && { after }),
    })
    end.count += page.records.length
    end.resume = page.resume
    end.completeUntilUs = page.completeUntilUs
    yield page.records
    if (page.next === undefined || end.count >= countMax) return
    after = page.next
  }
}

async function readPage(ledger: ReadableLedger, query: LedgerQuery): Promise<LedgerPage> {
  try {
    return await ledger.read(query)
  } catch (error) {
    if (error instanceof RangeError)
      throw new CommandFailure(`--after: ${error.message}`, WRONG_LINE)
    throw error
  }
}

function filtersOf(options: OptionValues<typeof OPTIONS>): Omit<LedgerQuery, 'countMax'> {
  const { product, seller, buyer, dimension, region, id, after } = options
  const fromHour = hourOf('--from-hour', options.fromHour)
  const beforeHour = hourOf('--before-hour', options.beforeHour)
  return {
    ...(product !== undefined && { product }),
    ...(seller !== undefined && { seller }),
    ...(buyer !== undefined && { buyer }),
    ...(dimension !== undefined && { dimension }),
    ...(region !== undefined && { region }),
    ...(id !== undefined && { id }),
    ...(after !== undefined && { after }),
    ...(fromHour !== undefined && { fromHour }),
    ...(beforeHour !== undefined && { beforeHour }),
  }
}

function hourOf(option: string, text: string | undefined): UsageHour | undefined {
  if (text === undefined) return undefined
  const hour = parseHour(text)
  if (hour !== undefined) return hour
  throw new CommandFailure(
    `${option}: expected an hour in UTC such as 2026-11-01T10, got "${text}"`,
    WRONG_LINE,
  )
}

/** @throws CommandFailure where two forms were asked for. */
export function formOf(options: { readonly json: boolean; readonly csv: boolean }): RowForm {
  if (options.json && options.csv) {
    throw new CommandFailure('--json and --csv exclude each other.', WRONG_LINE)
  }
  return options.json ? 'json' : options.csv ? 'csv' : 'table'
}

const SHAPE: RowShape<MeteringRecord> = {
  table: [
    { heading: 'hour', cell: ({ hour }) => hourText(hour).slice(0, 13) },
    { heading: 'product', cell: ({ product }) => product },
    { heading: 'buyer', cell: ({ buyer }) => buyer },
    { heading: 'dimension', cell: ({ dimension }) => dimension },
    { heading: 'quantity', cell: ({ quantity }) => quantity },
    { heading: 'region', cell: ({ region }) => region },
    { heading: 'recorded', cell: (record) => microsecondsText(record.recordedAtUs).slice(0, 23) },
    { heading: 'metering record id', cell: ({ id }) => id },
  ],
  csv: [
    { heading: 'id', cell: ({ id }) => id },
    { heading: 'hour', cell: ({ hour }) => hourText(hour) },
    { heading: 'region', cell: ({ region }) => region },
    { heading: 'seller', cell: ({ seller }) => seller },
    { heading: 'product', cell: ({ product }) => product },
    { heading: 'buyer', cell: ({ buyer }) => buyer },
    { heading: 'agreement', cell: ({ agreement }) => agreement },
    { heading: 'license_arn', cell: ({ licenseArn }) => licenseArn },
    { heading: 'dimension', cell: ({ dimension }) => dimension },
    { heading: 'quantity', cell: ({ quantity }) => quantity },
    { heading: 'timestamp', cell: ({ timestampMs }) => instantText(timestampMs) },
    {
      heading: 'allocations',
      cell: ({ allocations }) => allocations && JSON.stringify(allocations),
    },
    { heading: 'resource', cell: ({ resource }) => resource },
    { heading: 'recorded_at', cell: ({ recordedAtUs }) => microsecondsText(recordedAtUs) },
    { heading: 'request_id', cell: ({ call }) => call.requestId },
    { heading: 'access_key_id', cell: ({ call }) => call.accessKeyId },
    { heading: 'profile', cell: ({ call }) => call.profile },
  ],
  json: (record) => recordView(record),
}
