import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as rawRequest } from 'node:http'
import { get as secureGet } from 'node:https'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { BillingLine } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { RefusedRecord } from '../../core/refused-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  MeteringRecordId,
  ProductCode,
  Quantity,
  Region,
} from '../../core/usage.ts'
import { StoreBusy } from '../../store/busy.ts'
import { MemoryLedger } from '../../store/memory.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import { openRegistration } from '../registration-tokens.ts'
import { TEST_TLS } from '../tls.spec.ts'
import {
  type AdminAnswer,
  type AdminServer,
  BUYER,
  NOW_MS,
  openAdmin,
  OTHERS_BUYER,
  OTHER,
  OWN,
} from './admin-server.spec.ts'

const HOUR = Math.floor(NOW_MS / 3_600_000) as UsageHour

function recordOf(seller: string, quantity: number, hour = HOUR) {
  return {
    region: 'us-east-1' as Region,
    billingLine: `${seller}-line` as BillingLine,
    dimension: 'users' as Dimension,
    hour,
    resource: '',
    product: 'own-product' as ProductCode,
    seller: seller as AccountId,
    buyer: BUYER as AccountId,
    agreement: 'agmt-own' as AgreementId,
    licenseArn: 'arn:x' as LicenseArn,
    namedBy: 'account' as const,
    quantity: quantity as Quantity,
    timestampMs: (hour * 3_600_000) as InstantMs,
    allocations: [{ quantity: quantity as Quantity, tags: [{ key: 'team', value: 'a' }] }],
  }
}

const call: MeteringRecord['call'] = {
  requestId: 'r-1',
  operation: 'BatchMeterUsage',
  receivedAtMs: NOW_MS as InstantMs,
  account: OWN as AccountId,
  accessKeyId: 'AKIAOWNOWNOWNOWN',
  address: '127.0.0.1',
  userAgent: 'test',
  profile: 'aws-2025',
}

function refusedOf(seller: string, facts: Partial<RefusedRecord> = {}): RefusedRecord {
  return {
    seller: seller as AccountId,
    atMs: NOW_MS as InstantMs,
    code: 'DuplicateRecord',
    reason: 'the hour is held with the quantity 5',
    requestId: 'r-2',
    accessKeyId: 'AKIAOWNOWNOWNOWN',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: 'own-product',
    ...facts,
  }
}

function problemOf({ json }: AdminAnswer) {
  return json as {
    code: string
    status: number
    problems?: readonly { where: string; text: string }[]
  }
}

describe('changes through the admin API', () => {
  it('show at once, are written, and say who made them', async (test) => {
    const { ask, control, store } = await openAdmin(test)
    const made = await ask({
      method: 'POST',
      path: '/v1/products',
      as: 'own',
      body: { name: 'Search', dimensions: [{ name: 'queries', price: '0.001' }] },
    })
    const { code } = made.json as { code: ProductCode }
    assert.match(code, /^[a-z0-9]{25}$/)
    assert.equal(control.index.product(code)?.seller, OWN)
    const last = (await store.readLog({ after: 0, countMax: 100 })).at(-1)
    assert.deepEqual([last?.actor, last?.summary], ['token:tok-own', 'add product'])
    const log = await ask({ path: '/v1/changes?limit=1&after=2', as: 'operator' })
    assert.match(log.text, new RegExp(code))
  })

  it('that a rule refuses are answered 422 with all that is wrong', async (test) => {
    const { ask } = await openAdmin(test)
    const answer = await ask({
      method: 'POST',
      path: '/v1/products',
      as: 'operator',
      body: { code: 'a b', seller: '12', dimensions: [{ name: 'x', price: 'free' }] },
    })
    assert.equal(answer.status, 422)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const { code, problems } = problemOf(answer)
    assert.equal(code, 'refused')
    assert.deepEqual(
      problems?.map(({ where }) => where),
      ['body.code'],
    )
  })

  it('take no URL that is none, for buyers or for notifications', async (test) => {
    const { ask } = await openAdmin(test)
    const urls = ['', 'x', 'javascript:alert(1)', 'https://', 'https://a:b@c.example/', 'ftp://c']
    for (const url of [...urls, `https://a.example/${'a'.repeat(3_000)}`]) {
      const product = { path: '/v1/products/own-product', method: 'PATCH' } as const
      const fulfilment = await ask({ ...product, as: 'own', body: { fulfilmentUrl: url } })
      assert.ok([400, 422].includes(fulfilment.status), `${url} ${fulfilment.text}`)
      const seller = { path: `/v1/sellers/${OWN}/webhook`, method: 'PUT' } as const
      const webhook = await ask({ ...seller, as: 'own', body: { url } })
      assert.ok([400, 422].includes(webhook.status), `${url} ${webhook.text}`)
    }
  })

  it('follow an agreement through its life', async (test) => {
    const { ask } = await openAdmin(test)
    const path = '/v1/agreements/agmt-own'
    const steps = [
      ['POST', '/suspend', undefined, 'suspended'],
      ['POST', '/resume', undefined, 'active'],
      ['PATCH', '', { end: '2026-12-01T00:00Z' }, 'active'],
      ['PATCH', '', { end: null }, 'active'],
      ['POST', '/cancel', undefined, 'cancelled'],
    ] as const
    for (const [method, verb, body, status] of steps) {
      const { json } = await ask({ method, path: `${path}${verb}`, body, as: 'own' })
      assert.equal((json as { status: string }).status, status, verb)
    }
    const again = await ask({ method: 'POST', path: `${path}/resume`, as: 'own' })
    assert.equal(problemOf(again).code, 'refused')
  })

  it('never show a secret but once, and log none', async (test) => {
    const server = await openAdmin(test)
    const { ask } = server
    const made = await ask({
      method: 'POST',
      path: '/v1/access-keys',
      as: 'operator',
      body: { account: OWN, ttlSeconds: 3_600, resource: 'i-1' },
    })
    const key = made.json as { id: string; secretAccessKey: string; sessionToken: string }
    assert.match(key.id, /^ASIA/)
    const token = await ask({ method: 'POST', path: '/v1/admin-tokens', as: 'operator', body: {} })
    const { token: text } = token.json as { token: string }
    assert.equal((await ask({ path: '/v1/sellers', token: text })).status, 200)

    const shown: string[] = [...server.lines]
    for (const path of ['/v1/access-keys', '/v1/admin-tokens', '/v1/changes', '/metrics']) {
      shown.push((await ask({ path, as: 'operator' })).text)
    }
    const secrets = [key.secretAccessKey, key.sessionToken, text, 'sealed-and-never-shown']
    for (const secret of secrets) assert.ok(!shown.join('').includes(secret))
  })

  it('make registration tokens, which stand in the log without what they are', async (test) => {
    const masterKeys = ringOf([masterKeyOf(randomBytes(32))])
    const { ask, store, lines } = await openAdmin(test, { masterKeys })
    const make = (body: object) =>
      ask({ method: 'POST', path: '/v1/registration-tokens', as: 'own', body })
    const made = await make({ product: 'own-product', buyer: BUYER })
    assert.equal(made.status, 201)
    const { token, ...facts } = made.json as Record<string, string>
    assert.equal(openRegistration(masterKeys, token ?? '')?.buyer, BUYER)
    assert.equal(facts['agreement'], 'agmt-own')
    assert.match(facts['customerIdentifier'] ?? '', /^[A-Z0-9]{11}$/)
    const log = await store.readLog({ after: 0, countMax: 100 })
    assert.match(log.at(-1)?.summary ?? '', /^make registration token [0-9a-f]{32} of buyer 3/)
    assert.ok(!JSON.stringify([log, lines]).includes((token ?? '').slice(0, 40)))
    for (const [body, status, text] of [
      [{ product: 'other-product', buyer: OTHERS_BUYER }, 404, /no product other-product/],
      [{ product: 'own-product', buyer: OTHERS_BUYER }, 422, /has no agreement for product own/],
      [{ product: 'own-product', buyer: BUYER, agreement: 'agmt-other' }, 422, /no agreement agmt/],
      [{ product: 'own-product' }, 400, /buyer/],
      [{ product: 'own-product', buyer: BUYER, life: 5 }, 400, /life/],
    ] as const) {
      const refused = await make(body)
      assert.equal(refused.status, status)
      assert.match(refused.text, text)
    }
  })

  it('revoke registration tokens, and make good ones in the same millisecond', async (test) => {
    const masterKeys = ringOf([masterKeyOf(randomBytes(32))])
    const { ask, store } = await openAdmin(test, { masterKeys })
    const post = (path: string, body: object) =>
      ask({ method: 'POST', path: `/v1/registration-tokens${path}`, as: 'own', body })
    const issued = async () => {
      const made = await post('', { product: 'own-product', buyer: BUYER })
      return Date.parse((made.json as { readonly issued: string }).issued)
    }
    const before = await issued()
    const body = { product: 'own-product', buyer: BUYER }
    assert.deepEqual((await post('/revoke', body)).json, body)
    const shown = await ask({ path: '/v1/agreements/agmt-own', as: 'own' })
    const { tokensRevoked } = shown.json as { readonly tokensRevoked: string }
    assert.equal(Date.parse(tokensRevoked), before)
    assert.equal(await issued(), before + 1)
    assert.equal((await post('/revoke', { product: 'own-product' })).status, 200)
    const log = await store.readLog({ after: 0, countMax: 100 })
    assert.equal(log.at(-1)?.summary, 'revoke registration tokens of product own-product')
    for (const [wrong, status] of [
      [{ product: 'other-product', buyer: OTHERS_BUYER }, 404],
      [{ product: 'own-product', agreement: 'agmt-other' }, 404],
      [{ product: 'own-product', buyer: '000000000000' }, 404],
      [{ buyer: BUYER }, 400],
    ] as const) {
      assert.equal((await post('/revoke', wrong)).status, status)
    }
  })

  it('take effect on tokens at once', async (test) => {
    const { ask } = await openAdmin(test)
    await ask({ method: 'POST', path: '/v1/admin-tokens/tok-own/revoke', as: 'operator' })
    assert.equal((await ask({ path: '/v1/products', as: 'own' })).status, 401)
  })

  it('by a catalog document are shown first and written then', async (test) => {
    const wanted = [{ kind: 'seller', where: 'sellers[0]', account: '555555555555' }] as const
    const { ask } = await openAdmin(test, { documents: { read: () => ({ ok: true, wanted }) } })
    const changes = [{ action: 'add', kind: 'seller', key: '555555555555' }]
    const apply = (path: string) => ask({ method: 'POST', path, body: {}, as: 'operator' })
    const rows = [
      ['/v1/catalog?dryRun=true', { dryRun: true, changes }],
      ['/v1/catalog', { dryRun: false, changes }],
      ['/v1/catalog', { dryRun: false, changes: [] }],
    ] as const
    for (const [path, expected] of rows) assert.deepEqual((await apply(path)).json, expected)
  })
})

describe('bad requests to the admin API', () => {
  const rows: readonly (readonly [string, string, unknown, number, string])[] = [
    ['GET', '/v1/nothing', undefined, 404, 'notFound'],
    ['DELETE', '/v1/sellers', undefined, 404, 'notFound'],
    ['GET', '/v1/sellers?limit=0', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/sellers?limit=1001', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/sellers?limt=1', undefined, 400, 'invalidRequest'],
    ['POST', '/v1/sellers', { account: 5 }, 400, 'invalidRequest'],
    ['POST', '/v1/sellers', { account: '555555555555', nme: '' }, 400, 'invalidRequest'],
    ['POST', '/v1/sellers', [], 400, 'invalidRequest'],
    ['POST', '/v1/sellers', { account: OWN }, 409, 'exists'],
    ['POST', '/v1/sellers', { account: '5' }, 422, 'refused'],
    ['PATCH', '/v1/sellers/999999999999', { name: '' }, 404, 'notFound'],
    ['POST', '/v1/customer-identifiers', { buyer: BUYER }, 400, 'invalidRequest'],
    ['PATCH', '/v1/agreements/agmt-own', { end: 'soon' }, 400, 'invalidRequest'],
    ['PATCH', '/v1/agreements/agmt-own', { end: '2026-02-30T00:00Z' }, 400, 'invalidRequest'],
    ['POST', '/v1/access-keys', { account: OWN, resource: 'i-1' }, 400, 'invalidRequest'],
    ['POST', '/v1/access-keys', { account: OWN, ttlSeconds: 59 }, 400, 'invalidRequest'],
    ['POST', '/v1/catalog', {}, 503, 'unavailable'],
    ['GET', '/v1/records?cursor=mine', undefined, 400, 'invalidCursor'],
    ['GET', '/v1/records?fromHour=2026-11-01T25', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?limit=1001', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?buyer=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?seller=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?region=x', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?id=nope', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?product=%20', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/records?dimension=', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/refusals?code=Nonsense', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/refusals?seller=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/agreements?buyer=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/agreements?product=%20', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/agreements?seller=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/products?seller=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/customer-identifiers?buyer=1', undefined, 400, 'invalidRequest'],
    ['GET', '/v1/access-keys?account=1', undefined, 400, 'invalidRequest'],
    ['POST', '/v1/access-keys', { account: OWN, operations: ['Nonsense'] }, 422, 'refused'],
    ['GET', '/v1/refusals?cursor=mine', undefined, 400, 'invalidCursor'],
    ['GET', '/v1/refusals?from=yesterday', undefined, 400, 'invalidRequest'],
  ]

  it('are told what is wrong', async (test) => {
    const { ask } = await openAdmin(test)
    for (const [method, path, body, status, code] of rows) {
      const answer = await ask({ method, path, body, as: 'operator' })
      const problem = problemOf(answer)
      assert.deepEqual([answer.status, problem.status, problem.code], [status, status, code], path)
    }
  })

  it('of broken or huge bodies are refused and nothing breaks', async (test) => {
    const { endpoint, tokens, ask } = await openAdmin(test)
    const bodies = [
      ['{"account":', 'application/json', 400],
      ['{"__proto__":{"a":1},"account":"5"}', 'application/json', 400],
      ['', 'application/json', 400],
      ['[[['.repeat(10_000), 'application/json', 400],
      ['a=b', 'application/x-www-form-urlencoded', 415],
      [`{"account":"${'5'.repeat(1_100_000)}"}`, 'application/json', 413],
    ] as const
    for (const [body, type, expected] of bodies) {
      const headers = { authorization: `Bearer ${tokens.operator}`, 'content-type': type }
      const answer = await fetch(`${endpoint}/v1/sellers`, { method: 'POST', headers, body })
      assert.equal(answer.status, expected, body.slice(0, 20))
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    }
    assert.equal((await ask({ path: '/healthz' })).status, 200)
  })

  it('with a path that is no path are answered too', async (test) => {
    const { endpoint } = await openAdmin(test)
    for (const path of ['/v1/sellers/%', '/%ff', '//', '/v1/products/%00', '*']) {
      const status = await rawStatus(endpoint, path)
      assert.ok(status === 400 || status === 401 || status === 404, `${path}: ${status}`)
    }
  })

  it('that meet a store which is busy are told to ask again, and that is no failure', async (test) => {
    const ledger = { read: () => Promise.reject(new StoreBusy()) }
    const { ask, lines } = await openAdmin(test, { ledger })
    const answer = await ask({ path: '/v1/records', as: 'operator' })
    assert.equal(answer.status, 503)
    assert.equal(answer.headers.get('retry-after'), '5')
    assert.equal(problemOf(answer).code, 'busy')
    assert.match(answer.text, /Ask again in a moment/)
    assert.deepEqual(lines, [])
  })

  it('that meet a failing store are answered 500 and logged once', async (test) => {
    const ledger = { read: () => Promise.reject(new Error('disk I/O error')) }
    const { ask, lines } = await openAdmin(test, { ledger })
    for (let count = 0; count < 3; count++) {
      const answer = await ask({ path: '/v1/records', as: 'operator' })
      assert.equal(problemOf(answer).code, 'internal')
      assert.doesNotMatch(answer.text, /disk/)
    }
    assert.equal(lines.filter((line) => line.includes('disk I/O error')).length, 1)
  })
})

describe('closing the admin API', () => {
  it('waits for nobody who is slow beyond its bound', async (test) => {
    const { endpoint, tokens, close } = await openAdmin(test)
    const { hostname, port } = new URL(endpoint)
    const slow = connect(Number(port), hostname)
    const ended = once(slow, 'close')
    slow.on('error', () => undefined)
    slow.write(
      `POST /v1/sellers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.operator}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    await once(slow, 'connect')
    await fetch(`${endpoint}/healthz`)
    await close(10)
    await ended
  })
})

describe('lists', () => {
  it('come in pages that miss nothing and repeat nothing', async (test) => {
    const { ask, control } = await openAdmin(test)
    const accounts = Array.from({ length: 25 }, (_, index) => String(600_000_000_000 + index * 7))
    const wanted = accounts.toReversed().map((account) => {
      return { kind: 'buyer', where: '', account } as const
    })
    await control.change({ wanted, nowMs: NOW_MS, actor: 'user:test', summary: 'many' })
    const seen: string[] = []
    let next: string | undefined = ''
    while (next !== undefined) {
      const path = `/v1/buyers?limit=10${next && `&after=${next}`}`
      const { json } = await ask({ path, as: 'operator' })
      const page = json as { items: { account: string }[]; next?: string }
      assert.ok(page.items.length <= 10)
      seen.push(...page.items.map(({ account }) => account))
      next = page.next
    }
    assert.deepEqual(seen, [BUYER, '444444444444', ...accounts])
  })
})

describe('reading back', () => {
  async function filled(test: Parameters<typeof openAdmin>[0]): Promise<AdminServer> {
    const ledger = new MemoryLedger(() => NOW_MS * 1_000)
    const hours = [HOUR - 2, HOUR - 1, HOUR] as UsageHour[]
    for (const hour of hours) await ledger.hold(call, [recordOf(OWN, hour - HOUR + 5, hour)])
    await ledger.hold(call, [recordOf(OTHER, 9)])
    return openAdmin(test, { ledger })
  }

  const rows: readonly (readonly [string, number])[] = [
    ['', 4],
    [`?seller=${OWN}`, 3],
    ['?product=own-product', 4],
    ['?product=other-product', 0],
    [`?buyer=${BUYER}&dimension=users&region=us-east-1`, 4],
    ['?dimension=Users', 0],
    ['?region=eu-west-1', 0],
    ['?fromHour=2026-11-01T09', 3],
    ['?fromHour=2026-11-01T09&beforeHour=2026-11-01T10', 1],
    ['?beforeHour=2026-11-01T10:00Z', 2],
    ['?id=018f0000-0000-8000-8000-000000000000', 0],
    ['?limit=2', 2],
  ]

  it('narrows by each filter', async (test) => {
    const { ask } = await filled(test)
    for (const [query, expected] of rows) {
      const { json, text } = await ask({ path: `/v1/records${query}`, as: 'operator' })
      const page = json as { records?: unknown[] }
      assert.equal(page.records?.length, expected, `${query}: ${text}`)
    }
  })

  it('show a seller whose usage a buyer reported, and not from where', async (test) => {
    const ledger = new MemoryLedger(() => NOW_MS * 1_000)
    const { ask, store } = await openAdmin(test, { ledger })
    const signer = '222233334444' as AccountId
    const signed = { ...call, operation: 'MeterUsage', account: signer }
    await ledger.hold(signed, [recordOf(OWN, 5)])
    await store.appendRefusals([refusedOf(OWN, { signer, operation: 'MeterUsage' })])
    const callAs = async (as: 'own' | 'operator') => {
      const { json } = await ask({ path: '/v1/records', as })
      return Object.keys((json as { records: { call: object }[] }).records[0]?.call ?? {})
    }
    const hidden = ['accessKeyId', 'address', 'userAgent']
    const seen = ['requestId', 'operation', 'receivedAt', 'account', 'profile']
    assert.deepEqual((await callAs('own')).sort(), [...seen].sort())
    assert.deepEqual((await callAs('operator')).sort(), [...seen, ...hidden].sort())
    const keyAs = async (as: 'own' | 'operator') => {
      const { json } = await ask({ path: '/v1/refusals', as })
      return (json as { refusals: { accessKeyId?: string }[] }).refusals[0]?.accessKeyId
    }
    assert.deepEqual([await keyAs('own'), await keyAs('operator')], [undefined, call.accessKeyId])
  })

  it('gives each record whole, by the id that the seller was given', async (test) => {
    const { ask } = await filled(test)
    const { json } = await ask({ path: '/v1/records?fromHour=2026-11-01T10', as: 'own' })
    const { records } = json as { records: { id: string; hour: string; quantity: number }[] }
    assert.equal(records.length, 1)
    assert.deepEqual([records[0]?.hour, records[0]?.quantity], ['2026-11-01T10:00:00.000Z', 5])
    const byId = await ask({ path: `/v1/records?id=${records[0]?.id}`, as: 'own' })
    assert.deepEqual((byId.json as { records: unknown }).records, records)
  })

  it('goes on where it stopped, and shows a seller its own alone', async (test) => {
    const { ask } = await filled(test)
    const quantities: number[] = []
    let cursor = ''
    for (let page = 0; page < 10; page++) {
      const { json } = await ask({ path: `/v1/records?limit=1${cursor}`, as: 'own' })
      const { records, resume } = json as { records: { quantity: number }[]; resume: string }
      quantities.push(...records.map(({ quantity }) => quantity))
      cursor = `&cursor=${resume}`
    }
    assert.deepEqual(quantities, [3, 4, 5])
  })

  it('shows refused usage with the reason, whatever a stranger sent', async (test) => {
    const { ask, store } = await openAdmin(test)
    const usage = {
      buyer: { account: BUYER as AccountId },
      dimension: 'a\u0000b\ud800' as Dimension,
      quantity: 7 as Quantity,
      // No calendar names this instant.
      timestampMs: 9e15 as InstantMs,
    }
    const held = { id: 'some-id' as MeteringRecordId, quantity: 5 as Quantity }
    await store.appendRefusals([
      refusedOf(OWN, { usage, held }),
      refusedOf(OWN, { usage, held }),
      refusedOf(OTHER, { code: 'CustomerNotSubscribed', atMs: (NOW_MS - 1) as InstantMs }),
    ])
    const { json } = await ask({ path: '/v1/refusals', as: 'own' })
    const { refusals } = json as { refusals: Record<string, unknown>[] }
    assert.equal(refusals.length, 1)
    assert.deepEqual(refusals[0]?.['held'], held)
    assert.equal(refusals[0]['count'], 2)
    assert.equal((refusals[0]['usage'] as { timestamp: string }).timestamp, '9000000000000000')
    const counts = [
      ['', 2],
      ['?code=CustomerNotSubscribed', 1],
      ['?from=2026-11-01T10:30Z', 1],
      ['?before=2026-11-01T10:30Z', 1],
      ['?product=none', 0],
    ] as const
    for (const [query, expected] of counts) {
      const answer = await ask({ path: `/v1/refusals${query}`, as: 'operator' })
      assert.equal((answer.json as { refusals: unknown[] }).refusals.length, expected, query)
    }
  })
})

describe('operations', () => {
  it('answers health without a token, with the reasons', async (test) => {
    const parts = { ledger: { ready: false, note: 'The disk is full. Make room.' } }
    const { ask } = await openAdmin(test, { health: { report: () => ({ ready: false, parts }) } })
    assert.deepEqual((await ask({ path: '/healthz' })).json, { status: 'ok' })
    const ready = await ask({ path: '/readyz' })
    assert.equal(ready.status, 503)
    assert.deepEqual(ready.json, { status: 'notReady', parts })
  })

  it('answers over TLS', async (test) => {
    const { endpoint } = await openAdmin(test, {}, TEST_TLS)
    assert.match(endpoint, /^https:/)
    assert.equal(await tlsStatus(`${endpoint}/healthz`), 200)
    assert.equal(await tlsStatus(`${endpoint}/v1/sellers`), 401)
  })

  it('gives metrics to a token, or to all where that was chosen', async (test) => {
    const closed = await openAdmin(test)
    assert.equal((await closed.ask({ path: '/metrics' })).status, 401)
    const open = await openAdmin(test, { metricsOpen: true })
    const { status, text, headers } = await open.ask({ path: '/metrics' })
    assert.equal(status, 200)
    assert.match(text, /^process_resident_memory_bytes /m)
    assert.match(headers.get('content-type') ?? '', /^text\/plain/)
  })

  it('answers what its own document says', async (test) => {
    const { ask, store } = await openAdmin(test)
    await store.appendRefusals([refusedOf(OWN)])
    const document = (await ask({ path: '/openapi.json' })).json as OpenApi
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema({ ...document, $id: 'api' })
    let checked = 0
    for (const path of Object.keys(document.paths)) {
      if (path.includes('{') || document.paths[path]?.['get'] === undefined) continue
      const { status, json } = await ask({ path, as: 'operator' })
      if (json === undefined) continue
      const pointer = `/paths/${path.replaceAll('/', '~1')}/get/responses/${status}`
      const schema = { $ref: `api#${pointer}/content/application~1json/schema` }
      assert.ok(ajv.validate(schema, json), `${path}: ${ajv.errorsText()}`)
      checked += 1
    }
    assert.ok(checked >= 12, String(checked))
  })
})

interface OpenApi {
  readonly paths: Record<string, Record<string, unknown> | undefined>
}

function rawStatus(endpoint: string, path: string): Promise<number> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    rawRequest({ hostname, port, path }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

function tlsStatus(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    secureGet(url, { ca: TEST_TLS.cert }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    }).on('error', reject)
  })
}
