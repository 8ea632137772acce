/**
 * Quotas (rule 141) and their place in the order of checks (D11): after rights, before JSON.
 *
 * They run only where the bindings say that quotas are on, and no other case runs there: it would meet them. A quota
 * refills while we look, so a step sends again until it is refused; each request of the other steps must be refused
 * for its own fault, whatever is left of the quota.
 */
import type { Case, Expected, Plan } from '../case.ts'
import { batch, record, refused } from './building.ts'
import { asked as askedForEntitlements, askedInCbor } from './get-entitlements.ts'

const body = batch(record())

/** Ten calls pass at once and ten more each second: fifty in a row cannot. */
const SENT_MAX = 50

const THROTTLED = refused('ThrottlingException', 'Rate exceeded')
const MISMATCH: Expected = { status: 'auth', type: 'InvalidSignatureException' }
const DENIED: Expected = { status: 'auth', type: 'AccessDeniedException' }

const FACTS = { quotas: true, source: 'commonErrors' } as const

function metering(operation: string): Plan {
  return { body: {}, headers: { 'x-amz-target': `AWSMPMeteringService.${operation}` } }
}

const INVALID_TOKEN = refused('InvalidTokenException')
const resolve: Plan = { ...metering('ResolveCustomer'), body: { RegistrationToken: 'x' } }

const OTHERS: readonly (readonly [name: string, send: Plan])[] = [
  ['MeterUsage', metering('MeterUsage')],
  ['RegisterUsage', metering('RegisterUsage')],
  ['ResolveCustomer', resolve],
  ['GetEntitlements', askedForEntitlements({})],
  ['GetEntitlements, in CBOR', askedInCbor({})],
]

export const throttling: readonly Case[] = [
  {
    ...FACTS,
    name: 'throttling: more calls than the quota of the account',
    rules: ['19', '77', '141'],
    steps: [{ send: { body }, sendUntil: SENT_MAX, expect: THROTTLED }],
  },
  {
    ...FACTS,
    name: 'throttling: the quota is looked at before the JSON',
    rules: ['D11'],
    steps: [{ send: { body, cutBytes: 1 }, sendUntil: SENT_MAX, expect: THROTTLED }],
  },
  {
    ...FACTS,
    name: 'throttling: the signature and the rights are looked at before the quota',
    rules: ['D11'],
    steps: [
      { send: { body }, sendUntil: SENT_MAX, expect: THROTTLED },
      { send: { body, sign: { secret: 'wrong' } }, expect: MISMATCH },
      { send: { body, sign: { key: 'restricted' } }, expect: DENIED },
    ],
  },
  {
    ...FACTS,
    name: 'throttling: each operation has a quota of its own',
    rules: ['141'],
    steps: [
      { send: { body }, sendUntil: SENT_MAX, expect: THROTTLED },
      { send: resolve, expect: INVALID_TOKEN },
    ],
  },
  ...OTHERS.map(([name, send]): Case => ({
    ...FACTS,
    name: `throttling: more calls of ${name}`,
    rules: ['19', '36', '141'],
    steps: [{ send, sendUntil: SENT_MAX, expect: THROTTLED }],
  })),
]
