/**
 * Notices as sellers of AWS Marketplace know them: EventBridge events, and the older SNS messages.
 *
 * Source     CONTRACT rules 157 to 165: the seller guide of 2023 and 2026 and captured events.
 * Chosen     The ids of offers and products, which nobody here makes, are derived from the agreement and the product code;
 *            the `id` of an event and of a message is the notice's. Events come from us-east-1, as AWS's do.
 * Same bytes A notice always gives the same text, so that one that is sent again is known as the same.
 * Checked by notification.test.ts
 */
import { createHash } from 'node:crypto'
import type { Notice, NoticeKind } from '../core/notice.ts'

export interface Notification {
  readonly form: 'EventBridge' | 'SNS'
  /** The detail type or the action. */
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const REGION = 'us-east-1'
/** AWS's own account, which owns the topics. */
const TOPIC_ACCOUNT = '287250355862'
/** What stands for an agreement without an end. */
const NEVER = '9999-01-01T00:00:00Z'

type Spelling = readonly [form: Notification['form'], name: string]

const SPELLINGS = {
  agreementCreated: ['EventBridge', 'Purchase Agreement Created - Proposer'],
  agreementAmended: ['EventBridge', 'Purchase Agreement Amended - Proposer'],
  agreementEnded: ['EventBridge', 'Purchase Agreement Ended - Proposer'],
  licenseUpdated: ['EventBridge', 'License Updated - Manufacturer'],
  licenseDeprovisioned: ['EventBridge', 'License Deprovisioned - Manufacturer'],
  subscribeSuccess: ['SNS', 'subscribe-success'],
  subscribeFail: ['SNS', 'subscribe-fail'],
  unsubscribePending: ['SNS', 'unsubscribe-pending'],
  unsubscribeSuccess: ['SNS', 'unsubscribe-success'],
  entitlementUpdated: ['SNS', 'entitlement-updated'],
} as const satisfies Record<NoticeKind, Spelling>

export function notificationOf(notice: Notice): Notification {
  const [form, name] = SPELLINGS[notice.kind]
  return form === 'EventBridge' ? eventOf(notice, name) : messageOf(notice, name)
}

function eventOf(notice: Notice, name: string): Notification {
  const { id, seller, agreement, requestId } = notice
  const event = {
    version: '0',
    id,
    'detail-type': name,
    source: 'aws.agreement-marketplace',
    account: seller,
    time: secondsText(notice.dueMs),
    region: REGION,
    resources: [`arn:aws:aws-marketplace::aws:agreement:${agreement}`],
    detail: {
      requestId,
      catalog: 'AWSMarketplace',
      ...(notice.kind.startsWith('license') ? licenseDetail(notice) : agreementDetail(notice)),
    },
  }
  return {
    form: 'EventBridge',
    name,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(event),
  }
}

function agreementDetail(notice: Notice): object {
  const { agreement, kind, startMs, endMs, acceptedMs, ending } = notice
  const ended = kind === 'agreementEnded'
  return {
    agreement: {
      id: agreement,
      intent: kind === 'agreementAmended' ? 'AMEND' : 'NEW',
      status: ended ? (ending ?? 'expired').toUpperCase() : 'ACTIVE',
      acceptanceTime: secondsText(acceptedMs),
      startTime: secondsText(startMs),
      endTime: endMs === undefined ? NEVER : secondsText(endMs),
    },
    resaleAuthorization: { id: null },
    ...partiesOf(notice),
    ...(!ended && { offer: offerOf(notice) }),
  }
}

function licenseDetail(notice: Notice): object {
  const { agreement, product, licenseArn } = notice
  return {
    agreement: { id: agreement },
    product: { code: product, id: `prod-${derivedId(product)}` },
    license: { arn: licenseArn },
    ...partiesOf(notice),
    offer: offerOf(notice),
  }
}

function partiesOf({ buyer, seller }: Notice): object {
  return { acceptor: { accountId: buyer }, proposer: { accountId: seller } }
}

function offerOf({ agreement }: Notice): object {
  return { id: `offer-${derivedId(agreement)}` }
}

/** As SNS posts it with raw delivery: the message alone is the body. It is not signed, and nothing here pretends it was. */
function messageOf(notice: Notice, name: string): Notification {
  const { id, product, customerIdentifier } = notice
  const topic = name === 'entitlement-updated' ? 'entitlement' : 'subscription'
  const message = {
    action: name,
    'customer-identifier': customerIdentifier,
    'product-code': product,
    ...(name === 'subscribe-success' && { isFreeTrialTermPresent: 'false' }),
  }
  return {
    form: 'SNS',
    name,
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': id,
      'x-amz-sns-topic-arn': `arn:aws:sns:${REGION}:${TOPIC_ACCOUNT}:aws-mp-${topic}-notification-${product}`,
      'x-amz-sns-rawdelivery': 'true',
    },
    body: JSON.stringify(message),
  }
}

function secondsText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** Thirteen characters of letters and digits, always the same for the same text. */
function derivedId(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return digest.readBigUInt64BE().toString(36).padStart(13, '0').slice(0, 13)
}
