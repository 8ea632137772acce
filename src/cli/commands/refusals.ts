/** `refusals`: usage that was not taken, with the reason in words and what was held before it. */
import { ACCOUNT } from '../../core/catalog-names.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import { instantText } from '../../server/admin/instant.ts'
import { refusalView } from '../../server/admin/views.ts'
import { REFUSAL_CODE } from '../../server/refusals.ts'
import { defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { instantOf } from '../instant-option.ts'
import { type PageWanted, pagesOf } from '../pages.ts'
import { printAll } from '../printing.ts'
import { formatRows, type RowShape } from '../rows.ts'
import { formOf } from './records.ts'

const LIMIT_DEFAULT = 1_000

export const refusals = defineCommand({
  name: 'refusals',
  summary: 'Show usage that was refused, and why',
  help: `
    The latest to appear come first; equal ones are counted. Kept best effort and for a while: what counts
    for billing is in the ledger alone (see: marketmeter records).

    $ marketmeter refusals --code DuplicateRecord --from now-1d
    $ marketmeter refusals --seller 111122223333 --json | jq .reason
  `,
  options: {
    seller: { type: 'string', value: 'ACCOUNT', about: 'Of this seller', rule: ACCOUNT },
    code: {
      type: 'string',
      value: 'NAME',
      about: 'With this error or status, such as DuplicateRecord',
      rule: REFUSAL_CODE,
    },
    product: { type: 'string', value: 'CODE', about: 'Sent for this product' },
    from: { type: 'string', value: 'INSTANT', about: 'Refused then or later: now-1d, or ISO 8601' },
    before: { type: 'string', value: 'INSTANT', about: 'Refused before then' },
    limit: {
      type: 'integer',
      value: 'COUNT',
      about: 'At most so many (default 1000)',
      min: 1,
      max: 10_000_000,
    },
    json: { type: 'boolean', about: 'One JSON object a line, each refusal whole' },
    csv: { type: 'boolean', about: 'CSV with headings' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the refusals are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    const form = formOf(options)
    const { seller, code, product, limit = LIMIT_DEFAULT } = options
    const fromMs = instantOf('--from', options.from)
    const beforeMs = instantOf('--before', options.before)
    const query = {
      ...(seller !== undefined && { seller }),
      ...(code !== undefined && { code }),
      ...(product !== undefined && { productCode: product }),
      ...(fromMs !== undefined && { fromMs }),
      ...(beforeMs !== undefined && { beforeMs }),
    }
    return withControl(given, 'read', async ({ store }) => {
      const read = async (page: PageWanted) => {
        const { refusals: items, ...rest } = await store.readRefusals({ ...query, ...page })
        return { items, ...rest }
      }
      await printAll(io.out, formatRows(pagesOf(read, limit), SHAPE, form))
      return 0 as const
    })
  },
})

function buyerOf({ refused: { usage } }: KeptRefusal): string | undefined {
  const names = usage?.buyer
  return names?.licenseArn ?? names?.account ?? names?.customerIdentifier
}

const COLUMNS: RowShape<KeptRefusal>['csv'] = [
  { heading: 'last', cell: ({ refused }) => instantText(refused.atMs) },
  { heading: 'times', cell: ({ count }) => count },
  { heading: 'seller', cell: ({ refused }) => refused.seller },
  { heading: 'code', cell: ({ refused }) => refused.code },
  { heading: 'product', cell: ({ refused }) => refused.productCode },
  { heading: 'buyer', cell: buyerOf },
  { heading: 'dimension', cell: ({ refused }) => refused.usage?.dimension },
  { heading: 'quantity', cell: ({ refused }) => refused.usage?.quantity },
  { heading: 'held', cell: ({ refused }) => refused.held?.quantity },
  { heading: 'reason', cell: ({ refused }) => refused.reason },
]

const SHAPE: RowShape<KeptRefusal> = {
  table: COLUMNS,
  csv: [
    ...COLUMNS,
    { heading: 'first', cell: ({ firstAtMs }) => instantText(firstAtMs) },
    {
      heading: 'timestamp',
      cell: ({ refused }) => refused.usage && instantText(refused.usage.timestampMs),
    },
    { heading: 'held_id', cell: ({ refused }) => refused.held?.id },
    { heading: 'region', cell: ({ refused }) => refused.region },
    { heading: 'operation', cell: ({ refused }) => refused.operation },
    { heading: 'request_id', cell: ({ refused }) => refused.requestId },
    { heading: 'access_key_id', cell: ({ refused }) => refused.accessKeyId },
  ],
  json: (kept) => refusalView(kept),
}
