/**
 * A service for tests, of real parts: ledger in memory, catalog, signatures. Only the clock stands still and the
 * observer writes down what it is told.
 */
import { AWS_2025, type Profile } from '../core/profile.ts'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { CatalogEntry } from '../core/control-entries.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { Dimension } from '../core/usage.ts'
import {
  aCatalog,
  aCustomerIdentifier,
  aDimension,
  anAgreement,
  aProduct,
  BUYER,
  DIMENSION,
  NOON,
  OTHER_SELLER,
  PRODUCT,
  SELLER,
} from '../testing/builders.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import { FakeLedger } from '../testing/fake-ledger.ts'
import { deriveSigningKey, type KeyLookup } from '../wire/sigv4/index.ts'
import {
  ACCESS_KEY_ID,
  BATCH_METER_USAGE,
  SECRET_ACCESS_KEY,
  type Signing,
  signRequest,
} from '../wire/sigv4/signer.spec.ts'
import { verifyingWith } from './authenticate.ts'
import { domainClock } from './clock.ts'
import { createHandler } from './handle.ts'
import { masterKeyOf, ringOf } from './keys/master-keys.ts'
import { batchMeterUsage } from './operations/batch-meter-usage.ts'
import { getEntitlements } from './operations/get-entitlements.ts'
import { registerUsage } from './operations/register-usage.ts'
import { resolveCustomer } from './operations/resolve-customer.ts'
import { registrationsOf } from './registrations.ts'
import type { IncomingRequest, RequestFacts, Service, Signer } from './service.ts'
import type { SettledRecord } from './settle.ts'
import { changeInMemory, registerUsageBy } from './usage-registrations.ts'
import { WaitingRecords } from './waiting.ts'

/** Noon in the signer's words. */
export const SIGNED_AT = '20261123T120000Z'
export const NOON_SECONDS = NOON / 1_000

/** What the observer was told. */
export interface Told {
  readonly answered: string[]
  readonly settled: SettledRecord[]
  readonly refused: RefusedRecord[]
  readonly failures: unknown[]
}

export interface TestService {
  readonly service: Service
  readonly ledger: FakeLedger
  readonly told: Told
  readonly facts: RequestFacts[]
  readonly handle: (request: IncomingRequest) => Promise<TestAnswer>
  /** Signs and sends a body as BatchMeterUsage. */
  readonly send: (body: unknown, signing?: Signing) => Promise<TestAnswer>
}

export interface TestAnswer {
  readonly status: number
  /** The error's name, or empty. */
  readonly code: string
  readonly message: string
  /** The statuses of the results, in order. */
  readonly statuses: readonly string[]
  readonly ids: readonly (string | undefined)[]
  readonly unprocessed: number
  readonly text: string
}

/** Under which the service's registration tokens are sealed. */
export const MASTER_KEYS = ringOf([masterKeyOf(new Uint8Array(32).fill(7))])

interface Parts extends Partial<
  Pick<Service, 'regions' | 'quotas' | 'waiting' | 'freshen' | 'registerUsage'>
> {
  readonly keys?: KeyLookup<Signer>
  readonly catalog?: CatalogIndex
  readonly profile?: Profile
  readonly nowMs?: () => number
}

export function aService(parts: Parts = {}): TestService {
  const { profile = AWS_2025, nowMs = () => NOON, keys = KEYS, ...given } = parts
  const ledger = new FakeLedger()
  const told: Told = { answered: [], settled: [], refused: [], failures: [] }
  const catalog = given.catalog ?? aCatalog(...USUAL_WORLD)
  const service: Service = {
    profile,
    regions: new Set(['us-east-1']),
    clock: domainClock(nowMs),
    catalog,
    registerUsage: registerUsageBy(changeInMemory(catalog)),
    authenticate: verifyingWith(keys, [() => NOON]),
    freshen: () => undefined,
    ledger,
    registrations: registrationsOf(MASTER_KEYS, new MemoryControlStore(), profile),
    waiting: new WaitingRecords({ records: 1_000, bytes: 1_000_000 }),
    newRequestId: () => crypto.randomUUID(),
    observer: {
      answered: (_facts, { status, errorCode = '' }) =>
        told.answered.push(`${status} ${errorCode}`.trim()),
      settled: (records) => told.settled.push(...records),
      refused: (record) => told.refused.push(record),
      failed: (_facts, error) => told.failures.push(error),
    },
    ...given,
  }
  const inner = createHandler(service, [
    batchMeterUsage(service),
    resolveCustomer(service),
    registerUsage(service, MASTER_KEYS),
    getEntitlements(service, MASTER_KEYS),
  ])
  const facts: RequestFacts[] = []
  const handle = async (request: IncomingRequest): Promise<TestAnswer> => {
    const own = { requestId: service.newRequestId() }
    facts.push(own)
    const { status, body } = await inner(request, own)
    return readAnswer(status, body.toString())
  }
  const send = (body: unknown, signing?: Signing) => handle(signed(body, signing))
  return { service, ledger, told, facts, handle, send }
}

const USUAL_WORLD: readonly CatalogEntry[] = [
  aProduct({
    dimensions: [
      aDimension(),
      ...['b', 'c', 'x'].map((name) => aDimension({ name: name as Dimension })),
    ],
  }),
  aProduct({ code: 'foreign-product' as typeof PRODUCT, seller: OTHER_SELLER }),
  anAgreement(),
  aCustomerIdentifier(),
]

export const RESTRICTED_KEY_ID = 'AKIDRESTRICTED'
export const OTHER_SELLERS_KEY_ID = 'AKIDOTHERSELLER'

const SIGNERS: Readonly<Record<string, Signer>> = {
  [ACCESS_KEY_ID]: { account: SELLER, accessKeyId: ACCESS_KEY_ID },
  [OTHER_SELLERS_KEY_ID]: { account: OTHER_SELLER, accessKeyId: OTHER_SELLERS_KEY_ID },
  [RESTRICTED_KEY_ID]: {
    account: SELLER,
    accessKeyId: RESTRICTED_KEY_ID,
    operations: ['ResolveCustomer'],
  },
}

export const KEYS: KeyLookup<Signer> = {
  find(accessKeyId) {
    const signer = SIGNERS[accessKeyId]
    return (
      signer && {
        signer,
        session: undefined,
        signingKey: (date, region) =>
          deriveSigningKey(SECRET_ACCESS_KEY, { date, region, service: 'aws-marketplace' }),
      }
    )
  },
}

/** A usage record as SDKs send it, of now. */
export function wireRecord(
  members: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    Timestamp: NOON_SECONDS,
    Dimension: DIMENSION,
    Quantity: 1,
    ...('CustomerIdentifier' in members ? {} : { CustomerAWSAccountId: BUYER }),
    ...members,
  }
}

export function wireBatch(...records: readonly unknown[]): Record<string, unknown> {
  return { ProductCode: PRODUCT, UsageRecords: records }
}

/** @param body Text and bytes as they are, anything else as JSON. */
export function signed(body: unknown, signing: Signing = {}): IncomingRequest {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const headers: Readonly<Record<string, string>> = signing.headers ?? BATCH_METER_USAGE
  return {
    ...signRequest({ at: SIGNED_AT, body: text, ...signing }),
    contentType: headers['content-type'],
    amzTarget: headers['x-amz-target'],
    smithyProtocol: headers['smithy-protocol'],
    address: '127.0.0.1',
    userAgent: 'test',
  }
}

/** The bytes of a signed request, as a client puts them on the wire. */
export function signedBytes(body: unknown, signing: Signing = {}): Buffer {
  const request = signed(body, signing)
  const lines = [`${request.method} ${request.target} HTTP/1.1`]
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    lines.push(request.rawHeaders.slice(index, index + 2).join(': '))
  }
  lines.push(`content-length: ${request.body.length}`, '', '')
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), request.body])
}

interface AnswerBody {
  readonly __type?: string
  readonly message?: string
  readonly Message?: string
  readonly Results?: readonly { readonly Status: string; readonly MeteringRecordId?: string }[]
  readonly UnprocessedRecords?: readonly unknown[]
}

export function readAnswer(status: number, text: string): TestAnswer {
  const body = JSON.parse(text) as AnswerBody
  const results = body.Results ?? []
  return {
    status,
    code: body.__type ?? '',
    message: body.message ?? body.Message ?? '',
    statuses: results.map((result) => result.Status),
    ids: results.map((result) => result.MeteringRecordId),
    unprocessed: body.UnprocessedRecords?.length ?? 0,
    text,
  }
}
