/** How commands read a ledger: its file or its database directly, read-only, beside a `serve` that may be writing it. */
import type { PostgresBounds } from '../store/postgres/bounds.ts'
import type { LedgerFinding, LedgerPage, LedgerQuery } from '../store/ledger.ts'
import { LedgerRefused } from '../store/refused.ts'
import { CommandFailure } from './command.ts'
import { DATA_FAILED, type Given, ledgerSettingsIn } from './control-access.ts'
import { ledgerFileIn } from './ledger-place.ts'
import type { LedgerSettings } from './ledger-settings.ts'

export interface GoneMonth {
  readonly firstHour: number
  readonly endHour: number
  /** `2026_01` */
  readonly name: string
}

/** A ledger that is only looked at. */
export interface ReadableLedger {
  /** @throws RangeError on a foreign cursor. */
  read(query: LedgerQuery): Promise<LedgerPage>
  /** What is shown no more, for it was taken out: calendar months. */
  monthsGone(): Promise<readonly GoneMonth[]>
  /** @param onProgress Told now and then. */
  verify(onProgress: (done: number, total: number) => void): AsyncIterable<LedgerFinding>
  close(): Promise<void>
}

/** Opens the ledger for as long as `use` takes. @throws CommandFailure with one sentence. */
export async function withLedger<Result>(
  { io, options }: Given,
  use: (ledger: ReadableLedger) => Promise<Result>,
): Promise<Result> {
  const settings = ledgerSettingsIn(io, options)
  return withRefusals(settings, async () => {
    const ledger = await openLedger(settings)
    try {
      return await use(ledger)
    } finally {
      await ledger.close()
    }
  })
}

/** Says in one sentence what a ledger refuses. */
export async function withRefusals<Result>(
  { place }: LedgerSettings,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LedgerRefused)) throw error
    const hint = place.kind === 'sqlite' ? ' Name the folder with --data.' : ''
    throw new CommandFailure(`${error.message}${hint}`, DATA_FAILED)
  }
}

/** A sentence about those of some hours, or nothing. */
export function toldOfMonthsGone(
  months: readonly GoneMonth[],
  what: string,
  { fromHour, beforeHour }: Pick<LedgerQuery, 'fromHour' | 'beforeHour'> = {},
): string {
  const names = months
    .filter(({ endHour }) => fromHour === undefined || endHour > fromHour)
    .filter(({ firstHour }) => beforeHour === undefined || firstHour < beforeHour)
    .map(({ name }) => name.replace('_', '-'))
  return names.length === 0 ? '' : `Not ${what}, for they were detached: ${names.join(', ')}.\n`
}

function openLedger({ place, postgres }: LedgerSettings): Promise<ReadableLedger> {
  return place.kind === 'sqlite'
    ? openSqliteLedger(ledgerFileIn(place.folder))
    : openPostgresLedger(place.url, postgres)
}

async function openPostgresLedger(url: string, bounds: PostgresBounds): Promise<ReadableLedger> {
  const { PostgresLedgerReader } = await import('../store/postgres/ledger-reader.ts')
  const reader = await PostgresLedgerReader.open(url, bounds)
  return {
    read: (query) => reader.read(query),
    monthsGone: () => reader.monthsGone(),
    async *verify(onProgress) {
      const { verifyLedger } = await import('../store/postgres/verify.ts')
      yield* verifyLedger({ url, connectMsMax: bounds.connectMsMax, onProgress })
    },
    close: () => reader.close(),
  }
}

async function openSqliteLedger(file: string): Promise<ReadableLedger> {
  const { LedgerReader } = await import('../store/sqlite/reader.ts')
  const reader = new LedgerReader(file)
  return {
    read: async (query) => reader.read(query),
    monthsGone: async () => [],
    async *verify(onProgress) {
      const { verifyLedger } = await import('../store/sqlite/verify.ts')
      yield* verifyLedger(reader, ({ recordsDone, recordsTotal }) => {
        onProgress(recordsDone, recordsTotal)
      })
    },
    close: async () => {
      reader.close()
    },
  }
}
