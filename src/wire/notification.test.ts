/** The bodies as AWS spells them: CONTRACT rules 158, 159 and 163. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NOTICE_KINDS, type Notice } from '../core/notice.ts'
import { aNotice, at, BUYER, CUSTOMER, PRODUCT, SELLER } from '../testing/builders.ts'
import { notificationOf } from './notification.ts'

const FACTS: Partial<Notice> = {
  acceptedMs: at('2026-08-20T14:23:22.000Z'),
  startMs: at('2026-08-20T14:23:22.900Z'),
  dueMs: at('2026-08-20T14:24:57.100Z'),
  customerIdentifier: CUSTOMER,
}

const PARTIES = { acceptor: { accountId: BUYER }, proposer: { accountId: SELLER } }

describe('an EventBridge event', () => {
  it('tells that an agreement was made', () => {
    const event = bodyOf({ ...FACTS, kind: 'agreementCreated' }) as { detail: { offer: unknown } }
    assert.deepEqual(event, {
      version: '0',
      id: '00000000-0000-4000-8000-00000000000a',
      'detail-type': 'Purchase Agreement Created - Proposer',
      source: 'aws.agreement-marketplace',
      account: SELLER,
      time: '2026-08-20T14:24:57Z',
      region: 'us-east-1',
      resources: ['arn:aws:aws-marketplace::aws:agreement:agmt-1'],
      detail: {
        requestId: '00000000-0000-4000-8000-0000000000ff',
        catalog: 'AWSMarketplace',
        agreement: {
          id: 'agmt-1',
          intent: 'NEW',
          status: 'ACTIVE',
          acceptanceTime: '2026-08-20T14:23:22Z',
          startTime: '2026-08-20T14:23:22Z',
          endTime: '9999-01-01T00:00:00Z',
        },
        resaleAuthorization: { id: null },
        ...PARTIES,
        offer: event.detail.offer,
      },
    })
    assert.match(JSON.stringify(event.detail.offer), /^\{"id":"offer-[a-z0-9]{13}"\}$/)
  })

  it('tells of an amendment, an end and both kinds of it', () => {
    const endMs = at('2026-12-01T00:00:00.000Z')
    const amended = bodyOf({ ...FACTS, endMs, kind: 'agreementAmended' })
    assert.match(JSON.stringify(amended), /"intent":"AMEND".*"endTime":"2026-12-01T00:00:00Z"/)
    const expired = bodyOf({ ...FACTS, endMs, kind: 'agreementEnded', ending: 'expired' })
    assert.match(JSON.stringify(expired), /Ended - Proposer.*"status":"EXPIRED"/)
    assert.doesNotMatch(JSON.stringify(expired), /offer/)
    const cancelled = bodyOf({ ...FACTS, endMs, kind: 'agreementEnded', ending: 'cancelled' })
    assert.match(JSON.stringify(cancelled), /"status":"CANCELLED"/)
  })

  for (const [kind, type] of [
    ['licenseUpdated', 'License Updated - Manufacturer'],
    ['licenseDeprovisioned', 'License Deprovisioned - Manufacturer'],
  ] as const) {
    it(`tells of a license: ${type}`, () => {
      const event = bodyOf({ ...FACTS, kind }) as {
        'detail-type': string
        detail: { product: { id: string }; offer: unknown }
      }
      assert.equal(event['detail-type'], type)
      const { product, offer } = event.detail
      assert.match(product.id, /^prod-[a-z0-9]{13}$/)
      assert.deepEqual(event.detail, {
        requestId: '00000000-0000-4000-8000-0000000000ff',
        catalog: 'AWSMarketplace',
        agreement: { id: 'agmt-1' },
        product: { code: PRODUCT, id: product.id },
        license: { arn: 'arn:aws:license-manager::294406891311:license:l-agmt-1' },
        ...PARTIES,
        offer,
      })
    })
  }
})

describe('an SNS message', () => {
  const NAMED = { 'customer-identifier': CUSTOMER, 'product-code': PRODUCT }
  const TABLE = [
    [
      'subscribeSuccess',
      { action: 'subscribe-success', ...NAMED, isFreeTrialTermPresent: 'false' },
    ],
    ['subscribeFail', { action: 'subscribe-fail', ...NAMED }],
    ['unsubscribePending', { action: 'unsubscribe-pending', ...NAMED }],
    ['unsubscribeSuccess', { action: 'unsubscribe-success', ...NAMED }],
    ['entitlementUpdated', { action: 'entitlement-updated', ...NAMED }],
  ] as const

  for (const [kind, message] of TABLE) {
    it(`is its JSON alone: ${message.action}`, () => {
      const { form, headers } = notificationOf(aNotice({ ...FACTS, kind }))
      assert.deepEqual(bodyOf({ ...FACTS, kind }), message)
      assert.equal(form, 'SNS')
      const topic = kind === 'entitlementUpdated' ? 'entitlement' : 'subscription'
      const arn = `arn:aws:sns:us-east-1:287250355862:aws-mp-${topic}-notification-${PRODUCT}`
      assert.equal(headers['x-amz-sns-topic-arn'], arn)
      assert.equal(headers['x-amz-sns-rawdelivery'], 'true')
    })
  }

  it('is the same text each time, like every event', () => {
    for (const kind of NOTICE_KINDS) {
      const notice = aNotice({ ...FACTS, kind })
      assert.deepEqual(notificationOf(notice), notificationOf(notice))
    }
  })
})

function bodyOf(facts: Partial<Notice>): unknown {
  return JSON.parse(notificationOf(aNotice(facts)).body)
}
