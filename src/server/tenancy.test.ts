/**
 * Tenancy: every operation and every route, tried by a seller with each name that is another seller's.
 *
 * What is another's must be answered as what is nobody's is: the same status, the same headers, the same words but for the name,
 * and the same reasons in the caller's own refusals. And nothing of the other's may change.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Names,
  openTwoTenants,
  type Said,
  SESSION,
  type Tag,
  type TwoTenants,
} from './tenancy.spec.ts'

/** `<product>` stands for the name of a product: `own`'s, `oth`'s, or nobody's. */
type Kind = keyof Names

interface Row {
  /** The operation, or the route as the OpenAPI document has it. */
  readonly what: string
  /** Of a route: with the query. */
  readonly path?: string
  readonly body?: unknown
  /** Of an operation: who signs. */
  readonly signer?: 'seller' | 'buyer'
  /** What `own` is answered with all of its own names. */
  readonly own: number
}

function route(what: string, path: string, own: number, body?: unknown): Row {
  return { what, path, own, body }
}

function operation(what: string, body: unknown, signer: Row['signer'] = 'seller', own = 200): Row {
  return { what, body, signer, own }
}

const NOW_SECONDS = Math.floor(Date.now() / 1e3)
const USAGE = { Timestamp: NOW_SECONDS, Dimension: '<dimension>', Quantity: 4 }
const REPORT = { Timestamp: NOW_SECONDS - 3_600, UsageDimension: 'seats', UsageQuantity: 4 }
const METERED = { ...REPORT, ProductCode: 'containers-own' }
const BY_ACCOUNT = { ...USAGE, Dimension: 'seats', CustomerAWSAccountId: '<buyer>' }

const OPERATION_ROWS: readonly Row[] = [
  operation('BatchMeterUsage', { ProductCode: '<single>', UsageRecords: [BY_ACCOUNT] }),
  operation('BatchMeterUsage', {
    ProductCode: '<single>',
    UsageRecords: [{ ...USAGE, Timestamp: NOW_SECONDS - 60, CustomerIdentifier: '<customer>' }],
  }),
  operation('BatchMeterUsage', {
    UsageRecords: [{ ...USAGE, CustomerAWSAccountId: '<buyer>', LicenseArn: '<license>' }],
  }),
  operation('BatchMeterUsage', {
    ProductCode: '<product>',
    UsageRecords: [{ ...BY_ACCOUNT, LicenseArn: '<license>' }],
  }),
  operation('MeterUsage', { ProductCode: '<containers>', ...REPORT }, 'buyer'),
  operation('MeterUsage', { ProductCode: '<containers>', ...REPORT }, 'seller', 400),
  operation('MeterUsage', { ...METERED, UsageDimension: '<dimension>' }, 'buyer'),
  operation('MeterUsage', { ...METERED, ClientToken: '<clientToken>' }, 'buyer', 409),
  operation('MeterUsage', { ...METERED, ProductCode: '<single>' }, 'buyer', 400),
  operation('MeterUsage', { ...METERED, ProductCode: '<single>' }, 'seller', 400),
  operation('RegisterUsage', { ProductCode: '<containers>', PublicKeyVersion: 1 }, 'buyer'),
  operation('RegisterUsage', { ProductCode: '<containers>', PublicKeyVersion: 1 }, 'seller', 400),
  operation('RegisterUsage', { ProductCode: '<single>', PublicKeyVersion: 1 }, 'buyer', 400),
  operation('ResolveCustomer', { RegistrationToken: '<registration>' }),
  operation('GetEntitlements', { ProductCode: '<product>' }),
  ...Object.entries({
    CUSTOMER_AWS_ACCOUNT_ID: '<buyer>',
    CUSTOMER_IDENTIFIER: '<customer>',
    LICENSE_ARN: '<license>',
    DIMENSION: '<dimension>',
  }).map(([member, name]) =>
    operation('GetEntitlements', { ProductCode: '<product>', Filter: { [member]: [name] } }),
  ),
  operation('GetEntitlements', {
    ProductCode: '<product>',
    NextToken: '<nextToken>',
    MaxResults: 1,
  }),
]

/** What every buyer may know of a product that it could buy, told apart as AWS does (rules 21 and 28). */
const PUBLIC: ReadonlySet<Kind> = new Set(['containers'])

const ROUTE_ROWS: readonly Row[] = [
  route('GET /v1/sellers', '/v1/sellers', 200),
  route('GET /v1/sellers/{account}', '/v1/sellers/<seller>', 200),
  route('POST /v1/sellers', '/v1/sellers', 403, { account: '<seller>' }),
  route('PATCH /v1/sellers/{account}', '/v1/sellers/<seller>', 403, { name: 'Another' }),
  route('PUT /v1/sellers/{account}/webhook', '/v1/sellers/<seller>/webhook', 200, { url: null }),
  route('GET /v1/buyers', '/v1/buyers', 200),
  route('GET /v1/buyers/{account}', '/v1/buyers/<buyer>', 200),
  route('GET /v1/buyers/{account}', '/v1/buyers/<newcomer>', 200),
  route('POST /v1/buyers', '/v1/buyers', 403, { account: '<buyer>' }),
  route('PATCH /v1/buyers/{account}', '/v1/buyers/<buyer>', 403, { name: 'Another' }),
  route(
    'GET /v1/customer-identifiers',
    '/v1/customer-identifiers?seller=<seller>&buyer=<buyer>',
    200,
  ),
  route('POST /v1/customer-identifiers', '/v1/customer-identifiers', 201, {
    seller: '<seller>',
    buyer: '<buyer>',
  }),
  route('POST /v1/customer-identifiers', '/v1/customer-identifiers', 409, {
    buyer: '<buyer>',
    identifier: '<customer>',
  }),
  route('GET /v1/products', '/v1/products?seller=<seller>', 200),
  route('GET /v1/products/{code}', '/v1/products/<product>', 200),
  route('POST /v1/products', '/v1/products', 201, { seller: '<seller>' }),
  route('POST /v1/products', '/v1/products', 403, { code: '<product>' }),
  route('PATCH /v1/products/{code}', '/v1/products/<product>', 200, { name: 'Another' }),
  route('GET /v1/products/{code}/public-keys', '/v1/products/<containers>/public-keys', 200),
  route('POST /v1/products/{code}/public-keys', '/v1/products/<containers>/public-keys', 201),
  route('POST /v1/products/{code}/public-keys', '/v1/products/<single>/public-keys', 422),
  route(
    'GET /v1/usage-registrations',
    '/v1/usage-registrations?seller=<seller>&product=<containers>&buyer=<buyer>',
    200,
  ),
  route(
    'GET /v1/agreements',
    '/v1/agreements?seller=<seller>&product=<product>&buyer=<buyer>',
    200,
  ),
  route('GET /v1/agreements/{id}', '/v1/agreements/<agreement>', 200),
  route('POST /v1/agreements', '/v1/agreements', 201, {
    product: '<single>',
    buyer: '<newcomer>',
  }),
  route('POST /v1/agreements', '/v1/agreements', 201, { product: '<product>', buyer: '<buyer>' }),
  route('POST /v1/agreements', '/v1/agreements', 403, {
    product: '<product>',
    buyer: '<buyer>',
    licenseArn: '<license>',
  }),
  route('PATCH /v1/agreements/{id}', '/v1/agreements/<agreement>', 200, { end: null }),
  route('PUT /v1/agreements/{id}/entitlements', '/v1/agreements/<agreement>/entitlements', 200, {
    entitlements: [],
  }),
  ...['suspend', 'resume'].map((verb) =>
    route(`POST /v1/agreements/{id}/${verb}`, `/v1/agreements/<agreement>/${verb}`, 200),
  ),
  route('POST /v1/registration-tokens', '/v1/registration-tokens', 201, {
    product: '<product>',
    buyer: '<buyer>',
    agreement: '<agreement>',
  }),
  route('POST /v1/registration-tokens/revoke', '/v1/registration-tokens/revoke', 200, {
    product: '<product>',
    buyer: '<buyer>',
    agreement: '<agreement>',
  }),
  route('POST /v1/purchase-links', '/v1/purchase-links', 201, {
    product: '<single>',
    buyer: '<newcomer>',
  }),
  route('POST /v1/purchase-links', '/v1/purchase-links', 201, {
    product: '<product>',
    buyer: '<buyer>',
  }),
  route('GET /v1/access-keys', '/v1/access-keys?account=<seller>', 200),
  route('GET /v1/access-keys/{id}', '/v1/access-keys/<accessKey>', 200),
  // A buyer's key is not its seller's.
  route('GET /v1/access-keys/{id}', '/v1/access-keys/<sessionKey>', 404),
  route('POST /v1/access-keys', '/v1/access-keys', 403, { account: '<seller>' }),
  ...['disable', 'enable'].map((verb) =>
    route(`POST /v1/access-keys/{id}/${verb}`, `/v1/access-keys/<accessKey>/${verb}`, 200),
  ),
  route('GET /v1/admin-tokens', '/v1/admin-tokens', 403),
  route('POST /v1/admin-tokens', '/v1/admin-tokens', 403, { seller: '<seller>' }),
  route('POST /v1/admin-tokens/{id}/revoke', '/v1/admin-tokens/<adminToken>/revoke', 403),
  route('POST /v1/catalog', '/v1/catalog', 403, {
    sellers: [{ account: '<seller>', name: 'Another' }],
  }),
  route('GET /v1/changes', '/v1/changes', 403),
  route(
    'GET /v1/records',
    '/v1/records?seller=<seller>&product=<single>&buyer=<buyer>&dimension=<dimension>',
    200,
  ),
  route('GET /v1/records', '/v1/records?id=<record>', 200),
  route('GET /v1/records', '/v1/records?cursor=<recordsCursor>', 200),
  route('GET /v1/refusals', '/v1/refusals?seller=<seller>&product=<single>', 200),
  route('GET /v1/refusals', '/v1/refusals?cursor=<refusalsCursor>', 200),
  ...['', '/export'].flatMap((more) => [
    route(
      `GET /v1/audit${more}`,
      `/v1/audit${more}?seller=<seller>&account=<buyer>&product=<single>`,
      200,
    ),
    route(`GET /v1/audit${more}`, `/v1/audit${more}?requestId=<requestId>`, 200),
  ]),
  route('GET /v1/audit', '/v1/audit?cursor=<auditCursor>', 200),
  route('GET /v1/notifications', '/v1/notifications?seller=<seller>&agreement=<agreement>', 200),
  route('GET /v1/notifications', '/v1/notifications?cursor=<notificationsCursor>', 200),
  route('POST /v1/notifications/{id}/send', '/v1/notifications/<notification>/send', 200),
  route('GET /metrics', '/metrics', 403),
  // The last, for an agreement stays cancelled.
  route('POST /v1/agreements/{id}/cancel', '/v1/agreements/<agreement>/cancel', 200),
]

const OPEN_ROUTES = ['GET /healthz', 'GET /readyz', 'GET /openapi.json']

/** Members that name nothing of anybody's; a place in a list of one's own (`after`) is one too. */
const NAMELESS = new Set(
  `after agreements operation beforeHour before concurrentFrom code contract description dimensions dryRun end
  entitlements from fromHour fulfilmentUrl integration limit meteredBy minutes name
  oneResourcePerBuyer operations prune readOnly redirectOrigins region resource retired start state
  ttlSeconds url`.split(/\s+/),
)

/** The same is asked of both in the same order, once with another's names and once with nobody's. */
let worlds: Readonly<Record<Tag, TwoTenants>>
/** What the other has, in each world. */
const seen = new Map<TwoTenants, unknown>()

before(async () => {
  const [own, oth, non] = [await openTwoTenants(), await openTwoTenants(), await openTwoTenants()]
  worlds = { own, oth, non }
  for (const world of [own, oth, non]) seen.set(world, await world.seenBy('oth'))
})

after(async () => {
  for (const { close } of Object.values(worlds)) await close()
})

describe('the tables', () => {
  it('have every operation', () => {
    const tried = new Set(OPERATION_ROWS.map(({ what }) => what))
    assert.deepEqual([...tried].sort(), [...worlds.own.operations].sort())
  })

  it('have every route, with every name that it takes', async () => {
    const { text } = await worlds.own.ask('own', 'GET', '/openapi.json')
    const routes = routesOf(text).filter(({ what }) => !OPEN_ROUTES.includes(what))
    assert.deepEqual(routes.flatMap(untriedOf), [])
    assert.ok(routes.length > 40)
  })
})

function untriedOf({ what, members }: RouteFacts): readonly string[] {
  const rows = ROUTE_ROWS.filter((row) => row.what === what)
  if (rows.length === 0) return [what]
  const tried = JSON.stringify(rows)
  return members
    .filter((member) => !NAMELESS.has(member))
    .filter((name) => !new RegExp(`[?&]${name}=<|"${name}":"<|\\{${name}\\}`).test(tried))
    .map((name) => `${what}: ${name}`)
}

for (const row of [...OPERATION_ROWS, ...ROUTE_ROWS]) {
  describe(`${row.what} ${row.path ?? JSON.stringify(row.body)} by the ${row.signer ?? 'seller'}`, () => {
    it(`is answered ${row.own} with the tenant’s own names`, async () => {
      const { status, text } = await said(worlds.own, row, {})
      assert.equal(status, row.own, text)
    })
    const hidden = kindsIn(row).filter((kind) => row.path !== undefined || !PUBLIC.has(kind))
    const attempts = new Set([
      ...hidden.map((kind) => [kind]),
      ...(hidden.length > 1 ? [hidden] : []),
    ])
    for (const foreign of attempts) {
      it(`answers another’s ${foreign.join(', ')} as nobody’s, and changes nothing of the other’s`, async () => {
        assert.deepEqual(await triedWith(row, foreign, 'oth'), await triedWith(row, foreign, 'non'))
      })
    }
  })
}

for (const operationName of ['MeterUsage', 'RegisterUsage']) {
  it(`${operationName} tells a product that was not bought from one that is not there, as AWS does`, async () => {
    const rows = OPERATION_ROWS.filter(({ what }) => what === operationName)
    const row = rows.find((one) => kindsIn(one).includes('containers'))
    assert.ok(row)
    const [bought, unknown] = [
      await triedWith(row, ['containers'], 'oth'),
      await triedWith(row, ['containers'], 'non'),
    ]
    assert.match(bought.text, /CustomerNotEntitledException/)
    assert.match(unknown.text, /InvalidProductCodeException/)
  })
}

/** What is said to `own`, and what it finds in its refusals; having proved that nothing of the other's changed. */
async function triedWith(row: Row, foreign: readonly Kind[], whose: Tag) {
  const tenants = worlds[whose]
  const version = tenants.version()
  const { text, ...answer } = await said(
    tenants,
    row,
    Object.fromEntries(foreign.map((kind) => [kind, whose])),
  )
  const untouched = 'the other’s things are what they were'
  assert.deepEqual(await tenants.seenBy('oth'), seen.get(tenants), untouched)
  if (answer.status >= 400) assert.equal(tenants.version(), version, 'nothing was written')
  const refusals = await tenants.ask('own', 'GET', '/v1/refusals')
  const names = tenants.names[whose]
  return { ...answer, text: nameless(text, names), refusals: nameless(refusals.text, names) }
}

async function said(
  { names, call, ask }: TwoTenants,
  row: Row,
  whose: Readonly<Partial<Record<Kind, Tag>>>,
): Promise<Pick<Said, 'status' | 'text' | 'headers'>> {
  const filled = (text: string) =>
    text.replace(/<(\w+)>/g, (_, kind: Kind) => names[whose[kind] ?? 'own'][kind])
  const body = row.body && (JSON.parse(filled(JSON.stringify(row.body))) as unknown)
  const { what, path, signer } = row
  const answer =
    path === undefined
      ? await call({
          operation: what,
          body,
          ...(signer === 'buyer'
            ? { signer: names.own.sessionKey, ...SESSION }
            : { signer: names.own.accessKey }),
        })
      : await ask('own', what.split(' ')[0] ?? '', encodeURI(filled(path)), body)
  const moving = new Set(['date', 'content-length', 'x-amzn-requestid'])
  const headers = Object.entries(answer.headers).filter(([name]) => !moving.has(name))
  return { status: answer.status, text: answer.text, headers: Object.fromEntries(headers) }
}

/** With the names taken out, and what is another each time. */
function nameless(text: string, names: Names): string {
  let left = text
  for (const [kind, name] of Object.entries<string>({ ...names }))
    left = left.replaceAll(name, `<${kind}>`)
  return left
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/"(next|resume|completeUntil|at|firstAt|timestamp)":"[^"]*"/g, '"$1":""')
}

function kindsIn(row: Row): readonly Kind[] {
  const marks = JSON.stringify([row.path, row.body]).matchAll(/<(\w+)>/g)
  return [...new Set([...marks].map(([, kind]) => kind as Kind))]
}

interface RouteFacts {
  readonly what: string
  readonly members: readonly string[]
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
interface Described {
  readonly parameters?: readonly { readonly name: string }[]
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: Schema } }
  }
}
interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, unknown>>
}

function routesOf(document: string): readonly RouteFacts[] {
  const { paths, components } = JSON.parse(document) as OpenApi
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const schema = requestBody?.content['application/json'].schema ?? {}
      const named = components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema
      const members = [
        ...parameters.map(({ name }) => name),
        ...Object.keys(named.properties ?? {}),
      ]
      return { what: `${method.toUpperCase()} ${path}`, members }
    }),
  )
}
