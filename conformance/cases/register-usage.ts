/** RegisterUsage: whom it lets run and how it says so, what is refused, and before what. */
import type { Case, Expected, Json, JsonObject, KeyRole, Plan } from '../case.ts'
import { once, refused } from './building.ts'

const FACTS = { rules: ['13', '174'], source: 'registerUsage' } as const

const NO_PRODUCT = refused('InvalidProductCodeException')
const WRONG_TYPE = refused('SerializationException')
const BREACH = refused('ValidationException')

function register(body: Json, plan: Plan = {}): Plan {
  const headers = { 'x-amz-target': 'AWSMPMeteringService.RegisterUsage' }
  return { body, ...plan, headers }
}

const good = { ProductCode: 'nosuchproduct', PublicKeyVersion: 1 }

const rows: readonly (readonly [name: string, body: Json, expected: Expected])[] = [
  ['an unknown product', good, NO_PRODUCT],
  ['a product of 0 characters', { ...good, ProductCode: '' }, NO_PRODUCT],
  ['a product of 256 characters', { ...good, ProductCode: 'p'.repeat(256) }, BREACH],
  ['no product', { PublicKeyVersion: 1 }, BREACH],
  ['no version', { ProductCode: 'p' }, BREACH],
  ['version 0', { ...good, PublicKeyVersion: 0 }, BREACH],
  ['a nonce of 255 characters', { ...good, Nonce: 'n'.repeat(255) }, NO_PRODUCT],
  ['a nonce of 256 characters', { ...good, Nonce: 'n'.repeat(256) }, BREACH],
  ['a version of one and a half', { ...good, PublicKeyVersion: 1.5 }, WRONG_TYPE],
  ['a text for a version', { ...good, PublicKeyVersion: '1' }, WRONG_TYPE],
]

const bad: readonly Case[] = rows.map(([name, body, expected]) =>
  once(FACTS, `register: ${name}`, register(body), expected),
)

const order: readonly Case[] = [
  once(
    { ...FACTS, rules: ['20', 'D4'] },
    'register: in a Region that is not served',
    register(good, { sign: { region: 'xx-nowhere-1' } }),
    refused('DisabledApiException'),
  ),
  once(
    { ...FACTS, rules: ['79'] },
    'register: by a key that may not',
    register(good, { sign: { key: 'restricted' } }),
    { status: 'auth', type: 'AccessDeniedException' },
  ),
]

const RUN = { ProductCode: '<container>', PublicKeyVersion: '<container.version>' }
const CURRENT: Expected = { signedBy: 'current' }

function run(changes: JsonObject = {}, key: KeyRole = 'buyer'): Plan {
  return register({ ...RUN, ...changes }, { sign: { key } })
}

interface RunRow {
  readonly name: string
  readonly rules: readonly string[]
  readonly changes?: JsonObject
  readonly key?: KeyRole
  readonly expected: Expected
}

const runRows: readonly RunRow[] = [
  { name: 'the current version', rules: ['173', '175'], expected: CURRENT },
  {
    name: 'a nonce',
    rules: ['173'],
    changes: { Nonce: 'a nonce é"\\😀\n' },
    expected: CURRENT,
  },
  { name: 'an empty nonce', rules: ['13'], changes: { Nonce: '' }, expected: CURRENT },
  {
    name: 'a nonce of 255 characters, signed',
    rules: ['13'],
    changes: { Nonce: 'n'.repeat(255) },
    expected: CURRENT,
  },
  {
    name: 'a version that was rotated',
    rules: ['174'],
    changes: { PublicKeyVersion: '<container.oldVersion>' },
    expected: { signedBy: 'rotated' },
  },
  {
    name: 'a key without a resource label',
    rules: ['171'],
    key: 'buyerUnlabelled',
    expected: CURRENT,
  },
  {
    name: 'a version that there is none of',
    rules: ['32', '174'],
    changes: { PublicKeyVersion: '<container.unknownVersion>' },
    expected: refused('InvalidPublicKeyVersionException'),
  },
  {
    name: 'a product that BatchMeterUsage meters',
    rules: ['21'],
    changes: { ProductCode: '<product>' },
    expected: NO_PRODUCT,
  },
  {
    name: 'a buyer who left',
    rules: ['28', '171'],
    key: 'lapsedBuyer',
    expected: refused('CustomerNotEntitledException'),
  },
  {
    name: 'the seller, who has not bought',
    rules: ['28', '171'],
    key: 'seller',
    expected: refused('CustomerNotEntitledException'),
  },
  {
    name: 'the version is looked at before the agreement',
    rules: ['174'],
    changes: { PublicKeyVersion: '<container.unknownVersion>' },
    key: 'lapsedBuyer',
    expected: refused('InvalidPublicKeyVersionException'),
  },
]

const runs: readonly Case[] = runRows.map(({ name, rules: ruled, changes, key, expected }) =>
  once({ ...FACTS, rules: ruled }, `register: ${name}`, run(changes, key), expected),
)

const staying: readonly Case[] = [
  {
    ...FACTS,
    name: 'register: who was let run stays so when the agreement ends, and others are not',
    rules: ['171'],
    steps: [
      { send: run(), expect: CURRENT },
      { send: run(), expect: CURRENT },
      { catalog: 'suspend', licenseArn: '<container.licenseArn>' },
      { send: run(), expect: CURRENT },
      {
        send: run({ ProductCode: '<oneResource>' }),
        expect: refused('InvalidPublicKeyVersionException'),
      },
      { catalog: 'resume', licenseArn: '<container.licenseArn>' },
    ],
  },
]

export const registerUsage: readonly Case[] = [...bad, ...order, ...runs, ...staying]
