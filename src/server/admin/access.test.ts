import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  addNotice,
  BUYER,
  NOTIFICATION,
  openAdmin,
  OTHER,
  OTHERS_BUYER,
  OWN,
} from './admin-server.spec.ts'

/** What each kind of caller is answered; `own` and `other` are sellers, and the thing is `own`'s. */
interface Row {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly operator: number
  readonly operatorReads: number
  readonly own: number
  readonly ownReads: number
  readonly other: number
}

type Statuses = readonly [
  operator: number,
  operatorReads: number,
  own: number,
  ownReads: number,
  other: number,
]

function row(route: string, statuses: Statuses, body?: unknown): Row {
  const [method = '', path = ''] = route.split(' ')
  const [operator, operatorReads, own, ownReads, other] = statuses
  return { method, path, body, operator, operatorReads, own, ownReads, other }
}

const LIST: Statuses = [200, 200, 200, 200, 200]
const READ_OWN: Statuses = [200, 200, 200, 200, 404]
const OPERATORS_READ: Statuses = [200, 200, 403, 403, 403]
const CHANGE_OWN: Statuses = [200, 403, 200, 403, 404]
const OPERATORS_CHANGE: Statuses = [200, 403, 403, 403, 403]
const OPERATORS_MAKE: Statuses = [201, 403, 403, 403, 403]

const END = '2026-12-01T00:00Z'

/** One row or more for each route; a route without one fails below. */
const ROWS: readonly Row[] = [
  row('GET /v1/sellers', LIST),
  row(`GET /v1/sellers/${OWN}`, READ_OWN),
  row('POST /v1/sellers', OPERATORS_MAKE, { account: '555555555555' }),
  row(`PATCH /v1/sellers/${OWN}`, OPERATORS_CHANGE, { name: 'Another' }),
  row(`PUT /v1/sellers/${OWN}/webhook`, CHANGE_OWN, { url: 'https://seller.example/hook' }),
  row('GET /v1/buyers', LIST),
  row(`GET /v1/buyers/${BUYER}`, READ_OWN),
  row('POST /v1/buyers', OPERATORS_MAKE, { account: '555555555555' }),
  row(`PATCH /v1/buyers/${BUYER}`, OPERATORS_CHANGE, { name: 'Another' }),
  row('GET /v1/customer-identifiers', LIST),
  row(`GET /v1/customer-identifiers?seller=${OWN}`, READ_OWN),
  row('POST /v1/customer-identifiers', [201, 403, 201, 403, 404], { seller: OWN, buyer: BUYER }),
  // Who deals with whom first is for operators, or for the buyer, to say.
  row('POST /v1/customer-identifiers', [201, 403, 404, 403, 404], {
    seller: OWN,
    buyer: OTHERS_BUYER,
  }),
  row('GET /v1/products', LIST),
  row(`GET /v1/products?seller=${OWN}`, READ_OWN),
  row('GET /v1/products/own-product', READ_OWN),
  row('POST /v1/products', [201, 403, 201, 403, 404], { seller: OWN, name: 'New' }),
  row('POST /v1/products', [201, 403, 403, 403, 404], { seller: OWN, code: 'chosen-code' }),
  row('PATCH /v1/products/own-product', CHANGE_OWN, { dimensions: [{ name: 'storage' }] }),
  row('GET /v1/products/own-product/public-keys', READ_OWN),
  // The product is not metered by MeterUsage: refused to who may, and not found to who may not.
  row('POST /v1/products/own-product/public-keys', [422, 403, 422, 403, 404]),
  row('GET /v1/usage-registrations', LIST),
  row(`GET /v1/usage-registrations?seller=${OWN}`, READ_OWN),
  row('GET /v1/agreements', LIST),
  row(`GET /v1/agreements?seller=${OWN}`, READ_OWN),
  row('GET /v1/agreements/agmt-own', READ_OWN),
  row('POST /v1/agreements', [201, 403, 201, 403, 404], {
    product: 'own-product',
    buyer: BUYER,
    start: '2026-01-01T00:00Z',
    end: '2026-02-01T00:00Z',
  }),
  row('POST /v1/agreements', [201, 403, 404, 403, 404], {
    product: 'own-product',
    buyer: OTHERS_BUYER,
  }),
  row('POST /v1/agreements', [201, 403, 403, 403, 403], {
    product: 'own-product',
    buyer: OTHERS_BUYER,
    licenseArn: 'arn:aws:license-manager::123456789012:license:l-0123456789abcdef0123456789abcdef',
  }),
  row('PATCH /v1/agreements/agmt-own', CHANGE_OWN, { end: END }),
  row('PUT /v1/agreements/agmt-own/entitlements', CHANGE_OWN, { entitlements: [] }),
  row('POST /v1/agreements/agmt-own/cancel', CHANGE_OWN),
  row('POST /v1/agreements/agmt-own/suspend', CHANGE_OWN),
  row('POST /v1/agreements/agmt-own/resume', CHANGE_OWN),
  row('POST /v1/registration-tokens', [201, 403, 201, 403, 404], {
    product: 'own-product',
    buyer: BUYER,
  }),
  row('POST /v1/registration-tokens/revoke', [200, 403, 200, 403, 404], {
    product: 'own-product',
    buyer: BUYER,
  }),
  row('POST /v1/purchase-links', [201, 403, 201, 403, 404], {
    product: 'own-product',
    buyer: BUYER,
  }),
  row('GET /v1/access-keys', LIST),
  row(`GET /v1/access-keys?account=${OWN}`, READ_OWN),
  row('GET /v1/access-keys/AKIAOWNOWNOWNOWN', READ_OWN),
  row('POST /v1/access-keys', OPERATORS_MAKE, { account: OWN }),
  row('POST /v1/access-keys/AKIAOWNOWNOWNOWN/disable', CHANGE_OWN),
  row('POST /v1/access-keys/AKIAOWNOWNOWNOWN/enable', CHANGE_OWN),
  row('GET /v1/admin-tokens', OPERATORS_READ),
  row('POST /v1/admin-tokens', OPERATORS_MAKE, { seller: OWN }),
  row('POST /v1/admin-tokens/tok-ownReads/revoke', OPERATORS_CHANGE),
  row('POST /v1/catalog', OPERATORS_CHANGE, { sellers: [] }),
  row('GET /v1/changes', OPERATORS_READ),
  row('GET /v1/records', LIST),
  row(`GET /v1/records?seller=${OWN}`, READ_OWN),
  row('GET /v1/refusals', LIST),
  row(`GET /v1/refusals?seller=${OWN}`, READ_OWN),
  row('GET /v1/audit', LIST),
  row(`GET /v1/audit?seller=${OWN}`, READ_OWN),
  row('GET /v1/audit/export', LIST),
  row(`GET /v1/audit/export?seller=${OWN}`, READ_OWN),
  row('GET /v1/notifications', LIST),
  row(`GET /v1/notifications?seller=${OWN}`, READ_OWN),
  row(`POST /v1/notifications/${NOTIFICATION}/send`, CHANGE_OWN),
  row('GET /metrics', OPERATORS_READ),
]

const OPEN_ROUTES = ['GET /healthz', 'GET /readyz', 'GET /openapi.json']

const documents = { read: () => ({ ok: true, wanted: [] }) as const }

/** With a notification in it. */
async function openTold(test: TestContext) {
  const admin = await openAdmin(test, { documents })
  await addNotice(admin)
  return admin
}

describe('every route of the admin API', () => {
  it('has a row in this table, or is open on purpose', async (test) => {
    const { ask } = await openAdmin(test)
    const { json } = await ask({ path: '/openapi.json' })
    const { paths } = json as { paths: Record<string, Record<string, unknown>> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const tried = [...ROWS.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`)]
    const untried = routes.filter((route) => {
      const [method, path = ''] = route.split(' ')
      const pattern = new RegExp(`^${method ?? ''} ${path.replace(/\{\w+\}/g, '[^/]+')}$`)
      return !OPEN_ROUTES.includes(route) && !tried.some((one) => pattern.test(one))
    })
    assert.deepEqual(untried, [])
    assert.ok(routes.length > 30)
  })

  it('is closed to who has no valid token', async (test) => {
    const strangers = [
      undefined,
      '',
      'mmt_wrong',
      'x'.repeat(5_000),
      'two words',
      'revoked',
      'expired',
    ]
    const { ask, tokens } = await openAdmin(test)
    const kept: Readonly<Record<string, string | undefined>> = tokens
    for (const { method, path, body } of ROWS) {
      for (const stranger of strangers) {
        const token = stranger && (kept[stranger] ?? stranger)
        const answer = await ask({ method, path, body, ...(token !== undefined && { token }) })
        // After twenty failures a minute the answer is shorter, and as closed.
        const who = `${method} ${path} with ${String(stranger).slice(0, 10)}`
        assert.ok(answer.status === 401 || answer.status === 429, `${who}: ${answer.status}`)
      }
    }
  })

  it('is answered to each kind of caller as the table says', async (test) => {
    const callers = ['operatorReads', 'ownReads', 'other', 'own', 'operator'] as const
    for (const [index, expected] of ROWS.entries()) {
      await test.test(`${expected.method} ${expected.path} (row ${index})`, async (inner) => {
        const { method, path, body } = expected
        let { ask } = await openTold(inner)
        for (const as of callers) {
          const answer = await ask({ method, path, body, as })
          assert.equal(answer.status, expected[as], `${as}: ${answer.text}`)
          // What one has made, the next cannot make again.
          if (answer.status === 201) ask = (await openTold(inner)).ask
        }
      })
    }
  })

  it('lets nobody in while nobody can know which tokens are still good, but to the figures', async (test) => {
    const { ask, control } = await openAdmin(test)
    test.mock.method(control, 'freshen', () => Promise.reject(new Error('disk on fire')))
    for (const { method, path, body } of ROWS) {
      const answer = await ask({ method, path, body, as: 'operator' })
      assert.equal(answer.status, path === '/metrics' ? 200 : 500, `${method} ${path}`)
      assert.doesNotMatch(answer.text, /disk/)
    }
    for (const path of ['/readyz', '/healthz']) assert.equal((await ask({ path })).status, 200)
  })

  it('shows a seller, in lists, nothing that is not its own', async (test) => {
    const { ask } = await openAdmin(test)
    const rows = [
      ['/v1/sellers', [OWN]],
      ['/v1/buyers', [BUYER]],
      ['/v1/products', ['own-product']],
      ['/v1/agreements', ['agmt-own']],
      ['/v1/agreements?product=other-product', []],
      ['/v1/access-keys', ['AKIAOWNOWNOWNOWN']],
    ] as const
    for (const [path, expected] of rows) {
      const { json } = await ask({ path, as: 'own' })
      const { items } = json as { items: { account?: string; code?: string; id?: string }[] }
      const shown = items.map(({ account, code, id }) => id ?? code ?? account)
      assert.deepEqual(shown, expected, path)
    }
    const everything = await ask({ path: '/v1/products', as: 'operator' })
    assert.match(everything.text, /other-product/)
  })

  it('answers the same for what is another seller’s and for what is not there', async (test) => {
    const { ask } = await openAdmin(test)
    const rows = [
      ['/v1/products/other-product', '/v1/products/no-product'],
      ['/v1/agreements/agmt-other', '/v1/agreements/agmt-none'],
      ['/v1/access-keys/AKIAOTHEROTHEROT', '/v1/access-keys/AKIANONE'],
      [`/v1/sellers/${OTHER}`, '/v1/sellers/999999999999'],
      [`/v1/buyers/${OTHERS_BUYER}`, '/v1/buyers/999999999999'],
    ] as const
    for (const paths of rows) {
      const answers = []
      for (const path of paths) {
        const { status, json } = await ask({ path, as: 'own' })
        const { code, title } = json as { code: string; title: string }
        answers.push({ status, code, title })
      }
      assert.deepEqual(answers[0], answers[1])
    }
  })
})

describe('guessing tokens', () => {
  it('is answered 429 after twenty failures a minute, and locks nobody out', async (test) => {
    const { ask, lines } = await openAdmin(test)
    const statuses: number[] = []
    for (let count = 0; count < 25; count++) {
      statuses.push((await ask({ path: '/v1/sellers', token: `mmt_${count}` })).status)
    }
    assert.deepEqual(statuses, [...Array<number>(20).fill(401), ...Array<number>(5).fill(429)])
    assert.equal((await ask({ path: '/v1/sellers', as: 'operator' })).status, 200)
    assert.equal(lines.length, 20)
    assert.doesNotMatch(lines.join(''), /mmt_/)
  })
})
