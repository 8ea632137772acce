import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ErrorCode, ERRORS, refusal } from '../core/errors.ts'
import { AWS_2025 } from '../core/profile.ts'
import { errorAnswer } from './answer.ts'
import { AWS_JSON } from './protocol.ts'

describe('an error on the wire', () => {
  const TABLE: readonly (readonly [ErrorCode, number, string])[] = [
    ['ValidationException', 400, '{"__type":"ValidationException","message":"M"}'],
    ['SerializationException', 400, '{"__type":"SerializationException","Message":"M"}'],
    ['AccessDeniedException', 400, '{"__type":"AccessDeniedException","Message":"M"}'],
    ['ThrottlingException', 400, '{"__type":"ThrottlingException","message":"M"}'],
    [
      'RequestEntityTooLargeException',
      413,
      '{"__type":"RequestEntityTooLargeException","message":"M"}',
    ],
    [
      'InternalServiceErrorException',
      500,
      '{"__type":"InternalServiceErrorException","message":"M"}',
    ],
  ]
  for (const [code, status, body] of TABLE) {
    it(`${code} is ${status} ${body}`, () => {
      const answer = errorAnswer({ code, message: 'M' }, AWS_2025)
      assert.deepEqual(answer, { status, errorCode: code, body, protocol: AWS_JSON })
    })
  }

  it('has no message where AWS has none', () => {
    const { body } = errorAnswer({ code: 'SerializationException', message: '' }, AWS_2025)
    assert.equal(body, '{"__type":"SerializationException"}')
  })

  it('has the profile’s status where a client token is taken', () => {
    const statuses = ([400, 409] as const).map(
      (idempotencyConflictStatus) =>
        errorAnswer(refusal('IdempotencyConflictException', ''), {
          ...AWS_2025,
          idempotencyConflictStatus,
        }).status,
    )
    assert.deepEqual(statuses, [400, 409])
  })

  it('has the profile’s status where it is of signature or rights', () => {
    const codes = Object.keys(ERRORS) as ErrorCode[]
    const changed = codes.filter((code) => {
      const [one, other] = ([400, 403] as const).map(
        (authStatus) => errorAnswer(refusal(code, ''), { ...AWS_2025, authStatus }).status,
      )
      return one === 400 && other === 403
    })
    assert.deepEqual(changed, [
      'MissingAuthenticationTokenException',
      'IncompleteSignatureException',
      'InvalidSignatureException',
      'UnrecognizedClientException',
      'ExpiredTokenException',
      'AccessDeniedException',
      'UnauthorizedException',
    ])
  })

  it('never shows the reason, which is for our own surfaces', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      assert.ok(!errorAnswer(refusal(code, 'the secret reason'), AWS_2025).body.includes('secret'))
    }
  })

  it('is ThrottlingException 400, not 429, and InternalServiceErrorException 500: SDKs retry both', () => {
    const retried = Object.entries(ERRORS).filter(([, { retry }]) => retry === 'later')
    assert.deepEqual(
      retried.map(([code, { httpStatus }]) => [code, httpStatus]),
      [
        ['ThrottlingException', 400],
        ['InternalServiceErrorException', 500],
      ],
    )
  })
})
