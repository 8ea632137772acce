import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refused } from './refused.ts'
import { Breaches, integer, list, readRequest, required, structure, text } from './shape.ts'

const part = structure({
  Name: required(text({ max: 3 })),
  Count: required(integer({ min: 0, max: 9 })),
})
const whole = structure({ Parts: required(list(part, { max: 20 })) })

const WRONG = {
  Parts: [{ Name: 'long', Count: 'one' }, null, { Name: ['x'], Count: 10 }, 'text'],
}

test('a survey notes every constraint and every wrong type, each under its own path', () => {
  const breaches = new Breaches({ isSurvey: true })
  whole.read(WRONG, breaches)
  assert.deepEqual(
    breaches.list.map(({ path, code }) => `${path} ${code}`),
    [
      'parts.1.member.name ValidationException',
      'parts.1.member.count SerializationException',
      'parts.2.member ValidationException',
      'parts.3.member.name SerializationException',
      'parts.3.member.count ValidationException',
      'parts.4.member SerializationException',
    ],
  )
})

test('a survey lists more than the ten breaches that the wire names', () => {
  const breaches = new Breaches({ isSurvey: true })
  whole.read({ Parts: Array.from({ length: 15 }, () => ({ Name: 'long', Count: 1 })) }, breaches)
  assert.equal(breaches.count, 15)
})

test('a request still ends with its first wrong type', () => {
  const isOfWrongType = (error: unknown) =>
    error instanceof Refused && error.refusal.code === 'SerializationException'
  assert.throws(() => readRequest(whole, WRONG), isOfWrongType)
})
