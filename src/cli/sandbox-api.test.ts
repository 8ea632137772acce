/** What the sandbox commands make of an answer that is none to what they asked. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refusalIn } from './sandbox-api.ts'

const NO_SANDBOX = /^http:\/\/127\.0\.0\.1:9 answers, but is no control endpoint of a sandbox\./

const ROWS: readonly (readonly [answer: string, said: string | RegExp])[] = [
  ['{"error":"There is no fault x."}', 'There is no fault x.'],
  [
    '{"error":"The seed is not good.","problems":[{"where":"now","text":"a"},{"where":"","text":"b"}]}',
    'The seed is not good.\nnow: a\nb',
  ],
  ['{"message":"Missing Authentication Token"}', NO_SANDBOX],
  ['{"error":{"code":404}}', NO_SANDBOX],
  ['null', NO_SANDBOX],
  ['"no"', NO_SANDBOX],
  ['<html>', NO_SANDBOX],
  ['', NO_SANDBOX],
]

describe('a refusal is told in words', () => {
  for (const [answer, said] of ROWS) {
    it(answer === '' ? 'of an empty answer' : answer, () => {
      const text = refusalIn(answer, 'http://127.0.0.1:9')
      if (typeof said === 'string') assert.equal(text, said)
      else assert.match(text, said)
    })
  }
})
