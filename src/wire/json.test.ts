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

  it('may be nested 200,000 levels deep within 1 MB', () => {
    const lists = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    assert.ok(lists.length < MB)
    assert.ok('a' in parseJsonObject(Buffer.from(lists)))
    const maps = `${'{"a":'.repeat(170_000)}1${'}'.repeat(170_000)}`
    assert.ok(maps.length < MB)
    assert.ok('a' in parseJsonObject(Buffer.from(maps)))
    assert.throws(() => parseJsonObject(Buffer.from('['.repeat(MB))), isSerializationException)
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
