import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { isAws } from './billing-guard.ts'
import { BINDINGS_SCHEMA, parseBindings } from './bindings.ts'
import { CASES } from './cases/index.ts'
import { meterSlotAt, ownershipOf, pairSlotAt, slotAt } from './slots.ts'
import { durationMs, resolveJson, resolveText, type Scope, Unbound } from './tokens.ts'

const DEMO = await readFile(new URL('bindings/demo.json', import.meta.url), 'utf8')
const bindings = parseBindings(DEMO)
const NOON = Date.parse('2026-11-23T12:34:56.789Z')
const HOUR = 3_600_000

describe('bindings', () => {
  it('have a published schema that is current', async () => {
    const published: unknown = JSON.parse(
      await readFile(new URL('bindings.schema.json', import.meta.url), 'utf8'),
    )
    // Write it anew with: node conformance/write-schema.ts
    assert.deepEqual(published, JSON.parse(JSON.stringify(BINDINGS_SCHEMA)))
  })

  it('tell everything that is wrong at once', () => {
    const text = JSON.stringify({ ...bindings, region: 5, product: { code: '' }, more: true })
    assert.throws(
      () => parseBindings(text),
      /\/ must NOT have additional properties[^]*\/region must be string[^]*\/product/,
    )
  })

  it('that are no JSON are told so', () => {
    assert.throws(() => parseBindings('{'), /not JSON/)
  })
})

describe('an endpoint of AWS', () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ['https://metering.marketplace.us-east-1.amazonaws.com', true],
    ['https://METERING.marketplace.us-east-1.AMAZONAWS.COM./', true],
    ['https://metering.marketplace-fips.us-east-1.amazonaws.com:443/aws', true],
    ['https://metering-marketplace.us-east-1.api.aws', true],
    ['https://metering.marketplace.cn-northwest-1.amazonaws.com.cn', true],
    ['https://metering.marketplace.eusc-de-east-1.amazonaws.eu', true],
    ['https://amazonaws.com', true],
    ['http://127.0.0.1:7070', false],
    ['https://amazonaws.com.example.org', false],
    ['https://notamazonaws.com', false],
    ['https://example.org/amazonaws.com', false],
  ]
  for (const [url, expected] of rows) {
    it(`${url}: ${expected ? 'is one' : 'is none'}`, () => {
      assert.equal(isAws(new URL(url)), expected)
    })
  }
})

describe('tokens', () => {
  const scope: Scope = {
    bindings,
    nowMs: NOON,
    own: [slotAt(0, bindings, NOON)],
    pair: pairSlotAt(0, bindings, NOON),
    meter: meterSlotAt(0, bindings, NOON),
  }
  const rows: readonly (readonly [token: string, expected: string | number])[] = [
    ['<now>', NOON / 1_000],
    ['<now-6h+30s>', (NOON - 6 * HOUR + 30_000) / 1_000],
    ['<now+5m1ms>', (NOON + 300_001) / 1_000],
    ['<product>', '4w1sbgfkdrl0bqj1j6gf93k2b'],
    ['<product.upperCase>', '4W1SBGFKDRL0BQJ1J6GF93K2B'],
    ['<dimension.otherCase>', 'REQUESTS'],
    ['<cancelled.account>', '222233336666'],
    ['<active.customerIdentifier.lowerCase>', 'x01demoactv'],
    ['<concurrent.licenseB>', bindings.buyers.concurrent?.licenseArns[1] ?? ''],
    ['<own.account>', '222233334444'],
    ['<pair.dimension>', 'compute_hours'],
    ['<meter.dimension>', 'worker_hours'],
    ['<container>', '6m4cdemocontainerpr0duct1'],
    ['<contract.first.dimension>', 'seats'],
    ['not <now>', 'not <now>'],
    ['a<b', 'a<b'],
  ]
  for (const [token, expected] of rows) {
    it(`${token} is ${expected}`, () => {
      assert.equal(resolveJson(token, scope), expected)
    })
  }

  it('stand anywhere in a text, instants with three decimals', () => {
    assert.equal(resolveText('[<now-34s>,"<dimension>"]', scope), '[1795437262.789,"requests"]')
  })

  it('that the bindings lack say so, and unknown ones are a mistake of the case', () => {
    assert.throws(() => resolveJson('<secondRegion>', scope), Unbound)
    assert.throws(() => resolveJson('<own2.hour>', scope), Unbound)
    assert.throws(() => resolveJson('<container.version>', scope), Unbound)
    assert.throws(() => resolveJson('<next>', scope), Unbound)
    assert.throws(() => resolveJson('<nonsense>', scope), /no token <nonsense>/)
  })

  it('count a sign for every term until the next sign', () => {
    assert.equal(durationMs('-1h30m+15s'), -HOUR - 1_800_000 + 15_000)
  })
})

describe('hours of a case’s own', () => {
  const positions = [...ownershipOf(CASES).values()].flatMap(({ own }) => own)

  it('are enough for every case with the demo’s bindings', () => {
    const lacking = positions.filter((one) => slotAt(one, bindings, NOON) === undefined)
    assert.deepEqual(lacking, [])
    const meters = [...ownershipOf(CASES).values()].flatMap(({ meter }) => meter ?? [])
    const lackingMeters = meters.filter((one) => meterSlotAt(one, bindings, NOON) === undefined)
    assert.deepEqual(lackingMeters, [])
  })

  it('never meet, whatever hours two runs are apart', () => {
    const owners = new Map<string, number>()
    for (let hour = 0; hour < 50; hour++) {
      for (const position of positions) {
        const slot = slotAt(position, bindings, NOON + hour * HOUR)
        const key = JSON.stringify(slot)
        assert.equal(owners.get(key) ?? position, position)
        owners.set(key, position)
      }
    }
  })

  it('lie one to five hours back, so that every instant of them is inside each window', () => {
    for (const position of positions) {
      const slot = slotAt(position, bindings, NOON)
      const age = NOON - (slot?.hourStartMs ?? 0)
      assert.ok(age >= HOUR && age < 5 * HOUR, `${position} is ${age} ms old`)
    }
  })
})
