/** What the body of a request may be: rule 62 and decision D6. Nothing a stranger sends ends the process. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseJsonObject } from './json.ts'
import { Refused } from './refused.ts'

const MB = 1_048_576

describe('a body', () => {
  const accepted: readonly (readonly [name: string, body: string | Buffer, value: unknown])[] = [
    ['an empty object', '{}', {}],
    ['blanks around it', ' \t\r\n{ "a" : 1 } \n', { a: 1 }],
    ['a member twice: the last counts', '{"a":1,"a":2}', { a: 2 }],
    ['half a character, escaped', '{"a":"\\ud800"}', { a: '\ud800' }],
    ['NUL, escaped', '{"a":"\\u0000"}', { a: '\0' }],
    ['an emoji in UTF-8', '{"a":"😀"}', { a: '😀' }],
    ['a number beyond doubles', '{"a":1e400}', { a: Infinity }],
  ]
  for (const [name, body, value] of accepted) {
    it(`of ${name} is read`, () => assert.deepEqual(parseJsonObject(Buffer.from(body)), value))
  }

  const refused: readonly (readonly [name: string, body: string | Buffer])[] = [
    ['nothing', ''],
    ['blanks', '  '],
    ['a list', '[]'],
    ['a text', '"{}"'],
    ['a number', '5'],
    ['null', 'null'],
    ['text that is not JSON', 'UsageRecords=1'],
    ['an object that is cut short', '{"a":1'],
    ['something after the object', '{}{}'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{}//'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":Infinity}'],
    ['a leading zero', '{"a":01}'],
    ['a hexadecimal number', '{"a":0x1}'],
    ['NUL as it is', '{"a":"\0"}'],
    ['a byte order mark', '\ufeff{}'],
    ['a lone continuation byte', Buffer.from([0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong slash', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    [
      'half a character in bytes',
      Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    ],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
  ]
  for (const [name, body] of refused) {
    it(`of ${name} is a SerializationException`, () => {
      assert.throws(() => parseJsonObject(Buffer.from(body)), isSerializationException)
    })
  }

  describe('with many lists and objects', () => {
    const rows: readonly (readonly [name: string, text: string, bytes: number, isRead: boolean])[] =
      [
        ['65,536 bytes of nothing else', lists(1, 32_765), 65_536, true],
        ['65,536 bytes of lists that do not end', '{"a":'.padEnd(65_536, '['), 65_536, false],
        ['one in 16 bytes, one within another', lists(1, 65_534), 65_535 * 16, true],
        ['one more, one within another', lists(1, 65_535), 65_535 * 16, false],
        ['one in 16 bytes, one beside another', lists(65_533, 1), 65_535 * 16, true],
        ['one more, one beside another', lists(65_534, 1), 65_535 * 16, false],
        [
          'one in 16 bytes, in a body just long enough to be counted',
          lists(1, 4_096),
          65_552,
          true,
        ],
        ['one more, in a body just long enough to be counted', lists(1, 4_097), 65_552, false],
        ['1 MB of lists that do not end', '{"a":'.padEnd(MB - 1, '['), MB - 1, false],
        ['1 MB of objects that do not end', '{"a":'.repeat(209_000), MB - 1, false],
        ['1 MB of brackets in a text', `{"a":"${'['.repeat(MB - 9)}"}`, MB - 1, true],
        [
          '1 MB of brackets in a text, behind quotes',
          `{"a":"${'\\"[{'.repeat(260_000)}"}`,
          MB - 1,
          true,
        ],
        ['1 MB of brackets behind texts', `{"a":"\\\\","b":${'['.repeat(400_000)}`, MB - 1, false],
        ['1 MB of the densest good allocations', dense(26_000), MB - 1, true],
      ]
    for (const [name, text, bytes, isRead] of rows) {
      it(`such as ${name} is ${isRead ? 'read' : 'refused'}`, () => {
        const body = Buffer.from(text.padEnd(bytes))
        assert.equal(body.length, bytes)
        if (isRead) assert.ok('a' in parseJsonObject(body))
        else assert.throws(() => parseJsonObject(body), isSerializationException)
      })
    }

    it('is read up to one in 16 bytes, whatever its texts are', () => {
      const bytes = 65_552
      const value = fc.jsonValue({ stringUnit: fc.constantFrom('"', '\\', '[', '{', 'a', '😀') })
      const run = fc.property(value, (given) => {
        const beside = bytes / 16 - containersOf(given) - 2
        const bodyWith = (count: number) =>
          padded({ a: given, b: Array.from({ length: count }, () => []) }, bytes)
        assert.deepEqual(parseJsonObject(bodyWith(beside))['a'], JSON.parse(JSON.stringify(given)))
        assert.throws(() => parseJsonObject(bodyWith(beside + 1)), isSerializationException)
      })
      fc.assert(run)
    })
  })

  it('never gives an object another prototype', () => {
    const body = parseJsonObject(Buffer.from('{"__proto__":{"a":1},"constructor":2}'))
    assert.equal(Object.getPrototypeOf(body), Object.prototype)
    assert.equal(body['a'], undefined)
  })

  it('of any bytes at all is read or refused', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((json) => Buffer.from(json)),
    )
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          const value = parseJsonObject(Buffer.from(given))
          assert.deepEqual(value, JSON.parse(Buffer.from(given).toString()))
        } catch (error) {
          assert.ok(isSerializationException(error))
        }
      }),
    )
  })
})

/** Rule 62: the name, and no message. */
function isSerializationException(error: unknown): boolean {
  if (!(error instanceof Refused)) return false
  return error.refusal.code === 'SerializationException' && error.refusal.message === ''
}

/** An object whose member holds so many lists of so many within each other: with its root and, of several, the list of them. */
function lists(count: number, depth: number): string {
  const one = '['.repeat(depth) + ']'.repeat(depth)
  return count === 1 ? `{"a":${one}}` : `{"a":[${Array(count).fill(one).join()}]}`
}

function dense(count: number): string {
  const one = '{"AllocatedUsageQuantity":0,"Tags":[]}'
  return `{"a":[${Array(count).fill(one).join()}]}`
}

function padded(value: unknown, bytes: number): Buffer {
  const text = Buffer.from(JSON.stringify(value))
  return Buffer.concat([text, Buffer.alloc(bytes - text.length, ' ')])
}

function containersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, member) => sum + containersOf(member), 1)
}
