import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { type CatalogDecision, decideChange } from './catalog-change.ts'
import { CatalogIndex } from './catalog-index.ts'
import { newNames } from './catalog-names.ts'
import type { Wanted, WantedInstant } from './catalog-wanted.ts'
import { type ControlEntry, entryKeyOf } from './control-entries.ts'
import { MS_PER_HOUR } from './hour.ts'
import type { InstantMs } from './usage.ts'

const NOW = 500_000 * MS_PER_HOUR
const SELLER = '111122223333'
const OTHER_SELLER = '111122224444'
const BUYER = '222233334444'
const OTHER_BUYER = '222233335555'
const PRODUCT = 'product'
const CONCURRENT = 'concurrent'
const LICENSE = 'arn:aws:license-manager::123456789012:license:l-1'
const KEY = 'AKIADEMODEMODEMODEMO'

/** The catalog that each row starts from. */
const GROUND: readonly Wanted[] = [
  { kind: 'seller', where: 's', account: SELLER, name: 'Seller' },
  { kind: 'seller', where: 's', account: OTHER_SELLER },
  { kind: 'buyer', where: 'b', account: BUYER, name: 'Buyer' },
  { kind: 'buyer', where: 'b', account: OTHER_BUYER },
  product({ dimensions: [{ name: 'requests', price: '0.005' }] }),
  product({ code: CONCURRENT, agreements: 'concurrent' }),
  { kind: 'customerIdentifier', where: 'c', seller: SELLER, identifier: 'CUST', buyer: BUYER },
  agreement({ id: 'agmt-open', licenseArn: LICENSE }),
  agreement({
    id: 'agmt-gone',
    buyer: OTHER_BUYER,
    status: 'cancelled',
    start: at(-9),
    end: at(-5),
  }),
  accessKey({}),
]

interface Row {
  readonly rule: string
  readonly wanted: Wanted | readonly Wanted[]
  /** `ok` with the number of entries changed, or what the sentence must say. */
  readonly answer: number | RegExp
}

const ROWS: Record<string, readonly Row[]> = {
  'sellers and buyers': [
    row('a new seller', { kind: 'seller', where: '', account: '999900001111' }, 1),
    row(
      'an account of eleven digits',
      { kind: 'seller', where: '', account: '99990000111' },
      /twelve digits/,
    ),
    row('another name', { kind: 'seller', where: '', account: SELLER, name: 'New' }, 1),
    row('the same name', { kind: 'seller', where: '', account: SELLER, name: 'Seller' }, 0),
    row(
      'a name of two lines',
      { kind: 'buyer', where: '', account: BUYER, name: 'a\nb' },
      /one line/,
    ),
    row(
      'a buyer with a live agreement retires',
      { kind: 'buyer', where: '', account: BUYER, retired: true },
      /agmt-open; cancel it first/,
    ),
    row(
      'a buyer whose agreement is over retires',
      { kind: 'buyer', where: '', account: OTHER_BUYER, retired: true },
      1,
    ),
    row(
      'a seller with products retires',
      { kind: 'seller', where: '', account: SELLER, retired: true },
      /still has product/,
    ),
    row(
      'a seller without products retires',
      { kind: 'seller', where: '', account: OTHER_SELLER, retired: true },
      1,
    ),
    row(
      'a buyer retires with its agreement',
      [
        { kind: 'buyer', where: '', account: BUYER, retired: true },
        { kind: 'agreement', where: '', id: 'agmt-open', status: 'cancelled' },
      ],
      2,
    ),
  ],
  'customer identifiers': [
    row(
      'the same again',
      { kind: 'customerIdentifier', where: '', seller: SELLER, identifier: 'CUST', buyer: BUYER },
      0,
    ),
    row(
      'another buyer',
      {
        kind: 'customerIdentifier',
        where: '',
        seller: SELLER,
        identifier: 'CUST',
        buyer: OTHER_BUYER,
      },
      /for ever; give buyer 222233335555 another one/,
    ),
    row(
      'the same text at another seller',
      {
        kind: 'customerIdentifier',
        where: '',
        seller: OTHER_SELLER,
        identifier: 'CUST',
        buyer: OTHER_BUYER,
      },
      1,
    ),
    row(
      'a second one for a buyer',
      { kind: 'customerIdentifier', where: '', seller: SELLER, identifier: 'CUST2', buyer: BUYER },
      1,
    ),
    row(
      'an unknown buyer',
      {
        kind: 'customerIdentifier',
        where: '',
        seller: SELLER,
        identifier: 'X',
        buyer: '999999999999',
      },
      /no buyer 999999999999/,
    ),
    row(
      'two buyers in one change',
      [
        { kind: 'customerIdentifier', where: '', seller: SELLER, identifier: 'N', buyer: BUYER },
        {
          kind: 'customerIdentifier',
          where: '',
          seller: SELLER,
          identifier: 'N',
          buyer: OTHER_BUYER,
        },
      ],
      /for ever/,
    ),
  ],
  products: [
    row('a new one without a code', { kind: 'product', where: '', seller: SELLER }, 1),
    row(
      'a new one without a seller',
      { kind: 'product', where: '', code: 'new' },
      /needs its seller/,
    ),
    row(
      'another seller',
      product({ seller: OTHER_SELLER }),
      /belongs to seller 111122223333 for ever/,
    ),
    row('an unknown seller', product({ code: 'new', seller: '999999999999' }), /no seller/),
    row('a code with a #', product({ code: 'a#b' }), /a product code/),
    row('metered by another operation', product({ meteredBy: 'MeterUsage' }), /for ever/),
    row('a new dimension', product({ dimensions: [{ name: 'new' }] }), 1),
    row('the same dimension', product({ dimensions: [{ name: 'requests', price: '0.005' }] }), 0),
    row(
      'a price of four decimals',
      product({ dimensions: [{ name: 'new', price: '0.0005' }] }),
      /three decimals/,
    ),
    row(
      'with a live agreement retires',
      product({ retired: true }),
      /1 live agreements, such as agmt-open/,
    ),
    row('metered by MeterUsage', product({ code: 'new', meteredBy: 'MeterUsage' }), 1),
    row(
      'metered by MeterUsage, with concurrent agreements',
      product({ code: 'new', meteredBy: 'MeterUsage', agreements: 'concurrent' }),
      /has single agreements/,
    ),
    row(
      'metered by MeterUsage, one resource a buyer',
      product({ code: 'new', meteredBy: 'MeterUsage', oneResourcePerBuyer: true }),
      1,
    ),
    row(
      'one resource a buyer by batch',
      product({ code: 'new', oneResourcePerBuyer: true }),
      /only a product that MeterUsage meters/,
    ),
    row(
      'one resource a buyer, later',
      [
        product({ code: 'new', meteredBy: 'MeterUsage' }),
        product({ code: 'new', oneResourcePerBuyer: true }),
      ],
      /is for ever/,
    ),
    row(
      'one resource a buyer, no longer',
      [
        product({ code: 'new', meteredBy: 'MeterUsage', oneResourcePerBuyer: true }),
        product({ code: 'new', oneResourcePerBuyer: false }),
      ],
      /is for ever/,
    ),
    row(
      'one resource a buyer, not said again',
      [
        product({ code: 'new', meteredBy: 'MeterUsage', oneResourcePerBuyer: true }),
        product({ code: 'new', name: 'New' }),
      ],
      1,
    ),
    row('without agreements retires', product({ code: CONCURRENT, retired: true }), 1),
  ],
  'concurrent agreements': [
    row(
      'from an hour one hour ahead',
      product({ agreements: 'concurrent', concurrentFromMs: ms(1) }),
      1,
    ),
    row(
      'from this hour',
      product({ agreements: 'concurrent', concurrentFromMs: ms(0) }),
      /one hour from now/,
    ),
    row(
      'from half past',
      product({ agreements: 'concurrent', concurrentFromMs: ms(1.5) }),
      /whole hour/,
    ),
    row('without an hour', product({ agreements: 'concurrent' }), /name the hour/),
    row('and back', product({ code: CONCURRENT, agreements: 'single' }), /for ever/),
    row('the same again', product({ code: CONCURRENT, agreements: 'concurrent' }), 0),
    row('another hour', product({ code: CONCURRENT, concurrentFromMs: ms(5) }), /set once/),
    row('the new integration', product({ integration: 'new' }), 1),
    row('the legacy one, which it has', product({ integration: 'legacy' }), 0),
    row(
      'the new integration and back',
      [product({ integration: 'new' }), product({ integration: 'legacy' })],
      /for ever; list a new product/,
    ),
    row(
      'legacy with concurrent agreements',
      product({ code: CONCURRENT, integration: 'legacy' }),
      /need the new integration/,
    ),
    row(
      'new with concurrent agreements, as it is',
      product({ code: CONCURRENT, integration: 'new' }),
      0,
    ),
    row(
      'a fulfilment URL with origins',
      product({ fulfilmentUrl: 'https://a.example', redirectOrigins: ['https://b.example'] }),
      1,
    ),
    row('none where there is none', product({ fulfilmentUrl: null, redirectOrigins: [] }), 0),
    row(
      'a fulfilment URL to another machine by http',
      product({ fulfilmentUrl: 'http://a.example' }),
      /a fulfilment URL such as/,
    ),
    row(
      'an origin with a path',
      product({ fulfilmentUrl: 'https://a.example', redirectOrigins: ['https://b.example/c'] }),
      /an origin such as/,
    ),
    row(
      'twenty origins',
      product({ fulfilmentUrl: 'https://a.example', redirectOrigins: origins(20) }),
      1,
    ),
    row(
      'twenty-one',
      product({ fulfilmentUrl: 'https://a.example', redirectOrigins: origins(21) }),
      /at most 20/,
    ),
    row(
      'origins without a URL',
      product({ redirectOrigins: ['https://b.example'] }),
      /stand beside a fulfilment URL/,
    ),
    row(
      'the URL taken away and its origins left',
      [
        product({ fulfilmentUrl: 'https://a.example', redirectOrigins: ['https://b.example'] }),
        product({ fulfilmentUrl: null }),
      ],
      /stand beside a fulfilment URL/,
    ),
    row(
      'a new product, from an hour of the past',
      product({ code: 'new', concurrentFromMs: ms(-5) }),
      1,
    ),
    row(
      'single with an hour',
      product({ agreements: 'single', concurrentFromMs: ms(5) }),
      /only a product with concurrent/,
    ),
  ],
  'agreements with what is retired': [
    row(
      'a live one',
      [product({ code: CONCURRENT, retired: true }), agreement({ product: CONCURRENT })],
      /is retired and takes no agreement/,
    ),
    row(
      'one that is over',
      [
        product({ code: CONCURRENT, retired: true }),
        agreement({ product: CONCURRENT, end: at(-1) }),
      ],
      2,
    ),
    row(
      'a live one of a retired buyer',
      [
        { kind: 'buyer', where: '', account: OTHER_BUYER, retired: true },
        agreement({ buyer: OTHER_BUYER }),
      ],
      /buyer 222233335555/,
    ),
  ],
  'fixed parties of agreements': [
    row('the same again by license', agreement({ licenseArn: LICENSE }), 0),
    row(
      'another buyer',
      agreement({ licenseArn: LICENSE, buyer: OTHER_BUYER }),
      /has buyer 222233334444 for ever/,
    ),
    row(
      'another product',
      agreement({ licenseArn: LICENSE, product: CONCURRENT }),
      /has product product for ever/,
    ),
    row(
      'another license',
      agreement({ id: 'agmt-open', licenseArn: `${LICENSE}2` }),
      /has license .* for ever/,
    ),
    row(
      'a license that is taken',
      agreement({ id: 'agmt-new', licenseArn: LICENSE }),
      /belongs to agreement agmt-open for ever/,
    ),
    row(
      'an ARN without its arn:',
      agreement({ licenseArn: 'aws:license-manager:x' }),
      /a license ARN/,
    ),
    row(
      'a new one without a buyer',
      { kind: 'agreement', where: '', product: PRODUCT },
      /needs its product and its buyer/,
    ),
    row('for a product that is not there', agreement({ product: 'none' }), /no product none/),
  ],
  'one at a time': [
    row('a second beside an open one', agreement({}), /overlaps agmt-open/),
    row(
      'a second after the end of the first',
      [agreement({ id: 'agmt-open', end: at(2) }), agreement({ start: at(2) })],
      2,
    ),
    row(
      'a second from a minute before',
      [agreement({ id: 'agmt-open', end: at(2) }), agreement({ start: at(1.99) })],
      /overlaps/,
    ),
    row(
      'a second beside a suspended one',
      [agreement({ id: 'agmt-open', status: 'suspended' }), agreement({})],
      /overlaps/,
    ),
    row(
      'a second once the first is cancelled',
      [agreement({ id: 'agmt-open', status: 'cancelled' }), agreement({ start: at(0) })],
      2,
    ),
    row(
      'two of a concurrent product',
      [agreement({ product: CONCURRENT }), agreement({ product: CONCURRENT })],
      2,
    ),
    row(
      'two from the hour that it becomes so',
      [product({ agreements: 'concurrent', concurrentFromMs: ms(3) }), agreement({ start: at(3) })],
      2,
    ),
    row(
      'two from before that hour',
      [product({ agreements: 'concurrent', concurrentFromMs: ms(3) }), agreement({ start: at(2) })],
      /overlaps/,
    ),
  ],
  'dates and states': [
    row('a renewal moves the end', agreement({ id: 'agmt-open', end: at(50) }), 1),
    row(
      'an end before the start',
      agreement({ id: 'agmt-open', end: at(-100) }),
      /before it starts/,
    ),
    row(
      'a relative end of what is there',
      agreement({ id: 'agmt-open', end: { ...at(5), onlyIfNew: true } }),
      0,
    ),
    row('suspended', agreement({ id: 'agmt-open', status: 'suspended' }), 1),
    row('cancelled', agreement({ id: 'agmt-open', status: 'cancelled' }), 1),
    row(
      'cancelled from tomorrow',
      agreement({ id: 'agmt-open', status: 'cancelled', end: at(24) }),
      /takes effect at once/,
    ),
    row(
      'cancelled before today',
      agreement({ id: 'agmt-open', status: 'cancelled', end: at(-1) }),
      1,
    ),
    row(
      'active after it was cancelled',
      { kind: 'agreement', where: '', id: 'agmt-gone', status: 'active' },
      /stays so; make a new one/,
    ),
    row(
      'cancelled again',
      { kind: 'agreement', where: '', id: 'agmt-gone', status: 'cancelled' },
      0,
    ),
    row(
      'another end after it was cancelled',
      { kind: 'agreement', where: '', id: 'agmt-gone', end: at(1) },
      /its dates stay/,
    ),
  ],
  'access keys': [
    row('a second', accessKey({ id: 'AKIASECONDSECONDSECO' }), 1),
    row(
      'a third',
      [accessKey({ id: 'AKIASECONDSECONDSECO' }), accessKey({ id: 'AKIATHIRDTHIRDTHIRDT' })],
      /may have 2 active keys/,
    ),
    row(
      'a third that is disabled',
      [
        accessKey({ id: 'AKIASECONDSECONDSECO' }),
        accessKey({ id: 'AKIATHIRDTHIRDTHIRDT', status: 'disabled' }),
      ],
      2,
    ),
    row(
      'a third that is temporary',
      [
        accessKey({ id: 'AKIASECONDSECONDSECO' }),
        accessKey({
          id: 'ASIATHIRDTHIRDTHIRDT',
          temporary: { expiresMs: ms(1), sessionTokenHash: 'h' },
        }),
      ],
      2,
    ),
    row(
      'of another account',
      accessKey({ account: OTHER_SELLER }),
      /belongs to account 111122223333 for ever/,
    ),
    row(
      'of an unknown account',
      accessKey({ id: 'AKIASECONDSECONDSECO', account: '999999999999' }),
      /no seller or buyer/,
    ),
    row('disabled', { kind: 'accessKey', where: '', id: KEY, status: 'disabled' }, 1),
    row(
      'unknown',
      { kind: 'accessKey', where: '', id: 'AKIAUNKNOWNUNKNOWNUN', status: 'disabled' },
      /no access key/,
    ),
    row('another secret for the same key', accessKey({ secret: 'other' }), 0),
    row('encrypted anew', { kind: 'reencryption', where: '', id: KEY, secret: 'other' }, 1),
    row(
      'expired and active',
      accessKey({
        id: 'ASIATHIRDTHIRDTHIRDT',
        temporary: { expiresMs: ms(0), sessionTokenHash: 'h' },
      }),
      /has expired/,
    ),
  ],
  tokens: [
    row('a new one', { kind: 'adminToken', where: '', id: 'tok-1', hash: 'h' }, 1),
    row(
      'an unknown one is revoked',
      { kind: 'adminToken', where: '', id: 'tok-2', revoked: true },
      /no token tok-2/,
    ),
    row(
      'for a seller that is not there',
      { kind: 'adminToken', where: '', id: 'tok-1', hash: 'h', seller: '999999999999' },
      /no seller/,
    ),
    row(
      'revoked and back',
      [
        { kind: 'adminToken', where: '', id: 'tok-1', hash: 'h', revoked: true },
        { kind: 'adminToken', where: '', id: 'tok-1', revoked: false },
      ],
      /stays so/,
    ),
  ],
  'the purpose of the ledger': [
    row(
      'a used one becomes a demo',
      { kind: 'purpose', where: '', purpose: 'demo' },
      /only an empty ledger/,
    ),
  ],
}

for (const [group, rows] of Object.entries(ROWS)) {
  describe(group, () => {
    for (const { rule, wanted, answer } of rows) {
      const says = typeof answer === 'number' ? `${answer} changed` : answer.source
      it(`${rule}: ${says}`, () => {
        const decision = decide(ground(), [wanted].flat())
        if (typeof answer === 'number') assert.equal(changedCount(decision), answer)
        else assert.match(problemsOf(decision), answer)
      })
    }
  })
}

test('a used ledger that is none yet can become a production one', () => {
  const wanted = [{ kind: 'purpose', where: '', purpose: 'production' }] as const
  assert.equal(changedCount(decide(ground(), wanted)), 1)
})

test('an empty ledger can become a demo, and the demo stays one', () => {
  const index = new CatalogIndex()
  const demo = { kind: 'purpose', where: '', purpose: 'demo' } as const
  put(index, decide(index, [demo]))
  assert.equal(changedCount(decide(index, [demo])), 0)
  assert.match(
    problemsOf(decide(index, [{ ...demo, purpose: 'production' }])),
    /demo ledger for ever/,
  )
})

test('a cancellation ends the agreement now, or when it had ended', () => {
  const cancel = { kind: 'agreement', where: '', id: 'agmt-open', status: 'cancelled' } as const
  const index = ground()
  put(index, decide(index, [cancel]))
  assert.equal(index.agreements.get(cancel.id as never)?.endMs, NOW)
  const over = ground()
  put(over, decide(over, [agreement({ id: 'agmt-open', end: at(-1) })]))
  put(over, decide(over, [cancel]))
  assert.equal(over.agreements.get(cancel.id as never)?.endMs, NOW - MS_PER_HOUR)
})

test('a revocation of tokens stays through other changes, and is never taken back by a clock that was', () => {
  const marked = { kind: 'agreement', where: '', id: 'agmt-open' } as const
  const index = ground()
  const markAfter = (nowMs: InstantMs, ...wanted: readonly Wanted[]) => {
    put(index, decide(index, wanted, nowMs))
    return index.agreements.get(marked.id as never)?.tokensRevokedMs
  }
  const later = (NOW + 1) as InstantMs
  assert.equal(markAfter(later, { ...marked, revokesTokens: true }), later)
  assert.equal(markAfter(NOW as InstantMs, { ...marked, revokesTokens: true }), later)
  assert.equal(markAfter(later, { ...marked, status: 'cancelled' }), later)
  const muchLater = (NOW + MS_PER_HOUR) as InstantMs
  assert.equal(markAfter(muchLater, { ...marked, revokesTokens: true }), muchLater)
})

test('all problems are told at once, and nothing is changed', () => {
  const decision = decide(ground(), [
    { kind: 'seller', where: 'one', account: 'x' },
    { kind: 'buyer', where: 'two', account: 'y' },
    { kind: 'buyer', where: 'three', account: '333333333333' },
  ])
  assert.ok(!decision.ok)
  assert.deepEqual(
    decision.problems.map(({ where }) => where),
    ['one.account', 'two.account'],
  )
})

test('one problem does not make problems of what rests on it', () => {
  const decision = decide(ground(), [
    { kind: 'buyer', where: 'one', account: '333333333333', name: 'a\nb' },
    { kind: 'buyer', where: 'two', account: 'y' },
    product({ code: 'new', dimensions: [{ name: 'requests', price: 'free' }] }),
    agreement({ product: 'new', buyer: '333333333333' }),
    {
      kind: 'customerIdentifier',
      where: '',
      seller: SELLER,
      identifier: 'N',
      buyer: '333333333333',
    },
  ])
  assert.ok(!decision.ok)
  assert.deepEqual(
    decision.problems.map(({ where }) => where),
    ['one.name', 'two.account', '.dimensions[0].price'],
  )
})

test('the same wish again, at any later time, changes nothing', () => {
  fc.assert(
    fc.property(wishesThatAgree(), fc.nat(1_000), (wanted, hours) => {
      const index = ground()
      const first = decide(index, wanted)
      if (!first.ok) return
      put(index, first)
      const again = decide(index, wanted, NOW + hours * MS_PER_HOUR)
      // A wish for something new without a name is a new thing each time; these all have names.
      assert.deepEqual(again, { ok: true, changes: [] })
    }),
    { numRuns: 500 },
  )
})

/** Two wishes for one product or agreement may contradict each other, and then the list is another one the second time. */
function wishesThatAgree(): fc.Arbitrary<Wanted[]> {
  return fc.uniqueArray(anyWanted(), {
    maxLength: 12,
    comparator: (one, other) =>
      (one.kind === 'product' && other.kind === 'product' && one.code === other.code) ||
      (one.kind === 'agreement' && other.kind === 'agreement' && one.id === other.id),
  })
}

test('what keys are built from never changes, whatever is applied', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyWanted(), { maxLength: 6 }), { maxLength: 12 }), (changes) => {
      const index = ground()
      const bound = new Map<string, string>()
      for (const [hours, wanted] of changes.entries()) {
        const decision = decide(index, wanted, NOW + hours * MS_PER_HOUR)
        if (!decision.ok) continue
        put(index, decision)
        for (const { after } of decision.changes) {
          for (const [name, value] of bindingsOf(after)) {
            assert.equal(bound.get(name) ?? value, value)
            bound.set(name, value)
          }
        }
      }
    }),
    { numRuns: 500 },
  )
})

function bindingsOf(entry: ControlEntry): [string, string][] {
  const key = `${entry.kind} ${entryKeyOf(entry)}`
  switch (entry.kind) {
    case 'product':
      return [[key, `${entry.seller} ${entry.meteredBy}`]]
    case 'customerIdentifier':
      return [[key, entry.buyer]]
    case 'agreement':
      return [
        [key, `${entry.licenseArn} ${entry.product} ${entry.buyer}`],
        [entry.licenseArn, `${entry.product} ${entry.buyer}`],
      ]
    default:
      return []
  }
}

/** Wishes that collide often: few names, all members, each with a name. */
function anyWanted(): fc.Arbitrary<Wanted> {
  const where = fc.constant('')
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
  const seller = fc.constantFrom(SELLER, OTHER_SELLER)
  const buyer = fc.constantFrom(BUYER, OTHER_BUYER)
  const code = fc.constantFrom(PRODUCT, CONCURRENT, 'third')
  const instant = fc
    .record({ hours: fc.integer({ min: -20, max: 20 }), onlyIfNew: fc.boolean() })
    .map(({ hours, onlyIfNew }) => ({ ms: ms(hours), onlyIfNew }))
  return fc.oneof(
    fc.record({
      kind: fc.constant('seller'),
      where,
      account: seller,
      retired: optional(fc.boolean()),
    }),
    fc.record({
      kind: fc.constant('buyer'),
      where,
      account: buyer,
      retired: optional(fc.boolean()),
    }),
    fc.record({
      kind: fc.constant('product'),
      where,
      code,
      seller: optional(seller),
      agreements: optional(fc.constantFrom('single', 'concurrent')),
      concurrentFromMs: optional(fc.integer({ min: -3, max: 9 }).map(ms)),
      integration: optional(fc.constantFrom('legacy', 'new')),
      fulfilmentUrl: optional(fc.constantFrom(null, 'https://a.example', 'HTTPS://B.example')),
      retired: optional(fc.boolean()),
    }),
    fc.record({
      kind: fc.constant('customerIdentifier'),
      where,
      seller,
      identifier: fc.constantFrom('CUST', 'CUST2'),
      buyer,
    }),
    fc.record({
      kind: fc.constant('agreement'),
      where,
      id: fc.constantFrom('agmt-open', 'agmt-gone', 'agmt-a', 'agmt-b'),
      licenseArn: optional(fc.constantFrom(LICENSE, `${LICENSE}2`)),
      product: optional(code),
      buyer: optional(buyer),
      start: optional(instant),
      end: optional(fc.oneof(instant, fc.constant('never' as const))),
      status: optional(fc.constantFrom('active', 'cancelled', 'suspended')),
    }),
  )
}

function ground(): CatalogIndex {
  const index = new CatalogIndex()
  const decision = decide(index, GROUND)
  assert.deepEqual(problemsOf(decision), '')
  put(index, decision)
  return index
}

/** Runs on from decision to decision: names made in two of them must differ, as they do by chance. */
let drawn = 0

function decide(index: CatalogIndex, wanted: readonly Wanted[], nowMs = NOW): CatalogDecision {
  const names = newNames((limit) => (drawn = (drawn * 31 + 7) % 1_000_003) % limit)
  return decideChange(index, wanted, names, nowMs as InstantMs)
}

function put(index: CatalogIndex, decision: CatalogDecision): void {
  if (decision.ok) for (const { after } of decision.changes) index.put(after)
}

function changedCount(decision: CatalogDecision): number {
  assert.deepEqual(problemsOf(decision), '')
  return decision.ok ? decision.changes.length : -1
}

function problemsOf(decision: CatalogDecision): string {
  return decision.ok ? '' : decision.problems.map(({ text }) => text).join('\n')
}

function row(rule: string, wanted: Row['wanted'], answer: Row['answer']): Row {
  return { rule, wanted, answer }
}

function product(members: Partial<Extract<Wanted, { kind: 'product' }>>): Wanted {
  return { kind: 'product', where: '', code: PRODUCT, seller: SELLER, ...members }
}

function agreement(members: Partial<Extract<Wanted, { kind: 'agreement' }>>): Wanted {
  const named = members.id === 'agmt-open' || members.licenseArn === LICENSE
  const start = named && members.id !== 'agmt-open' ? {} : { start: at(-10) }
  const parties = { product: PRODUCT, buyer: BUYER }
  return { kind: 'agreement', where: '', ...parties, ...start, ...members }
}

function origins(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `https://${'a'.repeat(index + 1)}.example`)
}

function accessKey(members: Partial<Extract<Wanted, { kind: 'accessKey' }>>): Wanted {
  return { kind: 'accessKey', where: '', id: KEY, account: SELLER, secret: 'sealed', ...members }
}

/** Hours from now. */
function ms(hours: number): InstantMs {
  return (NOW + hours * MS_PER_HOUR) as InstantMs
}

function at(hours: number): WantedInstant {
  return { ms: ms(hours), onlyIfNew: false }
}
