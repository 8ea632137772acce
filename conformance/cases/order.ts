/**
 * The order of checks (D11): a request with two faults reports the one that is looked for first.
 *
 * The faults below stand in that order. Every two of them that can stand in one request are sent together, so
 * neighbours and strangers alike; a pair that would change the same member is left out.
 */
import type { Case, Expected, JsonObject, Plan, ProfileName, Signing } from '../case.ts'
import { once, record, refused, TAKEN } from './building.ts'

interface Fault {
  readonly name: string
  readonly answer: Expected
  readonly profile?: ProfileName
  readonly plan?: Omit<Plan, 'sign' | 'body' | 'headers'>
  readonly headers?: Readonly<Record<string, string>>
  readonly sign?: Signing
  readonly request?: JsonObject
  readonly record?: JsonObject
  /** A second record. */
  readonly beside?: JsonObject
}

/** One part that is the whole, so that a fault can spoil the sum or the tags alone. */
const GOOD = record({ UsageAllocations: [{ AllocatedUsageQuantity: 1 }] })

function auth(type: string): Expected {
  return { status: 'auth', type }
}

const FAULTS: readonly Fault[] = [
  {
    name: 'size',
    plan: { padToBytes: 1_048_576 },
    answer: { status: 413, type: 'RequestEntityTooLargeException' },
  },
  {
    name: 'method',
    plan: { method: 'PUT' },
    answer: { status: 404, type: 'UnknownOperationException' },
  },
  {
    name: 'content type',
    headers: { 'content-type': 'text/plain' },
    answer: { status: 404, type: 'UnknownOperationException' },
  },
  {
    name: 'target',
    headers: { 'x-amz-target': 'AWSMPMeteringService.Nothing' },
    answer: refused('UnknownOperationException'),
  },
  {
    name: 'signature form',
    sign: { edits: [{ header: 'authorization', find: 'SignedHeaders=', put: 'Headers=' }] },
    answer: auth('IncompleteSignatureException'),
  },
  {
    name: 'signature scope',
    sign: { service: 'metering' },
    answer: {
      status: 'auth',
      type: 'InvalidSignatureException',
      message: /^Credential should be scoped to correct service/,
    },
  },
  {
    name: 'signature clock',
    sign: { clock: '-10m' },
    answer: { status: 'auth', type: 'InvalidSignatureException', message: /^Signature expired/ },
  },
  {
    name: 'key',
    sign: { key: 'unknown' },
    answer: { status: 'auth', type: 'UnrecognizedClientException', message: /invalid\.$/ },
  },
  {
    name: 'session token',
    sign: { token: 'invented' },
    answer: { status: 'auth', type: 'UnrecognizedClientException', message: /invalid$/ },
  },
  {
    name: 'signature value',
    sign: { secret: 'wrong' },
    answer: {
      status: 'auth',
      type: 'InvalidSignatureException',
      message: /^The request signature we calculated/,
    },
  },
  { name: 'rights', sign: { key: 'restricted' }, answer: auth('AccessDeniedException') },
  { name: 'JSON', plan: { cutBytes: 1 }, answer: refused('SerializationException') },
  {
    name: 'types',
    record: { Timestamp: 'noon' },
    answer: refused('SerializationException', /can not be converted to milliseconds since epoch$/),
  },
  {
    name: 'constraints',
    record: { Dimension: '' },
    answer: refused('ValidationException', /^1 validation error detected/),
  },
  { name: 'Region', sign: { region: 'xx-nowhere-1' }, answer: refused('DisabledApiException') },
  {
    name: 'identity mode',
    beside: record({ CustomerIdentifier: '<cancelled.customerIdentifier>' }),
    answer: refused('ValidationException', /^(?!\d+ validation error)/),
  },
  {
    name: 'product code',
    request: { ProductCode: 'nosuchproduct' },
    answer: refused('InvalidProductCodeException'),
  },
  {
    name: 'license',
    profile: 'aws-2025',
    record: { LicenseArn: '<concurrent.licenseA>' },
    answer: refused('InvalidLicenseException'),
  },
  {
    name: 'license',
    profile: 'aws-2026',
    record: { LicenseArn: '<active.licenseArn>' },
    request: { ProductCode: undefined },
    answer: refused('InvalidLicenseException'),
  },
  {
    name: 'customer identifier',
    record: { CustomerIdentifier: 'NoSuchCustomer', CustomerAWSAccountId: undefined },
    answer: refused('InvalidCustomerIdentifierException'),
  },
  {
    name: 'dimension',
    record: { Dimension: 'nosuchdimension' },
    answer: refused('InvalidUsageDimensionException'),
  },
  {
    name: 'tag',
    record: { UsageAllocations: [{ AllocatedUsageQuantity: 1, Tags: [{ Key: '?', Value: 'v' }] }] },
    answer: refused('InvalidTagException'),
  },
  {
    name: 'allocations',
    record: { Quantity: 2 },
    answer: refused('InvalidUsageAllocationsException'),
  },
  {
    name: 'window',
    record: { Timestamp: '<now-25h>' },
    answer: refused('TimestampOutOfBoundsException'),
  },
]

function clash(first: object | undefined, second: object | undefined): boolean {
  return Object.keys(first ?? {}).some((name) => name in (second ?? {}))
}

function canStandTogether(first: Fault, second: Fault): boolean {
  const profiles = new Set([first.profile, second.profile].filter((one) => one !== undefined))
  return (
    profiles.size < 2 &&
    !clash(first.plan, second.plan) &&
    !clash(first.headers, second.headers) &&
    !clash(first.sign, second.sign) &&
    !clash(first.request, second.request) &&
    !clash(first.record, second.record)
  )
}

/** Every member of a part may be absent, so none at all is one too. */
function merged<Part extends object>(parts: readonly (Part | undefined)[], none: Part): Part {
  return parts.reduce<Part>((whole, part) => ({ ...whole, ...part }), none)
}

function planOf(...faults: readonly Fault[]): Plan {
  const one = {
    ...GOOD,
    ...merged(
      faults.map((fault) => fault.record),
      {},
    ),
  }
  const beside = faults.flatMap((fault) => fault.beside ?? [])
  return {
    ...merged(
      faults.map((fault) => fault.plan),
      {},
    ),
    headers: merged(
      faults.map((fault) => fault.headers),
      {},
    ),
    sign: merged(
      faults.map((fault) => fault.sign),
      {},
    ),
    body: {
      UsageRecords: [one, ...beside],
      ProductCode: '<product>',
      ...merged(
        faults.map((fault) => fault.request),
        {},
      ),
    },
  }
}

const FACTS = { rules: ['81', '82', 'D11'], source: 'project' } as const

function alone(fault: Fault): Case {
  const { profile } = fault
  const name = `order: ${fault.name} alone${profile ? `, ${profile}` : ''}`
  return once({ ...FACTS, ...(profile && { profile }) }, name, planOf(fault), fault.answer)
}

function pair(first: Fault, second: Fault): Case {
  const profile = first.profile ?? second.profile
  const name = `order: ${first.name} before ${second.name}${profile ? `, ${profile}` : ''}`
  return once({ ...FACTS, ...(profile && { profile }) }, name, planOf(first, second), first.answer)
}

export const order: readonly Case[] = [
  once(FACTS, 'order: no fault at all', planOf(), TAKEN),
  ...FAULTS.map(alone),
  ...FAULTS.flatMap((first, index) =>
    FAULTS.slice(index + 1)
      .filter((second) => canStandTogether(first, second))
      .map((second) => pair(first, second)),
  ),
]
