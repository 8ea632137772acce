/**
 * What a seller is told of each change of an agreement, now and later. The changes are made by the rules of the catalog.
 *
 * Read each row as: upon an agreement like this (`none`, `7:00-` without an end, `7:00-9:00` over, `9:00-15:00` with one to
 * come, `13:00-` not yet begun), at noon, this change makes these notices. `@15:00` is when one becomes true, without
 * it at once, and `?` follows those that are asked about again by then.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aCustomerIdentifier,
  anAgreement,
  aProduct,
  at,
  BUYER,
  DIMENSION,
  NOON,
  PRODUCT,
  SELLER,
} from '../testing/builders.ts'
import { decideChange } from './catalog-change.ts'
import { CatalogIndex } from './catalog-index.ts'
import { newNames } from './catalog-names.ts'
import type { Wanted, WantedAgreement } from './catalog-wanted.ts'
import { usageHourOf } from './hour.ts'
import type { Notice } from './notice.ts'
import { noticesOfChange } from './notices-of-change.ts'
import type { InstantMs } from './usage.ts'

const BEGINS = 'licenseUpdated subscribeSuccess'
const ENDS =
  'agreementEnded@15:00? licenseDeprovisioned@15:00? unsubscribePending@15:00? unsubscribeSuccess@15:00?'
const CANCELLED = 'agreementEnded licenseDeprovisioned unsubscribePending unsubscribeSuccess@12:00?'

const TABLE: readonly (readonly [before: string, change: string, told: string])[] = [
  ['none', 'buy 12:00-', `agreementCreated ${BEGINS}`],
  ['none', 'buy 12:00-15:00', `agreementCreated ${BEGINS} ${ENDS}`],
  ['none', 'buy 13:00-', `agreementCreated licenseUpdated@13:00? subscribeSuccess@13:00?`],
  ['none', 'buy 7:00-9:00', ''],
  ['7:00-', 'end 15:00', `agreementAmended licenseUpdated ${ENDS}`],
  ['9:00-15:00', 'end never', 'agreementAmended licenseUpdated'],
  ['9:00-15:00', 'end 15:00', ''],
  ['9:00-16:00', 'end 15:00', `agreementAmended licenseUpdated ${ENDS}`],
  ['7:00-9:00', 'end 15:00', `agreementAmended licenseUpdated subscribeSuccess ${ENDS}`],
  ['7:00-9:00', 'end 10:00', 'agreementAmended'],
  [
    '7:00-',
    'end 11:00',
    'agreementAmended agreementEnded licenseDeprovisioned unsubscribePending unsubscribeSuccess@11:00?',
  ],
  ['7:00-', 'cancelled', CANCELLED],
  ['9:00-15:00', 'cancelled', CANCELLED],
  ['7:00-9:00', 'cancelled', ''],
  ['13:00-', 'cancelled', 'agreementEnded subscribeFail'],
  ['7:00-', 'suspended', ''],
  ['7:00-', 'active', ''],
]

describe('what a change tells', () => {
  for (const [before, change, expected] of TABLE) {
    it(`${before}, ${change}: ${expected || 'nothing'}`, () => {
      assert.equal(spelled(told(world(before), [wishOf(change)])), expected)
    })
  }

  it('nothing, of a seller without a webhook', () => {
    const index = world('7:00-')
    index.put({ kind: 'seller', account: SELLER, name: '', retired: false })
    assert.deepEqual(told(index, [wishOf('cancelled')]), [])
  })

  it('nothing, when registration tokens are revoked', () => {
    const wish = { kind: 'agreement', where: '', id: 'agmt-1', revokesTokens: true } as const
    assert.deepEqual(told(world('9:00-15:00'), [wish]), [])
  })

  it('no older message, of a buyer that has no customer identifier', () => {
    const index = world('none', false)
    const notices = told(index, [wishOf('buy 12:00-')])
    assert.equal(spelled(notices), 'agreementCreated licenseUpdated')
    assert.ok(notices.every((notice) => notice.customerIdentifier === undefined))
  })

  it('no older message, of a product with concurrent agreements', () => {
    const index = world('none')
    index.put(aProduct({ concurrentFromHour: usageHourOf(NOON) }))
    assert.equal(spelled(told(index, [wishOf('buy 12:00-')])), 'agreementCreated licenseUpdated')
    index.put(aProduct({ concurrentFromHour: usageHourOf(clock('13:00')) }))
    assert.equal(spelled(told(index, [wishOf('buy 12:00-')])), `agreementCreated ${BEGINS}`)
  })

  it('that entitlements changed, of a product sold by contract', () => {
    const index = world('9:00-15:00')
    index.put(aProduct({ contract: true }))
    const wish = { kind: 'agreement', where: '', id: 'agmt-1' } as const
    const entitlements = [{ dimension: DIMENSION, integer: 5 }]
    const updated = 'licenseUpdated entitlementUpdated'
    assert.equal(spelled(told(index, [{ ...wish, entitlements }])), updated)
    assert.equal(spelled(told(index, [wishOf('end never')])), `agreementAmended ${updated}`)
    assert.match(spelled(told(index, [wishOf('cancelled')])), / entitlementUpdated /)
    index.put(aProduct({ contract: true, integration: 'new' }))
    assert.equal(spelled(told(index, [{ ...wish, entitlements }])), 'licenseUpdated')
  })

  it('the ends that are to come, to a webhook that is new', () => {
    const index = world('9:00-15:00')
    index.put({ kind: 'seller', account: SELLER, name: '', retired: false })
    const wish = { kind: 'seller', where: '', account: SELLER } as const
    const url = 'https://seller.example/'
    assert.equal(spelled(told(index, [{ ...wish, webhook: url }])), ENDS)
    index.put({ kind: 'seller', account: SELLER, name: '', retired: false, webhook: { url } })
    assert.deepEqual(told(index, [{ ...wish, webhook: 'https://another.example/' }]), [])
  })

  it('each by an id of its own, and all of a change by one request id', () => {
    const notices = told(world('none'), [wishOf('buy 12:00-15:00')])
    assert.equal(new Set(notices.map(({ id }) => id)).size, notices.length)
    assert.equal(new Set(notices.map(({ requestId }) => requestId)).size, 1)
    assert.deepEqual(
      notices.map(({ seller, buyer, product }) => [seller, buyer, product]),
      notices.map(() => [SELLER, BUYER, PRODUCT]),
    )
  })
})

function world(before: string, isNamed = true): CatalogIndex {
  const index = new CatalogIndex()
  const webhook = { url: 'https://seller.example/hook' }
  index.put({ kind: 'seller', account: SELLER, name: '', retired: false, webhook })
  index.put({ kind: 'buyer', account: BUYER, name: '', retired: false })
  index.put(aProduct())
  if (isNamed) index.put(aCustomerIdentifier())
  if (before === 'none') return index
  const { startMs, endMs } = spanOf(before)
  index.put(anAgreement({ startMs, ...(endMs !== undefined && { endMs }) }))
  return index
}

function told(index: CatalogIndex, wanted: readonly Wanted[]): readonly Notice[] {
  const decision = decideChange(
    index,
    wanted,
    newNames(() => 0),
    NOON,
  )
  assert.ok(decision.ok, JSON.stringify(decision))
  let count = 0
  return noticesOfChange(decision.changes, index, NOON, () => `id-${++count}`)
}

function wishOf(change: string): WantedAgreement {
  const [verb = '', facts = ''] = change.split(' ')
  if (verb === 'buy') {
    const { startMs, endMs } = spanOf(facts)
    const start = { ms: startMs, onlyIfNew: false }
    const end = endMs === undefined ? undefined : { ms: endMs, onlyIfNew: false }
    return { kind: 'agreement', where: '', product: PRODUCT, buyer: BUYER, start, end }
  }
  const named = { kind: 'agreement', where: '', id: 'agmt-1' } as const
  if (verb !== 'end') return { ...named, status: verb as 'active' | 'cancelled' | 'suspended' }
  return { ...named, end: facts === 'never' ? facts : { ms: clock(facts), onlyIfNew: false } }
}

function spanOf(text: string): { readonly startMs: InstantMs; readonly endMs?: InstantMs } {
  const [start = '', end = ''] = text.split('-')
  return { startMs: clock(start), ...(end !== '' && { endMs: clock(end) }) }
}

function spelled(notices: readonly Notice[]): string {
  return notices
    .map(({ kind, dueMs, onlyIf }) => {
      const isLater = dueMs !== NOON || onlyIf !== undefined
      return `${kind}${isLater ? `@${timeText(dueMs)}` : ''}${onlyIf === undefined ? '' : '?'}`
    })
    .join(' ')
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16)
}

function clock(text: string): InstantMs {
  return at(`2026-11-23T${text.padStart(5, '0')}:00.000Z`)
}
