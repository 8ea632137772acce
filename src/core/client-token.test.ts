/** What makes two requests under one token the same, and two tokens one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  anAllocation,
  aRecord,
  aUsageRecord,
  NOON,
  OTHER_BUYER,
  PRODUCT,
} from '../testing/builders.ts'
import { type ClientToken, clientTokenOf } from './client-token.ts'
import { AWS_2025 } from './profile.ts'
import type { InstantMs, ProductCode, Region } from './usage.ts'

interface Wish {
  readonly text?: string
  readonly scope?: Parameters<typeof aRecord>[0]
  readonly usage?: Parameters<typeof aUsageRecord>[0]
  readonly askedAtMs?: InstantMs
}

const DIVIDED = [anAllocation(1, 'a=1', 'b=2'), anAllocation(2)]
const LATER = (NOON + 1) as InstantMs

// What differs | whether it is another token | whether it is another request
const TABLE: readonly (readonly [string, Wish, boolean, boolean])[] = [
  ['nothing', {}, false, false],
  ['the time of asking', { askedAtMs: LATER }, false, false],
  ['the token', { text: 'token-2' }, true, false],
  ['the case of the token', { text: 'TOKEN-1' }, true, false],
  ['the Region', { scope: { region: 'eu-west-1' as Region } }, true, false],
  ['the signer', { scope: { buyer: OTHER_BUYER } }, true, false],
  ['the product', { scope: { product: `${PRODUCT}x` as ProductCode } }, true, false],
  ['the resource', { scope: { resource: 'i-2' } }, false, true],
  ['the dimension', { usage: { dimension: 'Requests' } }, false, true],
  ['the quantity', { usage: { quantity: 4 } }, false, true],
  ['the millisecond', { usage: { timestampMs: LATER } }, false, true],
  ['no allocations', { usage: {} }, false, true],
  [
    'the order of allocations and tags',
    { usage: { allocations: [anAllocation(2), anAllocation(1, 'b=2', 'a=1')] } },
    false,
    false,
  ],
  [
    'a tag',
    { usage: { allocations: [anAllocation(1, 'a=1', 'b=3'), anAllocation(2)] } },
    false,
    true,
  ],
]

describe('a client token', () => {
  const usual = tokenOf({ usage: { allocations: DIVIDED } })
  for (const [difference, wish, isOtherToken, isOtherRequest] of TABLE) {
    const said = `${isOtherToken ? 'another' : 'the same'} token of ${isOtherRequest ? 'another' : 'the same'} request`
    it(`is ${said} where ${difference} differs`, () => {
      const other = tokenOf(
        difference === 'no allocations'
          ? wish
          : { ...wish, usage: { allocations: DIVIDED, ...wish.usage } },
      )
      assert.equal(other.name !== usual.name, isOtherToken)
      assert.equal(other.parameters !== usual.parameters, isOtherRequest)
    })
  }

  it('is kept for the window of MeterUsage and an hour more', () => {
    assert.equal(usual.keptUntilMs, NOON + 7 * 3_600_000)
  })
})

function tokenOf({
  text = 'token-1',
  scope = {},
  usage = {},
  askedAtMs = NOON,
}: Wish): ClientToken {
  const record = aRecord({ resource: 'i-1', ...scope })
  return clientTokenOf(text, record, aUsageRecord({ quantity: 3, ...usage }), askedAtMs, AWS_2025)
}
