import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isAwsJson } from './aws-json.ts'

describe('a content type', () => {
  const TABLE = [
    ['application/x-amz-json-1.1', true],
    ['application/x-amz-json-1.0', true],
    ['application/x-amz-json-1.1; charset=utf-8', true],
    ['application/x-amz-json-1.1 ;charset=utf-8', true],
    ['Application/X-Amz-Json-1.1', true],
    ['application/x-amz-json-1.2', false],
    ['application/x-amz-json-1.11', false],
    ['application/x-amz-json-1x1', false],
    ['application/json', false],
    ['text/application/x-amz-json-1.1', false],
    ['application/cbor', false],
    ['', false],
    [undefined, false],
  ] as const
  for (const [text, accepted] of TABLE) {
    it(`${text ?? 'that is missing'} is ${accepted ? '' : 'not '}AWS JSON`, () => {
      assert.equal(isAwsJson(text), accepted)
    })
  }
})
