/** `ledger detach-month`: takes a month that is closed out of a ledger on PostgreSQL. */
import type { DetachSettings } from '../../store/postgres/detach.ts'
import { detachedName } from '../../store/postgres/month-list.ts'
import {
  attachStatement,
  DIVIDED_TABLES,
  type Month,
  monthText,
  parseMonth,
  partitionName,
} from '../../store/postgres/months.ts'
import { LedgerRefused } from '../../store/refused.ts'
import { agrees, NOT_AGREED, NOT_AGREED_MEANING } from '../asking.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import { DATA_FAILED, WRONG_LINE, WRONG_LINE_MEANING } from '../control-access.ts'
import { MONTHS_OPTIONS, monthsSettingsIn, shownMonthOf } from '../months.ts'

const KEPT = 1
const WAIT_SECONDS = 60

export const ledgerDetachMonth = defineCommand({
  name: 'ledger detach-month',
  summary: 'Take an old month out of a ledger on PostgreSQL',
  help: `
    Afterwards nothing of the month is shown, found or verified any more, and none of its usage is ever taken as new. Its two
    tables stay in the schema, under another name: the statements to dump, drop or attach them are printed.
    A month whose usage any profile may still take is refused. A service may run meanwhile and is not held up; who has
    the ledger open in a transaction is waited for. A run that was cut short is ended by another.

    $ marketmeter ledger detach-month 2026-01 --ledger postgres://marketmeter@db.internal/usage
    $ marketmeter ledger detach-month 2026-01 --yes --json
  `,
  arguments: [{ name: 'MONTH', about: 'Which, such as 2026-01' }],
  options: {
    yes: { type: 'boolean', about: 'Detach without asking' },
    waitSeconds: {
      type: 'integer',
      value: 'SECONDS',
      about: `How long to wait for those who have the ledger open (default ${WAIT_SECONDS})`,
      min: 1,
      max: 86_400,
    },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...MONTHS_OPTIONS,
  },
  exits: {
    0: 'the month is detached',
    [KEPT]: 'a rule forbids it, and nothing was changed; the reason is on stderr',
    [WRONG_LINE]: WRONG_LINE_MEANING,
    [DATA_FAILED]: 'it could not be done, or not to its end; run it again',
    [NOT_AGREED]: NOT_AGREED_MEANING,
  },
  async run({ options, args, io }) {
    const month = monthNamed(args[0] ?? '')
    const waitMsMax = (options.waitSeconds ?? WAIT_SECONDS) * 1_000
    const settings = { ...(await monthsSettingsIn(io, options)), month, waitMsMax }
    const plan = shownMonthOf(await withMonth(settings, 'plan'))
    const { recordsEstimate = '?', bytes = '?' } = plan
    io.err.write(
      `${plan.month}: about ${recordsEstimate} records, ${bytes} bytes. Once detached it is shown no more.\n`,
    )
    // Who runs it again has agreed already.
    const mayGo = options.yes || plan.state !== 'closed'
    if (!mayGo && !(await agrees(io, 'Detach it?', 'Give --yes to detach.'))) return NOT_AGREED
    await withMonth(settings, 'detach')
    const statements = statementsFor(month)
    io.out.write(
      options.json
        ? `${JSON.stringify({ month: plan.month, ...statements })}\n`
        : textOf(plan.month, statements),
    )
    return 0 as const
  },
})

function monthNamed(text: string): Month {
  const month = parseMonth(text)
  if (month !== undefined) return month
  throw new CommandFailure(`MONTH: expected a month such as 2026-01, got "${text}"`, WRONG_LINE)
}

async function withMonth(settings: DetachSettings, verb: 'plan' | 'detach') {
  const { detachMonth, MonthKept, planDetaching } = await import('../../store/postgres/detach.ts')
  try {
    if (verb === 'detach') await detachMonth(settings)
    return await planDetaching(settings)
  } catch (error) {
    if (error instanceof MonthKept) throw new CommandFailure(error.message, KEPT)
    if (error instanceof LedgerRefused) throw new CommandFailure(error.message, DATA_FAILED)
    throw error
  }
}

/** What an operator may do with the tables. They are named without the database, for the URL may hold a password. */
function statementsFor(month: Month) {
  const tables = DIVIDED_TABLES.map((table) => ({
    parent: `marketmeter.${table}`,
    name: `marketmeter.${detachedName(partitionName(table, month))}`,
  }))
  return {
    tables: tables.map(({ name }) => name),
    dump: `pg_dump ${tables.map(({ name }) => `--table=${name}`).join(' ')} --format=custom --file=${monthText(month)}.dump`,
    drop: `drop table ${tables.map(({ name }) => name).join(', ')};`,
    // Calls first: no record is ever shown without its call.
    attach: tables
      .toReversed()
      .map(({ parent, name }) => `${attachStatement(parent, month, name)};`),
  }
}

function textOf(
  month: string,
  { tables, dump, drop, attach }: ReturnType<typeof statementsFor>,
): string {
  return [
    `${month} is detached. Its tables are ${tables.join(' and ')}.`,
    `To keep them:      ${dump}`,
    `To remove them:    ${drop}`,
    ...attach.map((statement) => `To have them back: ${statement}`),
    '',
  ].join('\n')
}
