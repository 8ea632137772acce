import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERRORS } from '../core/errors.ts'
import { failureOf } from './failure.ts'

const errorOf = (name: string, httpStatusCode?: number): Error =>
  Object.assign(new Error('told'), { name, $metadata: { httpStatusCode } })

const TABLE: readonly (readonly [name: string, status: number | undefined, kind: string])[] = [
  ['InvalidTagException', 400, 'record'],
  ['ValidationException', 400, 'record'],
  ['Unknown', 413, 'record'],
  ['InvalidProductCodeException', 400, 'request'],
  ['NeverHeardOfException', 400, 'request'],
  ['ThrottlingException', 400, 'throttled'],
  ['Anything', 429, 'throttled'],
  ['UnrecognizedClientException', 400, 'caller'],
  ['UnrecognizedClientException', 403, 'caller'],
  ['SignatureDoesNotMatch', 403, 'caller'],
  ['NeverHeardOfException', 403, 'caller'],
  ['NeverHeardOfException', 401, 'caller'],
  ['CredentialsProviderError', undefined, 'caller'],
  ['InternalServiceErrorException', 500, 'unknown'],
  ['InvalidTagException', 500, 'unknown'],
  ['SyntaxError', 200, 'unknown'],
  ['AbortError', undefined, 'unknown'],
  ['TimeoutError', undefined, 'unknown'],
]

for (const [name, status, kind] of TABLE) {
  test(`${name} with ${status ?? 'no answer'} is ${kind}`, () => {
    assert.equal(failureOf(errorOf(name, status)).kind, kind)
  })
}

test('every error of the table that is refused for good has a kind of its own', () => {
  for (const [name, { blames, retry }] of Object.entries(ERRORS)) {
    if (retry === 'never') assert.equal(failureOf(errorOf(name, 400)).kind, blames)
  }
})

test('what is thrown without being an error, or without a message, still has a text', () => {
  assert.equal(failureOf('text').message, 'text')
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  assert.equal(failureOf(refused).message, 'ECONNREFUSED')
})
