/** `ledger months`: which months a ledger on PostgreSQL has, and which of them may be detached. */
import type { MonthSummary } from '../../store/postgres/month-list.ts'
import { defineCommand } from '../command.ts'
import { DATA_FAILED_MEANING, ledgerSettingsIn, WRONG_LINE_MEANING } from '../control-access.ts'
import { withRefusals } from '../ledger-access.ts'
import { jsonLines } from '../listing.ts'
import { MONTHS_OPTIONS, monthsSettingsIn, shownMonthOf } from '../months.ts'
import { formatTable } from '../table.ts'

const WAIT_MS_MAX = 30_000

export const ledgerMonths = defineCommand({
  name: 'ledger months',
  summary: 'Show the months of a ledger on PostgreSQL, and which may be detached',
  help: `
    A month is open while usage of it may come, and closed a day after no profile takes any more. A missing one has no
    partition: its usage is not held until migrate makes it. Of a detached one nothing is shown any more.
    How many records there are is the database's estimate, as of its last look; a dash stands where it does not know.

    $ marketmeter ledger months --ledger postgres://marketmeter@db.internal/usage
    $ marketmeter ledger months --json | jq 'select(.state == "closed") | .month'
  `,
  options: { json: { type: 'boolean', about: 'One JSON object a line' }, ...MONTHS_OPTIONS },
  exits: {
    0: 'the months are on stdout',
    2: WRONG_LINE_MEANING,
    3: DATA_FAILED_MEANING,
  },
  async run({ options, io }) {
    const settings = await monthsSettingsIn(io, options)
    const place = ledgerSettingsIn(io, { data: undefined, ledger: options.ledger })
    const { monthsOf } = await import('../../store/postgres/months-access.ts')
    const months = await withRefusals(place, () =>
      monthsOf({ ...settings, waitMsMax: WAIT_MS_MAX }),
    )
    io.out.write(options.json ? jsonLines(months.map(shownMonthOf)) : tableOf(months))
    for (const { month, state } of months.map(shownMonthOf)) {
      if (state === 'missing') io.err.write(`${month} is missing: run migrate.\n`)
      if (state === 'leaving')
        io.err.write(`${month} is half detached: run ledger detach-month ${month}.\n`)
    }
    return 0 as const
  },
})

function tableOf(months: readonly MonthSummary[]): string {
  const rows = months.map(shownMonthOf).map((shown) => {
    const { month, state, recordsEstimate = '-', bytes = '-', detachableFrom } = shown
    return [month, state, String(recordsEstimate), String(bytes), detachableFrom]
  })
  return formatTable(['MONTH', 'STATE', 'RECORDS (ABOUT)', 'BYTES', 'DETACHABLE FROM'], rows)
}
