/** `audit`: metering calls in the shape of CloudTrail records, from the ledger and the refusals. */
import { ACCOUNT } from '../../core/catalog-names.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import { auditedCalls } from '../../server/audit/calls.ts'
import { type AuditedCall, cloudTrailOf } from '../../server/audit/cloudtrail.ts'
import { REFUSAL_CODE } from '../../server/refusals.ts'
import type { RefusalQuery } from '../../store/control.ts'
import type { LedgerQuery } from '../../store/ledger.ts'
import { defineCommand, type OptionValues } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  type Given,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { instantOf } from '../instant-option.ts'
import { type ReadableLedger, toldOfMonthsGone, withLedger } from '../ledger-access.ts'
import { pagesOf } from '../pages.ts'
import { printAll } from '../printing.ts'

const OPTIONS = {
  seller: { type: 'string', value: 'ACCOUNT', about: 'Of products of this seller', rule: ACCOUNT },
  account: { type: 'string', value: 'ACCOUNT', about: 'Signed by this account', rule: ACCOUNT },
  product: { type: 'string', value: 'CODE', about: 'For this product' },
  operation: { type: 'string', value: 'NAME', about: 'Of this operation, such as BatchMeterUsage' },
  code: {
    type: 'string',
    value: 'NAME',
    about: 'With this error, or a record with this status',
    rule: REFUSAL_CODE,
  },
  requestId: { type: 'string', value: 'ID', about: 'The call with this request id' },
  from: { type: 'string', value: 'INSTANT', about: 'Received then or later: now-1d, or ISO 8601' },
  before: { type: 'string', value: 'INSTANT', about: 'Received before then' },
  ...DATA_OPTIONS,
} as const

type Options = OptionValues<typeof OPTIONS>

export const audit = defineCommand({
  name: 'audit',
  summary: 'Show metering calls as CloudTrail records, one JSON object a line',
  givesWay: true,
  help: `
    Every call that added a record is shown, from the ledger, and those that were refused, as far as refusals are kept
    (see: marketmeter refusals). A call whose every record was held already left no trace but a count. What operators
    changed is in: marketmeter catalog log.

    $ marketmeter audit --from now-1d > yesterday.jsonl
    $ marketmeter audit --seller 111122223333 --code DuplicateRecord | jq .requestParameters
    $ marketmeter audit --request-id 0f0c6e5e-9d5f-4c1e-a4f8-2f3b0e6f2f59
  `,
  options: OPTIONS,
  exits: { 0: 'the calls are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const wanted = wantedOf(given.options)
    const refusals = await refusalsIn(given, wanted.ofRefusals)
    return withLedger(given, async (ledger) => {
      const calls = auditedCalls(recordsIn(ledger, wanted.ofRecords), refusals)
      await printAll(given.io.out, linesOf(calls, wanted.isWanted))
      given.io.err.write(toldOfMonthsGone(await ledger.monthsGone(), 'shown'))
      return 0 as const
    })
  },
})

interface Wanted {
  readonly ofRecords: Omit<LedgerQuery, 'countMax'>
  readonly ofRefusals: Omit<RefusalQuery, 'countMax'>
  readonly isWanted: (call: AuditedCall) => boolean
}

function wantedOf(options: Options): Wanted {
  const { seller, account, product, operation, code, requestId } = options
  const fromMs = instantOf('--from', options.from)
  const beforeMs = instantOf('--before', options.before)
  return {
    ofRecords: { ...(seller !== undefined && { seller }) },
    // Not by code: a call is shown whole, whichever of its records was asked for.
    ofRefusals: {
      ...(product !== undefined && { productCode: product }),
      ...(fromMs !== undefined && { fromMs }),
      ...(beforeMs !== undefined && { beforeMs }),
    },
    isWanted: (call) =>
      (seller === undefined || call.seller === seller) &&
      (account === undefined || call.account === account) &&
      (product === undefined || call.productCode === product) &&
      (operation === undefined || call.operation === operation) &&
      (code === undefined || call.refused.some(({ refused }) => refused.code === code)) &&
      (requestId === undefined || call.requestId === requestId) &&
      (fromMs === undefined || call.receivedAtMs >= fromMs) &&
      (beforeMs === undefined || call.receivedAtMs < beforeMs),
  }
}

async function refusalsIn(
  given: Given,
  query: Omit<RefusalQuery, 'countMax'>,
): Promise<readonly KeptRefusal[]> {
  return withControl(given, 'read', async ({ store }) => {
    const all: KeptRefusal[] = []
    const pages = pagesOf(async (page) => {
      const { refusals: items, ...rest } = await store.readRefusals({ ...query, ...page })
      return { items, ...rest }
    })
    for await (const refusals of pages) all.push(...refusals)
    return all
  })
}

function recordsIn(
  ledger: ReadableLedger,
  query: Omit<LedgerQuery, 'countMax'>,
): AsyncGenerator<readonly MeteringRecord[], void, undefined> {
  return pagesOf(async (wanted) => {
    const { records: items, next } = await ledger.read({ ...query, ...wanted })
    return next === undefined ? { items } : { items, next }
  })
}

async function* linesOf(
  calls: AsyncIterable<readonly AuditedCall[]>,
  isWanted: (call: AuditedCall) => boolean,
): AsyncGenerator<string, void, undefined> {
  for await (const some of calls) {
    const lines = some.filter(isWanted).map((call) => `${JSON.stringify(cloudTrailOf(call))}\n`)
    if (lines.length > 0) yield lines.join('')
  }
}
