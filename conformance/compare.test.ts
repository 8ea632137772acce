import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Expected } from './case.ts'
import { differences, newMemory } from './compare.ts'
import type { Answer, Sent } from './exchange.ts'

const ID = '0a0b0c0d-0000-8000-8000-000000000001'
const OTHER_ID = '0a0b0c0d-0000-8000-8000-000000000002'

const usage = { Timestamp: 1795435800.321, Dimension: 'requests', CustomerAWSAccountId: '1' }
const echo = { ...usage, Quantity: 0 }
const result = { UsageRecord: echo, MeteringRecordId: ID, Status: 'Success' }
const taken = { Results: [result], UnprocessedRecords: [] }
const SUCCESS: Expected = { results: [{ status: 'Success', id: 'a' }] }
const NOT_SUBSCRIBED: Expected = { results: ['CustomerNotSubscribed'] }
const REFUSED: Expected = { status: 400, type: 'InvalidTagException', message: 'exact' }
const DENIED: Expected = { status: 'auth', type: 'InvalidSignatureException', message: /^The/ }

const refusal = { __type: 'InvalidTagException', message: 'exact' }
const denial = { __type: 'InvalidSignatureException', message: 'The signature' }

function sentOf(...records: readonly object[]): Sent {
  const body = Buffer.from(JSON.stringify({ UsageRecords: records }))
  return { method: 'POST', url: new URL('http://127.0.0.1/'), headers: [], body }
}

function answerOf(status: number, body: unknown, headers: object = {}): Answer {
  return {
    status,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': ID,
      date: new Date().toUTCString(),
      ...headers,
    },
  }
}

type Row = readonly [name: string, expected: Expected, answer: Answer, problem?: RegExp]

const of = (changes: object) => ({ ...taken, Results: [{ ...result, ...changes }] })

const rows: readonly Row[] = [
  ['a right result', SUCCESS, answerOf(200, taken)],
  ['a wrong status code', SUCCESS, answerOf(201, taken), /201/],
  ['an error instead', SUCCESS, answerOf(400, refusal), /not 200/],
  ['another status', SUCCESS, answerOf(200, of({ Status: 'DuplicateRecord' })), /DuplicateRecord/],
  ['another id', SUCCESS, answerOf(200, of({ MeteringRecordId: OTHER_ID })), /the id of a/],
  ['an id in capitals', SUCCESS, answerOf(200, of({ MeteringRecordId: ID.toUpperCase() })), /UUID/],
  [
    'an id beside a refusal',
    NOT_SUBSCRIBED,
    answerOf(200, of({ Status: 'CustomerNotSubscribed' })),
    /has a Met/,
  ],
  [
    'a member that AWS does not have',
    SUCCESS,
    answerOf(200, of({ Reason: 'x' })),
    /no member Reason/,
  ],
  ['a member of the answer too many', SUCCESS, answerOf(200, { ...taken, Extra: 1 }), /members/],
  ['no list of unprocessed records', SUCCESS, answerOf(200, { Results: [result] }), /members/],
  [
    'unprocessed records',
    SUCCESS,
    answerOf(200, { ...taken, UnprocessedRecords: [echo] }),
    /empty list/,
  ],
  [
    'a result too many',
    SUCCESS,
    answerOf(200, { ...taken, Results: [result, result] }),
    /not 1 results/,
  ],
  [
    'a floored timestamp',
    SUCCESS,
    answerOf(200, of({ UsageRecord: { ...echo, Timestamp: 1795435800 } })),
    /echoed/,
  ],
  [
    'a null in the echo',
    SUCCESS,
    answerOf(200, of({ UsageRecord: { ...echo, LicenseArn: null } })),
  ],
  ['a right error', REFUSED, answerOf(400, refusal)],
  [
    'another error',
    REFUSED,
    answerOf(400, { ...refusal, __type: 'Other' }),
    /not InvalidTagException/,
  ],
  [
    'an error with a namespace',
    REFUSED,
    answerOf(400, { ...refusal, __type: 'a.b#InvalidTagException' }),
  ],
  ['another text', REFUSED, answerOf(400, { ...refusal, message: 'exact.' }), /the message/],
  ['a capital Message', REFUSED, answerOf(400, { __type: refusal.__type, Message: 'exact' })],
  [
    'an error that tells more',
    REFUSED,
    answerOf(400, { ...refusal, record: 1 }),
    /no member record/,
  ],
  ['an auth error', DENIED, answerOf(400, denial)],
  ['an auth error of another status', DENIED, answerOf(403, denial), /403, not 400/],
  ['no JSON', REFUSED, answerOf(400, '<Error/>'), /not an object/],
  [
    'another content type',
    REFUSED,
    answerOf(400, refusal, { 'content-type': 'text/plain' }),
    /content-type/,
  ],
  [
    'no request id',
    REFUSED,
    answerOf(400, refusal, { 'x-amzn-requestid': undefined }),
    /RequestId/,
  ],
  [
    'a date an hour off',
    REFUSED,
    answerOf(400, refusal, { date: 'Mon, 23 Nov 2020 15:00:00 GMT' }),
    /Date/,
  ],
  ['no date', REFUSED, answerOf(400, refusal, { date: undefined })],
]

describe('an answer', () => {
  for (const [name, expected, answer, problem] of rows) {
    it(`${name}: ${problem === undefined ? 'is right' : 'is told'}`, () => {
      const memory = newMemory({ authStatus: 400 })
      memory.ids.set('a', ID)
      const found = differences(sentOf(usage), answer, expected, memory).join('\n')
      if (problem === undefined) assert.equal(found, '')
      else assert.match(found, problem)
    })
  }

  it('gives each name an id of its own', () => {
    const memory = newMemory({ authStatus: 400 })
    const two = { ...taken, Results: [result, result] }
    const expected: Expected = {
      results: [
        { status: 'Success', id: 'a' },
        { status: 'Success', id: 'b' },
      ],
    }
    const found = differences(sentOf(usage, usage), answerOf(200, two), expected, memory)
    assert.match(found.join(), /result 2: the id is that of a/)
  })
})
