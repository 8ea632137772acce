import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMasterKeys, masterKeyOf, parseMasterKeys, ringOf } from './master-keys.ts'

const A = Buffer.alloc(32, 1)
const B = Buffer.alloc(32, 2)
const SOURCE = 'MARKETMETER_MASTER_KEYS'
const a = A.toString('base64')
const b = B.toString('base64')

// Read each row as: this text holds these keys, the first of which encrypts.
const TAKEN: readonly (readonly [name: string, text: string, keys: readonly Buffer[]])[] = [
  ['one key', a, [A]],
  ['one key and a line end', `${a}\n`, [A]],
  ['two, by a comma', `${b},${a}`, [B, A]],
  ['two, by a blank', `${a} ${b}`, [A, B]],
  ['two, on lines, with comments', `# old ones last\n${b}\n  # the first\r\n${a}\n`, [B, A]],
  ['without padding', a.replace('=', ''), [A]],
]

for (const [name, text, keys] of TAKEN) {
  test(`takes ${name}`, () => {
    const result = parseMasterKeys(text, SOURCE)
    assert.ok(result.ok)
    assert.deepEqual(
      result.ring.keys.map((key) => key.key.export()),
      keys,
    )
    assert.equal(result.ring.current, result.ring.keys[0])
    for (const key of result.ring.keys) assert.equal(result.ring.find(key.id), key)
  })
}

const MEND =
  'Restore it from your copy. Only if no secret was ever stored under it, make a new one: openssl rand -base64 32.'
const malformed = (position: number) =>
  `${SOURCE} is malformed: key ${position} is not 32 bytes in base64 (44 characters). ${MEND}`

const REFUSED: readonly (readonly [name: string, text: string, problem: string])[] = [
  ['nothing', '', `${SOURCE} holds no key. ${MEND}`],
  ['only comments', '# nothing\n', `${SOURCE} holds no key. ${MEND}`],
  ['31 bytes', Buffer.alloc(31, 1).toString('base64'), malformed(1)],
  ['33 bytes', Buffer.alloc(33, 1).toString('base64'), malformed(1)],
  ['hexadecimal', A.toString('hex'), malformed(1)],
  ['a second key that is none', `${a}\n${b.slice(1)}`, malformed(2)],
  ['one key twice', `${a},${a}`, `${SOURCE} holds the same master key twice. Remove one of them.`],
]

for (const [name, text, problem] of REFUSED) {
  test(`refuses ${name}, with a sentence that repeats none of it`, () =>
    assert.deepEqual(parseMasterKeys(text, SOURCE), { ok: false, problem }))
}

test('a key is known by 16 characters that are always the same and differ from key to key', () => {
  assert.match(masterKeyOf(A).id, /^[\w-]{16}$/)
  assert.equal(masterKeyOf(A).id, masterKeyOf(Buffer.from(A)).id)
  assert.notEqual(masterKeyOf(A).id, masterKeyOf(B).id)
})

test('a ring does not find a key that it does not hold', () =>
  assert.equal(ringOf([masterKeyOf(A)]).find(masterKeyOf(B).id), undefined))

test('what is written is read back', () => {
  const text = formatMasterKeys(ringOf([masterKeyOf(B), masterKeyOf(A)]))
  const result = parseMasterKeys(text, SOURCE)
  assert.ok(result.ok)
  assert.deepEqual(
    result.ring.keys.map((key) => key.id),
    [masterKeyOf(B).id, masterKeyOf(A).id],
  )
})

test('a key of another length is a bug of ours', () =>
  assert.throws(() => masterKeyOf(Buffer.alloc(16)), RangeError))
