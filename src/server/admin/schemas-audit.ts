/** The shapes of the audit: CloudTrail's, as far as metering calls are known to have them. */
import { Type } from 'typebox'
import { account, CLOSED, instant, text } from './schema-parts.ts'

const members = Type.Record(Type.String(), Type.Unknown())

const AuditedCall = Type.Object(
  {
    eventVersion: Type.String(),
    userIdentity: members,
    eventTime: Type.String({ description: 'ISO 8601 in UTC, to the second' }),
    eventSource: Type.String(),
    eventName: Type.String({ description: 'The operation' }),
    awsRegion: Type.String(),
    sourceIPAddress: Type.Optional(Type.String()),
    userAgent: Type.Optional(Type.String()),
    errorCode: Type.Optional(Type.String()),
    errorMessage: Type.Optional(Type.String()),
    requestParameters: members,
    responseElements: Type.Union([members, Type.Null()]),
    additionalEventData: Type.Optional(members),
    requestID: Type.String(),
    eventID: Type.String({ description: 'The same whenever it is shown' }),
    readOnly: Type.Boolean(),
    eventType: Type.String(),
    recipientAccountId: Type.String(),
  },
  { title: 'AuditedCall' },
)

export const AuditedCalls = Type.Object(
  {
    calls: Type.Array(AuditedCall),
    next: Type.Optional(
      Type.String({ description: 'The cursor of the next page, opaque; absent at the end' }),
    ),
  },
  { title: 'AuditedCalls' },
)

const filter = {
  seller: Type.Optional(account),
  account: Type.Optional(text('Who signed: twelve digits', 12)),
  product: Type.Optional(text('Product code', 255)),
  operation: Type.Optional(text('Such as BatchMeterUsage', 100)),
  code: Type.Optional(text('The name of an error, or of a status of one record', 100)),
  requestId: Type.Optional(text('Of one call', 100)),
  from: Type.Optional(instant),
  before: Type.Optional(instant),
}
export const AuditExportQuery = Type.Object(filter, CLOSED)
export const AuditPageQuery = Type.Object(
  {
    ...filter,
    cursor: Type.Optional(
      text('next of an earlier page, by a token of the same seller or of any operator'),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  CLOSED,
)
