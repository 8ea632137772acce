/** `migrate`: makes a ledger's schema on PostgreSQL, or brings it up to date. */
import type { InstantMs } from '../../core/usage.ts'
import type { PostgresBounds } from '../../store/postgres/bounds.ts'
import { LedgerRefused } from '../../store/refused.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  DATA_FAILED,
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  ledgerSettingsIn,
  WRONG_LINE,
  WRONG_LINE_MEANING,
} from '../control-access.ts'
import { nameOf } from '../ledger-place.ts'

const NEWER = 1

interface Migrated {
  readonly ledger: string
  /** Versions of the schema before (0: there was none) and after. */
  readonly from: number
  readonly to: number
  /** Months that usage can be held for now, and could not before: `2026-11`. */
  readonly months: readonly string[]
}

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'Make the schema of a ledger on PostgreSQL, or bring it up to date',
  help: `
    Makes what is missing, in one transaction: the schema marketmeter, and the partitions of the months to come. Run
    it before the first serve, after an upgrade before the new serve, and again as often as you like: what is there
    stays. Of two at once, one does it and the other finds it done. It never goes back: a schema from a newer
    Marketmeter is refused and left as it is. Its role must own the schema, or be allowed to make it.
    A ledger in a folder needs no migrate; serve brings it up to date.

    $ marketmeter migrate --ledger postgres://marketmeter@db.internal/usage
    $ MARKETMETER_LEDGER=postgres://... marketmeter migrate --json | jq .to
  `,
  options: {
    json: { type: 'boolean', about: 'Print one JSON object' },
    ledger: DATA_OPTIONS.ledger,
  },
  exits: {
    0: 'the schema is the one that this version needs',
    [NEWER]: 'the schema is from a newer version; nothing was changed',
    [WRONG_LINE]: WRONG_LINE_MEANING,
    [DATA_FAILED]: `${DATA_FAILED_MEANING}; nothing was changed`,
  },
  async run({ options, io }) {
    const { place, postgres } = ledgerSettingsIn(io, { data: undefined, ledger: options.ledger })
    if (place.kind !== 'postgres') {
      throw new CommandFailure(
        `${nameOf(place)} needs no migrate: serve brings a ledger in a folder up to date. For PostgreSQL give --ledger postgres://role@host/database.`,
        WRONG_LINE,
      )
    }
    const report = await migrated(place.url, postgres)
    const months = report.months.map((name) => name.replace('_', '-')).toSorted()
    const done: Migrated = { ledger: nameOf(place), from: report.from, to: report.to, months }
    io.out.write(options.json ? `${JSON.stringify(done)}\n` : textOf(done))
    return 0 as const
  },
})

async function migrated(url: string, { connectMsMax }: PostgresBounds) {
  const { migrate: migrateSchema, NewerSchema } = await import('../../store/postgres/migrate.ts')
  try {
    return await migrateSchema(url, Date.now() as InstantMs, { connectMsMax })
  } catch (error) {
    if (error instanceof NewerSchema) throw new CommandFailure(error.message, NEWER)
    if (error instanceof LedgerRefused) throw new CommandFailure(error.message, DATA_FAILED)
    throw error
  }
}

function textOf({ ledger, from, to, months }: Migrated): string {
  const schema =
    from === to
      ? `has schema ${to} already`
      : from === 0
        ? `has schema ${to} now, and had none`
        : `has schema ${to} now, and had ${from}`
  const made = months.length === 0 ? 'No month was missing' : `Months made: ${months.join(', ')}`
  return `${ledger} ${schema}. ${made}.\n`
}
