/** ResolveCustomer: what a registration token tells, to whom, and until when; every other token. */
import type { Case, Expected, Json, Plan } from '../case.ts'
import { once, refused } from './building.ts'

const FACTS = { rules: ['14', '148'], source: 'resolveCustomer' } as const

const INVALID = refused('InvalidTokenException', 'Registration token is invalid')
const EXPIRED = refused('ExpiredTokenException')

const ACTIVE: Expected = {
  answer: {
    CustomerIdentifier: '<active.customerIdentifier>',
    ProductCode: '<product>',
    CustomerAWSAccountId: '<active.account>',
    LicenseArn: '<active.licenseArn>',
  },
}

function resolve(token: Json, plan: Plan = {}): Plan {
  const headers = { 'x-amz-target': 'AWSMPMeteringService.ResolveCustomer', ...plan.headers }
  return { body: { RegistrationToken: token }, ...plan, headers }
}

const good: readonly Case[] = [
  {
    ...FACTS,
    name: 'resolve: a token of a legacy product, again and again',
    rules: ['14', '147'],
    steps: [
      { send: resolve('<registration.active>'), expect: ACTIVE },
      { send: resolve('<registration.active>'), expect: ACTIVE },
    ],
  },
  once(
    { ...FACTS, rules: ['14', '151'] },
    'resolve: a token of concurrent agreements tells no customer identifier',
    resolve('<registration.concurrent>'),
    {
      answer: {
        ProductCode: '<concurrentProduct>',
        CustomerAWSAccountId: '<concurrent.account>',
        LicenseArn: '<concurrent.licenseA>',
      },
    },
  ),
  once(
    { ...FACTS, rules: ['57'] },
    'resolve: members that the model does not have are passed over',
    resolve('<registration.active>', {
      body: { RegistrationToken: '<registration.active>', ProductCode: 5 },
    }),
    ACTIVE,
  ),
  once(
    { ...FACTS, rules: ['79'] },
    'resolve: by a key that may not meter',
    resolve('<registration.active>', { sign: { key: 'restricted' } }),
    ACTIVE,
  ),
]

const MADE = { ...FACTS, rules: ['147', '148'] }

const age: readonly Case[] = [
  once(
    { ...MADE, clock: '2026-11-23T15:59:59.999Z' },
    'resolve: a token of 4 hours less a millisecond',
    resolve('<registration.ofNoon>'),
    ACTIVE,
  ),
  once(
    { ...MADE, clock: '2026-11-23T16:00:00.000Z' },
    'resolve: a token of 4 hours',
    resolve('<registration.ofNoon>'),
    EXPIRED,
  ),
  once(
    { ...MADE, clock: '2026-11-23T11:00:00.000Z' },
    'resolve: a token made later than now, after a step back of the clock',
    resolve('<registration.ofNoon>'),
    ACTIVE,
  ),
  once(MADE, 'resolve: a token of yesterday', resolve('<registration.expired>'), EXPIRED),
]

const PATTERN = 'Member must satisfy regular expression pattern: [\\s\\S]+'
const NOT_NULL = 'Member must not be null'
const breached = (value: string, constraint: string) =>
  refused(
    'ValidationException',
    `1 validation error detected: Value ${value} at 'registrationToken' failed to satisfy constraint: ${constraint}`,
  )

const rows: readonly (readonly [name: string, token: Json, expected: Expected])[] = [
  ['no token', undefined, breached('null', NOT_NULL)],
  ['null for a token', null, breached('null', NOT_NULL)],
  ['a token of 0 characters', '', breached("''", PATTERN)],
  ['a token of 1 character', 'a', INVALID],
  ['a line end for a token', '\n', INVALID],
  ['a token of 100,000 characters', 'A'.repeat(100_000), INVALID],
  ['a token of NUL, half a character and others', '\u0000\ud800é😀', INVALID],
  ['a number for a token', 5, refused('SerializationException')],
  ['a list for a token', ['a'], refused('SerializationException')],
  ['a structure for a token', {}, refused('SerializationException')],
  ['a token that was cut', '<registration.active.cut>', INVALID],
  ['a token with a blank behind', '<registration.active.blankBehind>', INVALID],
  ['a form that was decoded twice', '<registration.active.formDecoded>', INVALID],
  ['a form that was not decoded', '<registration.active.formEncoded>', INVALID],
  ['a token of another seller', '<registration.otherSeller>', INVALID],
]

const bad: readonly Case[] = rows.map(([name, token, expected]) =>
  once(FACTS, `resolve: ${name}`, resolve(token), expected),
)

const order: readonly Case[] = [
  once(
    { ...FACTS, rules: ['149'] },
    'resolve: the token of one seller, shown by another',
    resolve('<registration.active>', { sign: { key: 'otherSeller' } }),
    INVALID,
  ),
  once(
    { ...FACTS, rules: ['149', 'D11'] },
    'resolve: another seller is not told that a token is too old',
    resolve('<registration.expired>', { sign: { key: 'otherSeller' } }),
    INVALID,
  ),
  once(
    { ...FACTS, rules: ['20', 'D4'] },
    'resolve: in a Region that is not served',
    resolve('<registration.active>', { sign: { region: 'xx-nowhere-1' } }),
    refused('DisabledApiException'),
  ),
  once(
    { ...FACTS, rules: ['D11'] },
    'resolve: constraints are looked at before the Region',
    resolve('', { sign: { region: 'xx-nowhere-1' } }),
    refused('ValidationException'),
  ),
  once(
    { ...FACTS, rules: ['D11'] },
    'resolve: the signature is looked at before the token',
    resolve('x', { sign: { secret: 'wrong' } }),
    { status: 'auth', type: 'InvalidSignatureException' },
  ),
]

export const resolveCustomer: readonly Case[] = [...good, ...age, ...bad, ...order]
