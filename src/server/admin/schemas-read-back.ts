/** The shapes of read-back: what the ledger holds, and what was refused. */
import { Type } from 'typebox'
import { NOTICE_STATES } from '../../store/notice-outbox.ts'
import { account, CLOSED, either, hour, instant, shownInstant, text } from './schema-parts.ts'

const Tag = Type.Object({ key: Type.String(), value: Type.String() })
const Allocation = Type.Object({ quantity: Type.Integer(), tags: Type.Array(Tag) })
const allocations = Type.Optional(Type.Array(Allocation))

const hiddenFromOthers = Type.Optional(
  Type.String({ description: 'Absent for a seller where another account signed' }),
)

export const MeteringRecord = Type.Object(
  {
    id: Type.String({ description: 'The metering record id' }),
    product: Type.String(),
    seller: account,
    buyer: account,
    dimension: Type.String(),
    region: Type.String(),
    hour: shownInstant,
    quantity: Type.Integer(),
    timestamp: shownInstant,
    agreement: Type.String(),
    licenseArn: Type.String(),
    billingLine: Type.String({ description: 'What the usage is billed to, for ever the same' }),
    resource: Type.Optional(Type.String()),
    namedBy: either(
      ['customerIdentifier', 'account', 'license'],
      'How the request named the buyer',
    ),
    allocations,
    recordedAt: Type.String({ description: 'ISO 8601 in UTC, to the microsecond' }),
    call: Type.Object({
      requestId: Type.String(),
      operation: Type.String(),
      receivedAt: shownInstant,
      account,
      accessKeyId: hiddenFromOthers,
      address: hiddenFromOthers,
      userAgent: hiddenFromOthers,
      profile: Type.String(),
    }),
  },
  { title: 'MeteringRecord' },
)
export const MeteringRecords = Type.Object(
  {
    records: Type.Array(MeteringRecord),
    next: Type.Optional(
      Type.String({ description: 'The cursor of the next page, opaque; absent at the end' }),
    ),
    resume: Type.String({
      description: 'A cursor, opaque, that later shows whatever comes after this page',
    }),
    completeUntil: Type.String({
      description:
        'All that was recorded before this instant has been or will be shown; in whole minutes for a seller',
    }),
  },
  { title: 'MeteringRecords' },
)
export const RecordsQuery = Type.Object(
  {
    seller: Type.Optional(account),
    product: Type.Optional(text('Product code', 255)),
    buyer: Type.Optional(account),
    dimension: Type.Optional(text('Case counts', 255)),
    region: Type.Optional(text('A Region', 50)),
    id: Type.Optional(text('A metering record id', 100)),
    fromHour: Type.Optional(hour),
    beforeHour: Type.Optional(hour),
    cursor: Type.Optional(
      text('next or resume of an earlier page, by a token of the same seller or of any operator'),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  CLOSED,
)

export const RefusedUsage = Type.Object(
  {
    seller: account,
    code: Type.String({ description: 'What the wire said: an error, or a status of one record' }),
    reason: Type.String({ description: 'Why, in words' }),
    at: shownInstant,
    firstAt: shownInstant,
    count: Type.Integer({ description: 'How often the same was refused' }),
    requestId: Type.String(),
    accessKeyId: hiddenFromOthers,
    region: Type.String(),
    operation: Type.String(),
    productCode: Type.String(),
    usage: Type.Optional(
      Type.Object({
        customerIdentifier: Type.Optional(Type.String()),
        buyer: Type.Optional(Type.String()),
        licenseArn: Type.Optional(Type.String()),
        dimension: Type.String(),
        quantity: Type.Integer(),
        timestamp: shownInstant,
        allocations,
      }),
    ),
    held: Type.Optional(
      Type.Object(
        { id: Type.String(), quantity: Type.Integer() },
        { description: 'What the ledger holds in its place' },
      ),
    ),
  },
  { title: 'RefusedUsage' },
)
export const RefusalsQuery = Type.Object(
  {
    seller: Type.Optional(account),
    code: Type.Optional(text('The name of an error or a status', 100)),
    product: Type.Optional(text('Product code', 255)),
    from: Type.Optional(instant),
    before: Type.Optional(instant),
    cursor: Type.Optional(
      text('next of an earlier page, by a token of the same seller or of any operator'),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  CLOSED,
)
export const Notification = Type.Object(
  {
    id: Type.String(),
    form: either(['EventBridge', 'SNS'], 'An event, or one of the older messages'),
    name: Type.String({ description: 'The detail type or the action' }),
    seller: account,
    product: Type.String(),
    buyer: account,
    agreement: Type.String(),
    state: either(NOTICE_STATES, 'What became of it'),
    due: shownInstant,
    attempts: Type.Integer({ description: 'Since it was first due, or last sent again' }),
    lastAt: Type.Optional(shownInstant),
    lastResult: Type.Optional(Type.String({ description: 'In words' })),
    nextAttempt: Type.Optional(shownInstant),
    body: Type.String({ description: 'What is posted, to the byte' }),
  },
  { title: 'Notification' },
)
export const NotificationsQuery = Type.Object(
  {
    seller: Type.Optional(account),
    agreement: Type.Optional(text('An agreement id', 100)),
    state: Type.Optional(either(NOTICE_STATES, 'In this state alone')),
    cursor: Type.Optional(
      text('next of an earlier page, by a token of the same seller or of any operator'),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  CLOSED,
)
export const Notifications = Type.Object(
  { notifications: Type.Array(Notification), next: Type.Optional(Type.String()) },
  { title: 'Notifications' },
)
export const Refusals = Type.Object(
  { refusals: Type.Array(RefusedUsage), next: Type.Optional(Type.String()) },
  { title: 'Refusals' },
)
