import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideChange } from './catalog-change.ts'
import { CatalogIndex } from './catalog-index.ts'
import { newNames } from './catalog-names.ts'
import type { Wanted, WantedAgreement, WantedEntitlement } from './catalog-wanted.ts'
import type { AgreementEntry } from './control-entries.ts'
import { ENTITLEMENTS_MAX } from './rules-entitlements.ts'
import type { AgreementId, InstantMs } from './usage.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z') as InstantMs
const SELLER = '111122223333'
const BUYER = '222233334444'

const GROUND: readonly Wanted[] = [
  { kind: 'seller', where: '', account: SELLER },
  { kind: 'buyer', where: '', account: BUYER },
  {
    ...{ kind: 'product', where: '', code: 'contract', seller: SELLER, contract: true },
    dimensions: [{ name: 'seats' }, { name: 'plan' }],
  },
  { kind: 'product', where: '', code: 'usage', seller: SELLER, dimensions: [{ name: 'seats' }] },
  agreement({
    id: 'agmt-held',
    product: 'contract',
    entitlements: [
      { dimension: 'seats', integer: 5 },
      { dimension: 'plan', string: 'gold' },
    ],
  }),
  agreement({ id: 'agmt-usage', product: 'usage' }),
]

function agreement(facts: Partial<WantedAgreement>): WantedAgreement {
  return { kind: 'agreement', where: 'a', buyer: BUYER, ...facts }
}

const all = (...entitlements: WantedEntitlement[]) => agreement({ id: 'agmt-held', entitlements })
const some = (...entitlementChanges: WantedEntitlement[]) =>
  agreement({ id: 'agmt-held', entitlementChanges })
const seats = (value: Omit<WantedEntitlement, 'dimension'>) => ({ dimension: 'seats', ...value })

/** What agmt-held entitles to after a wish, or all that is wrong with it. */
function after(wanted: Wanted, ...before: Wanted[]): string {
  const index = new CatalogIndex()
  apply(index, GROUND)
  apply(index, before)
  const decision = decideChange(
    index,
    [wanted],
    newNames(() => 0),
    NOW,
  )
  if (!decision.ok) return decision.problems.map(({ where, text }) => `${where}: ${text}`).join()
  if (decision.changes.length === 0) return 'no change'
  for (const change of decision.changes) index.put(change.after)
  const held: AgreementEntry | undefined = index.agreements.get('agmt-held' as AgreementId)
  return (held?.entitlements ?? []).map((one) => JSON.stringify(one)).join(' ') || 'nothing'
}

function apply(index: CatalogIndex, wanted: readonly Wanted[]): void {
  const decision = decideChange(
    index,
    wanted,
    newNames(() => 0),
    NOW,
  )
  assert.ok(decision.ok, JSON.stringify(decision))
  for (const change of decision.changes) index.put(change.after)
}

const GOLD = '{"dimension":"plan","string":"gold"}'
const many = Array.from({ length: ENTITLEMENTS_MAX + 1 }, (_, index) => `d${index}`)
const MORE: Wanted = {
  ...{ kind: 'product', where: '', code: 'contract' },
  dimensions: many.map((name) => ({ name })),
}
const valued = (count: number) =>
  many.slice(0, count).map((dimension) => ({ dimension, boolean: true }))

describe('the entitlements of an agreement', () => {
  const ROWS: readonly (readonly [string, Wanted, string | RegExp, Wanted?])[] = [
    [
      'the same list',
      all(seats({ integer: 5 }), { dimension: 'plan', string: 'gold' }),
      'no change',
    ],
    ['another list', all(seats({ boolean: true })), '{"dimension":"seats","boolean":true}'],
    ['an empty list', all(), 'nothing'],
    ['one changed', some(seats({ integer: 0 })), `{"dimension":"seats","integer":0} ${GOLD}`],
    ['one of another type', some(seats({ double: 0.5 })), /"double":0.5/],
    ['one removed', some(seats({ removed: true })), GOLD],
    ['the greatest integer', some(seats({ integer: 2_147_483_647 })), /2147483647/],
    [
      'one more',
      some(seats({ integer: 2_147_483_648 })),
      /integer: expected a whole number from 0/,
    ],
    ['less than nothing', some(seats({ integer: -1 })), /expected a whole number from 0/],
    ['a half', some(seats({ integer: 0.5 })), /expected a whole number/],
    ['an endless double', some(seats({ double: Infinity })), /double: expected a number/],
    ['a negative double', some(seats({ double: -1 })), /"double":-1/],
    ['an empty text', some(seats({ string: '' })), /string: expected text of 1 to 1,000/],
    ['a text of 1,000', some(seats({ string: 'x'.repeat(1_000) })), /x{1000}/],
    ['a text of 1,001', some(seats({ string: 'x'.repeat(1_001) })), /expected text of 1 to 1,000/],
    ['a text of two lines', some(seats({ string: 'a\nb' })), /on one line/],
    ['no value', some(seats({})), /needs one value/],
    ['two values', some(seats({ integer: 1, boolean: true })), /needs one value/],
    [
      'a dimension that is not there',
      some({ dimension: 'Seats', integer: 1 }),
      /has no dimension Seats/,
    ],
    [
      'a dimension twice',
      all(seats({ integer: 1 }), seats({ integer: 2 })),
      /seats stands there twice/,
    ],
    [
      'another product’s',
      agreement({ id: 'agmt-usage', entitlements: [seats({ integer: 1 })] }),
      /not sold by contract, and only such have entitlements/,
    ],
    [
      'an empty list where the product has none',
      agreement({ id: 'agmt-usage', entitlements: [] }),
      'no change',
    ],
    [
      'those of a cancelled agreement',
      some(seats({ integer: 1 })),
      /was cancelled, and entitles to nothing any more/,
      agreement({ id: 'agmt-held', status: 'cancelled' }),
    ],
    [
      'the same of a cancelled agreement, as its catalog file says them each time',
      all(seats({ integer: 5 }), { dimension: 'plan', string: 'gold' }),
      'no change',
      agreement({ id: 'agmt-held', status: 'cancelled' }),
    ],
    [
      'none of a cancelled agreement that has some',
      all(),
      /was cancelled, and entitles to nothing any more/,
      agreement({ id: 'agmt-held', status: 'cancelled' }),
    ],
    ['as many as there may be', all(...valued(ENTITLEMENTS_MAX)), /d199/, MORE],
    ['one more than there may be', all(...valued(ENTITLEMENTS_MAX + 1)), /200 at most/, MORE],
  ]
  for (const [name, wanted, answer, before] of ROWS) {
    it(`${name}: ${String(answer)}`, () => {
      const found = before === undefined ? after(wanted) : after(wanted, before)
      if (typeof answer === 'string') assert.equal(found, answer)
      else assert.match(found, answer)
    })
  }

  it('stay as they are when something else changes', () => {
    assert.match(after(agreement({ id: 'agmt-held', status: 'suspended' })), /"integer":5.*gold/)
    assert.match(after(agreement({ id: 'agmt-held', status: 'cancelled' })), /"integer":5.*gold/)
  })
})

describe('a product that is sold by contract', () => {
  const product = (code: string, contract: boolean): Wanted => ({
    ...{ kind: 'product', where: 'p', code, contract },
  })
  it('may become so, and stays so', () => {
    assert.match(after(product('usage', true)), /gold/)
    assert.equal(after(product('usage', false)), 'no change')
    assert.equal(after(product('contract', true)), 'no change')
    assert.match(after(product('contract', false)), /p.contract: .* stays so/)
  })
})
