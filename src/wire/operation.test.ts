import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isAwsJson, operationName } from './operation.ts'

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

describe('a target', () => {
  const TABLE = [
    ['AWSMPMeteringService.BatchMeterUsage', 'BatchMeterUsage'],
    ['AWSMPMeteringService.', ''],
    ['AWSMPMeteringService', undefined],
    ['awsmpmeteringservice.BatchMeterUsage', undefined],
    ['AWSMPEntitlementService.GetEntitlements', undefined],
    ['BatchMeterUsage', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const
  for (const [target, name] of TABLE) {
    it(`${target ?? 'that is missing'} names ${name ?? 'nothing'}`, () => {
      assert.equal(operationName(target), name)
    })
  }
})
