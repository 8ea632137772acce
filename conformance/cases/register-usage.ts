/** RegisterUsage: what is refused, and before what. Whom it lets run, tests of the service itself show: no binding names a container. */
import type { Case, Expected, Json, Plan } from '../case.ts'
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

export const registerUsage: readonly Case[] = [...bad, ...order]
