import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode, encode, type Tag } from 'cbor2'
import fc from 'fast-check'
import { at } from '../testing/builders.ts'
import { EpochSeconds } from './epoch-seconds.ts'
import { Refused } from './refused.ts'
import { CBOR_BYTES_MAX, isRpcV2Cbor, RPC_V2_CBOR } from './rpc-v2-cbor.ts'

const { read, write, targetOf, isSpokenIn } = RPC_V2_CBOR

describe('a body', () => {
  const TAKEN: readonly (readonly [string, string, object])[] = [
    ['an empty map', 'a0', {}],
    ['a map of indefinite length', 'bf616101ff', { a: 1 }],
    ['a text in pieces', 'bf61617f61626163ffff', { a: 'bc' }],
    ['a list of indefinite length', 'a161619f0102ff', { a: [1, 2] }],
    ['a number in more bytes than it needs', 'a161611a00000005', { a: 5 }],
    ['a whole number as a half float', 'a16161f94500', { a: 5 }],
    ['null', 'a16161f6', { a: null }],
    ['a key twice, of which the last counts', 'a2616101616102', { a: 2 }],
    [
      'a key that every object has',
      'a1695f5f70726f746f5f5f01',
      JSON.parse('{"__proto__":1}') as object,
    ],
  ]
  for (const [name, text, value] of TAKEN) {
    it(`with ${name} is read`, () => {
      assert.deepEqual(read(Buffer.from(text, 'hex')), value)
    })
  }

  const REFUSED: readonly (readonly [string, Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['a number', hex('01')],
    ['a list', hex('80')],
    ['null', hex('f6')],
    ['undefined', hex('f7')],
    ['a text', hex('6161')],
    ['bytes', hex('4161')],
    ['a date', hex('c11a5f5e1000')],
    ['a tag', hex('d9d9f8a0')],
    ['a key that is a number', hex('a10102')],
    ['a key within that is a number', hex('a16161a10102')],
    ['more behind it', hex('a0a0')],
    ['a map that is cut off', hex('a26161')],
    ['a map without an end', hex('bf6161')],
    ['a break alone', hex('ff')],
    ['a text that is not UTF-8', hex('a1616162ff41')],
    ['a length beyond all memory', hex('a161615b7fffffffffffffff')],
    ['a list of more than there can be', hex('a161619bffffffffffffffff')],
    ['a map of more than there can be', hex('bbffffffffffffffff')],
    ['a reserved kind of length', hex('bc')],
    [
      '17 lists within each other',
      Buffer.concat([hex('a16161'), Buffer.alloc(17, 0x81), hex('00')]),
    ],
    ['lists within lists without an end', Buffer.alloc(CBOR_BYTES_MAX, 0x9f)],
    ['tags of tags', Buffer.alloc(CBOR_BYTES_MAX, 0xc1)],
    ['one byte too many', tooLong(1)],
  ]
  for (const [name, bytes] of REFUSED) {
    it(`with ${name} is a SerializationException`, () =>
      assert.throws(() => read(bytes), isRefused))
  }

  it('may have as many bytes as there may be', () => {
    assert.equal((read(tooLong(0))['a'] as string).length, CBOR_BYTES_MAX - 8)
  })

  it('of any bytes is read or refused, and nothing else', () => {
    const numRuns = Number(process.env['FUZZ_RUNS'] ?? 2_000)
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([json, place, byte]) => {
        const good = Uint8Array.from(encode({ a: JSON.parse(json) as unknown }))
        good[place % good.length] = byte
        return good
      }),
    )
    const property = fc.property(bytes, (body) => {
      try {
        assert.equal(typeof read(Buffer.from(body)), 'object')
      } catch (error) {
        assert.ok(isRefused(error), String(error))
      }
    })
    fc.assert(property, { numRuns })
  })
})

describe('an answer', () => {
  it('has its instants as tag 1 with a whole float, however short they are', () => {
    const bytes = write({ a: new EpochSeconds(at('2026-12-01T00:00:00.000Z')) })
    assert.equal(Buffer.from(bytes).toString('hex'), 'a16161c1fb41dac38380000000')
    const { a } = decode<{ a: Tag }>(Buffer.from(bytes), { ignoreGlobalTags: true })
    assert.deepEqual([a.tag, a.contents], [1, 1796083200])
  })

  it('reads as it was, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        assert.deepEqual(JSON.stringify(decode(Buffer.from(write(value)))), JSON.stringify(value))
      }),
    )
  })
})

describe('a request', () => {
  const path = '/service/AWSMPEntitlementService/operation/GetEntitlements'
  const target = 'AWSMPEntitlementService.GetEntitlements'
  const TARGETS = [
    [path, target],
    [`/aws/mp${path}`, target],
    [`${path}?x=/service/A/operation/B`, target],
    [`${path}/`, undefined],
    ['/service/A.b/operation/C', undefined],
    ['/service//operation/', undefined],
    ['/', undefined],
    ['', undefined],
  ] as const
  for (const [text, named] of TARGETS) {
    it(`to ${text || 'nowhere'} names ${named ?? 'nothing'}`, () => {
      assert.equal(targetOf({ target: text, amzTarget: undefined }), named)
    })
  }

  it('may not name the operation twice', () => {
    assert.equal(targetOf({ target: path, amzTarget: target }), undefined)
  })

  it('is told by its header, and by its content type whether it is good', () => {
    const head = { target: path, amzTarget: undefined }
    assert.equal(isRpcV2Cbor({ ...head, smithyProtocol: 'rpc-v2-cbor' }), true)
    assert.equal(isRpcV2Cbor({ ...head, smithyProtocol: 'rpc-v2-json' }), false)
    assert.equal(isRpcV2Cbor(head), false)
    const types = [
      'application/cbor',
      'Application/CBOR; x=1',
      'application/cborx',
      'application/json',
    ]
    assert.deepEqual(types.map(isSpokenIn), [true, true, false, false])
  })
})

/** A map with one text, which fills all that there may be, and so many bytes more. */
function tooLong(by: number): Buffer {
  const text = Buffer.alloc(CBOR_BYTES_MAX - 8 + by, 0x61)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([hex('a161617a'), length, text])
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function isRefused(error: unknown): boolean {
  return error instanceof Refused && error.refusal.code === 'SerializationException'
}
