/**
 * A whole service with two sellers that mirror each other: the wire and the admin API on real sockets, over one catalog, one
 * ledger and one refusal log. For tenancy.test.ts.
 */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Wanted } from '../core/catalog-wanted.ts'
import { AWS_2025 } from '../core/profile.ts'
import type {
  AccountId,
  CustomerIdentifier,
  InstantMs,
  LicenseArn,
  ProductCode,
} from '../core/usage.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import { MemoryLedger } from '../store/memory.ts'
import { hashSessionToken } from '../wire/sigv4/index.ts'
import { SECRET_ACCESS_KEY, signRequest } from '../wire/sigv4/signer.spec.ts'
import { startAdmin } from './admin/start.ts'
import { newAdminToken } from './admin-tokens.ts'
import { ControlState } from './control-state.ts'
import { createService, operationsOf } from './create-service.ts'
import { masterKeyOf, ringOf } from './keys/master-keys.ts'
import { newPublicKey } from './keys/public-keys.ts'
import { sealSecret } from './keys/secrets.ts'
import { SigningKeys } from './keys/signing-keys.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createObserver } from './observer.ts'
import { RefusalLog } from './refusal-log.ts'
import { sealRegistration } from './registration-tokens.ts'
import { type ServiceParts, startService } from './start.ts'

/** What a tenant's things are called: its own for `own` and `oth`, and of nobody for `non`. All of one length. */
export interface FixedNames {
  readonly seller: AccountId
  /** Has agreements with the seller, and signs MeterUsage. */
  readonly buyer: AccountId
  /** Known to the seller by a customer identifier alone. */
  readonly newcomer: AccountId
  /** Concurrent agreements, and by contract. */
  readonly product: ProductCode
  readonly single: ProductCode
  readonly containers: ProductCode
  readonly dimension: string
  readonly customer: CustomerIdentifier
  readonly agreement: string
  readonly license: LicenseArn
  readonly accessKey: string
  readonly sessionKey: string
  readonly adminToken: string
  readonly clientToken: string
}

/** Those that the service itself gives. */
export interface Names extends FixedNames {
  readonly record: string
  readonly requestId: string
  readonly notification: string
  readonly registration: string
  readonly nextToken: string
  readonly recordsCursor: string
  readonly refusalsCursor: string
  readonly notificationsCursor: string
  readonly auditCursor: string
}

export type Tag = 'own' | 'oth' | 'non'

export interface WireCall {
  readonly operation: string
  /** Bytes as they are, anything else as JSON. */
  readonly body: unknown
  readonly signer: string
  readonly sessionToken?: string
  /** In Smithy's RPC v2: the body is bytes of CBOR, and so is the answer. */
  readonly cbor?: true
}

export interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

export interface TwoTenants {
  readonly names: Readonly<Record<Tag, Names>>
  readonly call: (call: WireCall) => Promise<Said>
  /** Over the admin API, by a token of the tenant that is named. */
  readonly ask: (as: Tag, method: string, path: string, body?: unknown) => Promise<Said>
  /** All that a tenant has, as its own token shows it, once what is on its way has been written. */
  readonly seenBy: (as: Tag) => Promise<unknown>
  readonly version: () => number
  /** All that the service serves. */
  readonly operations: readonly string[]
  readonly close: () => Promise<void>
}

const API_OF: Readonly<Record<string, string>> = { GetEntitlements: 'AWSMPEntitlementService' }
const SESSION_TOKEN = 'a-session-token'
/** Ends with the servers, which close what is idle. */
const AGENT = new Agent({ keepAlive: true })
const MASTER = masterKeyOf(new Uint8Array(32).fill(7))
const MASTER_KEYS = ringOf([MASTER])
const PUBLIC_KEY = await newPublicKey(MASTER, randomBytes)

export async function openTwoTenants(): Promise<TwoTenants> {
  const store = new MemoryControlStore()
  const control = await ControlState.open(store)
  const tokens = { own: await fill(control, 'own'), oth: await fill(control, 'oth'), non: '' }
  const refusals = new RefusalLog(store)
  const ports = await open(control, store, refusals)
  const call = (wanted: WireCall) => callOverWire(ports.wire, wanted)
  const ask: TwoTenants['ask'] = (as, method, path, body) =>
    send(ports.admin, method, path, { authorization: `Bearer ${tokens[as]}` }, body)
  const settled = async (): Promise<void> => {
    await refusals.close()
    await control.refresh()
  }
  const given = { call, ask, settled }
  const names = { own: await namesOf('own', given), oth: await namesOf('oth', given) }
  return {
    names: { ...names, non: unknownNames(names.oth) },
    call,
    ask,
    async seenBy(as) {
      await settled()
      const shown = await Promise.all(LISTS.map((list) => ask(as, 'GET', list)))
      return shown.map(({ text: page }) => JSON.parse(withoutMoving(page)) as unknown)
    },
    version: () => control.version,
    operations: ports.operations,
    close: ports.close,
  }
}

const LISTS = [
  '/v1/sellers',
  '/v1/buyers',
  '/v1/customer-identifiers',
  '/v1/products',
  '/v1/agreements',
  '/v1/access-keys',
  '/v1/usage-registrations',
  '/v1/records',
  '/v1/refusals',
  '/v1/notifications',
  '/v1/audit',
]

/** Cursors look different each time, and a ledger is complete a little longer each time. */
function withoutMoving(page: string): string {
  return page.replace(/"(next|resume|completeUntil)":"[^"]*"/g, '"$1":""')
}

interface Ports {
  readonly wire: string
  readonly admin: string
  readonly operations: readonly string[]
  readonly close: () => Promise<void>
}

async function open(
  control: ControlState,
  store: MemoryControlStore,
  refusals: RefusalLog,
): Promise<Ports> {
  const ledger = new MemoryLedger(() => Date.now() * 1_000)
  const log = createLog({ level: 'silent', form: 'json' })
  const metrics = createMetrics()
  const keepRefusal = refusals.keep.bind(refusals)
  const at = { host: '127.0.0.1', port: 0 }
  const wired: ServiceParts = {
    ...at,
    profile: AWS_2025,
    regions: ['us-east-1'],
    ledger,
    catalog: control.index,
    change: (wish) => control.change(wish),
    masterKeys: MASTER_KEYS,
    tokenUses: store,
    signingKeys: new SigningKeys('aws-marketplace', 10),
    observer: createObserver({ log, metrics, keepRefusal, machineNowMs: Date.now }),
    health: () => undefined,
    quotas: false,
    waitingMax: 100,
    connectionsMax: 10,
  }
  const service = await startService(wired)
  const parts = { control, controlStore: store, ledger, masterKeys: MASTER_KEYS, metrics, log }
  const admin = await startAdmin(
    {
      ...parts,
      health: { report: () => ({ ready: true, parts: {} }) },
      nowMs: Date.now,
      machineNowMs: Date.now,
      version: '0.0.0',
      metricsOpen: false,
      documents: { read: () => ({ ok: true, wanted: [] }) },
      purchases: {
        origin: 'https://buy.example',
        fulfilmentUrlOf: () => 'https://seller.example/',
      },
    },
    at,
  )
  const close = async (): Promise<void> => {
    await service.close(0)
    await admin.close(0)
  }
  const operations = operationsOf(createService(wired), MASTER_KEYS).map(({ name }) => name)
  return { wire: service.endpoint, admin: admin.endpoint, operations, close }
}

function fixedNames(tag: Tag): FixedNames {
  const digit = { own: '1', oth: '2', non: '9' }[tag]
  const account = (last: string) => `${digit}0000000000${last}` as AccountId
  return {
    seller: account('1'),
    buyer: account('2'),
    newcomer: account('3'),
    product: `product-${tag}` as ProductCode,
    single: `single-${tag}` as ProductCode,
    containers: `containers-${tag}` as ProductCode,
    dimension: `users-${tag}`,
    customer: `customer-${tag}` as CustomerIdentifier,
    agreement: `agmt-${tag}`,
    license: `arn:aws:license-manager::294406891311:license:l-${tag}` as LicenseArn,
    accessKey: `AKIA${tag.toUpperCase()}AAAAAAAAAAAA`,
    sessionKey: `ASIA${tag.toUpperCase()}AAAAAAAAAAAA`,
    adminToken: `tok-${tag}`,
    clientToken: `client-token-${tag}`,
  }
}

/** @returns The tenant's admin token. */
async function fill(control: ControlState, tag: Tag): Promise<string> {
  const { token, hash } = newAdminToken(randomBytes)
  const nowMs = Date.now() - 60_000
  const facts = { nowMs, actor: 'user:test', summary: 'fill' }
  const decision = await control.change({ ...facts, wanted: wantedOf(fixedNames(tag), hash) })
  if (!decision.ok) throw new Error(JSON.stringify(decision.problems))
  return token
}

function wantedOf(names: FixedNames, hash: string): readonly Wanted[] {
  const { seller, buyer, newcomer, product, single, containers, customer } = names
  const { agreement, license, accessKey, sessionKey, adminToken } = names
  const dimensions = [{ name: names.dimension }, { name: 'seats' }]
  const entitlements = dimensions.map(({ name }) => ({ dimension: name, integer: 5 }))
  const where = ''
  const start = { ms: (Date.now() - 7_200_000) as InstantMs, onlyIfNew: false }
  const listed = { kind: 'product', where, seller, dimensions } as const
  const secretOf = (id: string) => sealSecret(MASTER, id, SECRET_ACCESS_KEY, randomBytes)
  const sessionTokenHash = hashSessionToken(SESSION_TOKEN).toString('hex')
  const expiresMs = (Date.now() + 3_600_000) as InstantMs
  const temporary = { expiresMs, sessionTokenHash, resource: 'i-1' }
  const agreed = { kind: 'agreement', where, buyer, start } as const
  const signer = { kind: 'accessKey', where } as const
  return [
    { kind: 'seller', where, account: seller, webhook: 'https://seller.example/hook' },
    { kind: 'buyer', where, account: buyer },
    { kind: 'buyer', where, account: newcomer },
    { ...listed, code: product, agreements: 'concurrent', contract: true },
    { ...listed, code: single },
    { ...listed, code: containers, meteredBy: 'MeterUsage' },
    { kind: 'customerIdentifier', where, seller, buyer, identifier: customer },
    { kind: 'customerIdentifier', where, seller, buyer: newcomer, identifier: `${customer}-2` },
    { ...agreed, id: agreement, licenseArn: license, product, entitlements },
    { ...agreed, product: single },
    { ...agreed, product: containers },
    { ...signer, id: accessKey, account: seller, secret: secretOf(accessKey) },
    { ...signer, id: sessionKey, account: buyer, secret: secretOf(sessionKey), temporary },
    { kind: 'adminToken', where, id: adminToken, hash, seller },
    { kind: 'publicKey', where, product: containers, ...PUBLIC_KEY },
  ]
}

type Given = Pick<TwoTenants, 'call' | 'ask'> & { readonly settled: () => Promise<void> }

/** Uses the service as the tenant would, which leaves a record, refusals, a registration and notifications. */
async function namesOf(tag: Tag, { call, ask, settled }: Given): Promise<Names> {
  const names = fixedNames(tag)
  const { product, single, containers, buyer, dimension, license, accessKey, sessionKey } = names
  const usage = { Timestamp: Date.now() / 1e3, Dimension: dimension, Quantity: 1 }
  const ofBuyer = { ...usage, CustomerAWSAccountId: buyer }
  const asSeller = (operation: string, body: unknown) =>
    call({ operation, body, signer: accessKey })
  const asBuyer = (operation: string, body: unknown) =>
    call({ operation, body, signer: sessionKey, sessionToken: SESSION_TOKEN })
  const held = await asSeller('BatchMeterUsage', { ProductCode: single, UsageRecords: [ofBuyer] })
  for (const Quantity of [2, 3]) {
    const UsageRecords = [{ ...ofBuyer, Quantity }]
    await asSeller('BatchMeterUsage', { ProductCode: single, UsageRecords })
  }
  const report = { Timestamp: usage.Timestamp, UsageDimension: dimension, UsageQuantity: 1 }
  const token = { ClientToken: names.clientToken }
  await asBuyer('MeterUsage', { ProductCode: containers, ...report, ...token })
  await asBuyer('RegisterUsage', { ProductCode: containers, PublicKeyVersion: 1 })
  const entitled = await asSeller('GetEntitlements', { ProductCode: product, MaxResults: 1 })
  await settled()
  const shown = async (path: string) => jsonOf(await ask(tag, 'GET', `/v1/${path}`))
  const records = await shown('records')
  const notices = await shown('notifications?limit=1')
  const seller = names.seller
  const registered = { seller, product, buyer, licenseArn: license }
  const registration = { ...registered, issuedMs: Date.now() as InstantMs }
  return {
    ...names,
    record: jsonOf(held).Results?.[0]?.MeteringRecordId ?? '',
    requestId: String(held.headers['x-amzn-requestid']),
    notification: notices.notifications?.[0]?.id ?? '',
    registration: sealRegistration(MASTER_KEYS, registration, randomBytes),
    nextToken: jsonOf(entitled).NextToken ?? '',
    recordsCursor: records.resume ?? '',
    refusalsCursor: (await shown('refusals?limit=1')).next ?? '',
    notificationsCursor: notices.next ?? '',
    auditCursor: (await shown('audit?limit=1')).next ?? '',
  }
}

interface Page {
  readonly Results?: readonly { readonly MeteringRecordId: string }[]
  readonly NextToken?: string
  readonly notifications?: readonly { readonly id: string }[]
  readonly resume?: string
  readonly next?: string
}

function jsonOf({ status, text: body }: Said): Page {
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return JSON.parse(body) as Page
}

/** Shaped as another's are, and nobody's. */
function unknownNames(others: Names): Names {
  return {
    ...others,
    ...fixedNames('non'),
    record: '0798f11a-3c4d-8000-9e5f-0123456789ab',
    requestId: '00000000-0000-4000-8000-0000000000aa',
    notification: '00000000-0000-4000-8000-0000000000bb',
    registration: altered(others.registration),
    nextToken: altered(others.nextToken),
    recordsCursor: altered(others.recordsCursor),
    refusalsCursor: altered(others.refusalsCursor),
    notificationsCursor: altered(others.notificationsCursor),
    auditCursor: altered(others.auditCursor),
  }
}

/** With one letter another, so that its seal is broken. */
function altered(sealed: string): string {
  const place = sealed.search(/[a-y](?=.{20,40}$)/)
  const next = String.fromCharCode(sealed.charCodeAt(place) + 1)
  return `${sealed.slice(0, place)}${next}${sealed.slice(place + 1)}`
}

/** For who signs by a session key. */
export const SESSION = { sessionToken: SESSION_TOKEN }

function callOverWire(
  endpoint: string,
  { operation, body, signer, cbor, ...session }: WireCall,
): Promise<Said> {
  const api = API_OF[operation] ?? 'AWSMPMeteringService'
  const target = cbor ? `/service/${api}/operation/${operation}` : '/'
  const headers: Readonly<Record<string, string>> = cbor
    ? { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }
    : { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${api}.${operation}` }
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const signed = signRequest({
    at,
    target,
    headers,
    body: contentOf(body),
    accessKeyId: signer,
    ...session,
  })
  const pairs: [string, string][] = []
  for (let index = 0; index < signed.rawHeaders.length; index += 2) {
    pairs.push([signed.rawHeaders[index] ?? '', signed.rawHeaders[index + 1] ?? ''])
  }
  return send(endpoint, 'POST', target, Object.fromEntries(pairs), body)
}

function contentOf(body: unknown): string | Buffer {
  if (Buffer.isBuffer(body)) return body
  return body === undefined ? '' : JSON.stringify(body)
}

async function send(
  endpoint: string,
  method: string,
  path: string,
  given: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Said> {
  const content = contentOf(body)
  const headers = { ...(content.length > 0 && { 'content-type': 'application/json' }), ...given }
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}${path}`, { method, headers, agent: AGENT }, (answer) => {
      const { statusCode: status = 0, headers: said } = answer
      text(answer).then((shown) => resolve({ status, headers: said, text: shown }), reject)
    })
    sent.once('error', reject)
    sent.end(content)
  })
}
