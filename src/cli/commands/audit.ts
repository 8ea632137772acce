/** `audit`: metering calls in the shape of CloudTrail records, from the ledger and the refusals. */
import { ACCOUNT } from '../../core/catalog-names.ts'
import { auditedCalls } from '../../server/audit/calls.ts'
import { linesOf } from '../../server/audit/lines.ts'
import { REFUSAL_CODE } from '../../server/refusals.ts'
import { defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { instantOf } from '../instant-option.ts'
import { toldOfMonthsGone, withLedger } from '../ledger-access.ts'
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
    const { options } = given
    const fromMs = instantOf('--from', options.from)
    const beforeMs = instantOf('--before', options.before)
    const query = {
      ...(options.seller !== undefined && { seller: options.seller }),
      ...(fromMs !== undefined && { fromMs }),
      ...(beforeMs !== undefined && { beforeMs }),
    }
    return withControl(given, 'read', ({ store: refusals }) =>
      withLedger(given, async (ledger) => {
        const steps = auditedCalls({ ledger, refusals }, query)
        await printAll(given.io.out, linesOf(steps, options))
        given.io.err.write(toldOfMonthsGone(await ledger.monthsGone(), 'shown'))
        return 0 as const
      }),
    )
  },
})
