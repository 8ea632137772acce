/** The commands around notifications: where a seller's go, what became of them, and sending one again. */
import { ACCOUNT, AGREEMENT, WEBHOOK_URL } from '../../core/catalog-names.ts'
import { notificationView } from '../../server/admin/views.ts'
import { instantText } from '../../server/admin/instant.ts'
import { untilFree } from '../../server/until-free.ts'
import { type KeptNotice, NOTICE_STATES } from '../../store/notice-outbox.ts'
import { notificationOf } from '../../wire/notification.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import {
  ARGUMENT_OF,
  argumentOf,
  CHANGE_EXITS,
  CHANGE_OPTIONS,
  changeKnown,
  REFUSED,
} from '../known-entry.ts'
import { type PageWanted, pagesOf } from '../pages.ts'
import { printAll } from '../printing.ts'
import { formatRows, type RowShape } from '../rows.ts'

const LIMIT_DEFAULT = 1_000
/** A command waits longer than a service: nobody waits behind it. */
const BUSY_MS_MAX = 5_000

export const sellersWebhook = defineCommand({
  name: 'sellers webhook',
  summary: 'Say where notifications of a seller go',
  help: `
    From then on each change of its agreements is posted there, as EventBridge and SNS tell them; \`none\` ends it,
    and what still waits is dropped. The service posts to public addresses, and to private ones only with
    --webhooks-private.

    $ marketmeter sellers webhook 111122223333 https://seller.example.com/marketplace
    $ marketmeter sellers webhook 111122223333 none
  `,
  arguments: [ARGUMENT_OF.seller, { name: 'URL', about: 'https:// or http://, or none' }],
  options: CHANGE_OPTIONS,
  exits: { 0: 'notifications go there', ...CHANGE_EXITS },
  async run(given) {
    const [name = '', url = ''] = given.args
    const webhook = url === 'none' ? url : argumentOf('URL', WEBHOOK_URL, url)
    const said = url === 'none' ? 'has no webhook' : 'has the webhook'
    return changeKnown(given, { kind: 'seller', name, verb: 'webhook', facts: { webhook }, said })
  },
})

export const notificationsList = defineCommand({
  name: 'notifications list',
  summary: 'Show what sellers were told, are told and will be told',
  help: `
    The newest first. What is done is kept for 30 days.

    $ marketmeter notifications list --state failed
    $ marketmeter notifications list --agreement agmt-demoactive --json | jq -r .body
  `,
  options: {
    seller: { type: 'string', value: 'ACCOUNT', about: 'To this seller', rule: ACCOUNT },
    agreement: { type: 'string', value: 'ID', about: 'Of this agreement', rule: AGREEMENT },
    state: { type: 'string', choices: NOTICE_STATES, value: 'STATE', about: 'In this state' },
    limit: {
      type: 'integer',
      value: 'COUNT',
      about: 'At most so many (default 1000)',
      min: 1,
      max: 10_000_000,
    },
    json: { type: 'boolean', about: 'One JSON object a line, each with its body' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'they are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    const { seller, agreement, state, json, limit = LIMIT_DEFAULT } = options
    const query = {
      ...(seller !== undefined && { seller }),
      ...(agreement !== undefined && { agreement }),
      ...(state !== undefined && { state }),
    }
    return withControl(given, 'read', async ({ store }) => {
      const read = async (page: PageWanted) => {
        const { notices: items, ...rest } = await store.notices.read({ ...query, ...page })
        return { items, ...rest }
      }
      const rows = formatRows(pagesOf(read, limit), SHAPE, json ? 'json' : 'table')
      await printAll(io.out, rows)
      return 0 as const
    })
  },
})

export const notificationsSend = defineCommand({
  name: 'notifications send',
  summary: 'Send a notification again, whatever became of it',
  help: `
    A running service sends it within a second or two, with the same body and id as before.

    $ marketmeter notifications send 0b0f8c9e-5f0e-4c53-9a3e-0d0c7a1d2f10
  `,
  arguments: [{ name: 'ID', about: 'As notifications list shows it' }],
  options: DATA_OPTIONS,
  exits: {
    0: 'it waits to be sent',
    1: 'there is no such notification',
    2: WRONG_LINE_MEANING,
    3: DATA_FAILED_MEANING,
  },
  async run(given) {
    const [id = ''] = given.args
    return withControl(given, 'update', async ({ store }) => {
      const done = await untilFree(() => store.notices.resend(id), BUSY_MS_MAX)
      if (done === 'unknown') throw new CommandFailure(`There is no notification ${id}.`, REFUSED)
      given.io.err.write(`Notification ${id} waits to be sent.\n`)
      return 0 as const
    })
  },
})

const COLUMNS: RowShape<KeptNotice>['table'] = [
  { heading: 'due', cell: ({ dueMs }) => instantText(dueMs) },
  { heading: 'seller', cell: ({ notice }) => notice.seller },
  { heading: 'agreement', cell: ({ notice }) => notice.agreement },
  { heading: 'name', cell: ({ notice }) => notificationOf(notice).name },
  { heading: 'state', cell: ({ state }) => state },
  { heading: 'attempts', cell: ({ attempts }) => attempts },
  { heading: 'result', cell: ({ lastResult }) => lastResult },
  { heading: 'id', cell: ({ notice }) => notice.id },
]

const SHAPE: RowShape<KeptNotice> = { table: COLUMNS, csv: COLUMNS, json: notificationView }
