/**
 * Each rule of CONTRACT §2.5 (64 to 75), D11 and D12: what is sent, and the exact answer.
 *
 * A row that changes something signed is signed with the change, unless it says otherwise, so that only the
 * rule named is broken.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRegionName } from './scope.ts'
import {
  BATCH_METER_USAGE,
  headerOf,
  NOW_MS,
  signRequest,
  SECRET_ACCESS_KEY,
  withHeader,
} from './signer.spec.ts'
import type { SignedRequest } from './verify.ts'
import {
  answerTo,
  reasonFor,
  SESSION_EXPIRES_MS,
  SESSION_TOKEN,
  TEMPORARY_KEY_ID,
  verify,
} from './verifying.spec.ts'

const MISMATCH =
  'InvalidSignatureException: The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const MISSING = 'MissingAuthenticationTokenException: Missing Authentication Token'
const UNKNOWN_KEY =
  'UnrecognizedClientException: The security token included in the request is invalid.'
const BAD_TOKEN =
  'UnrecognizedClientException: The security token included in the request is invalid'
const EXPIRED_TOKEN = 'ExpiredTokenException: The security token included in the request is expired'
const HOST = "InvalidSignatureException: 'Host' must be a 'SignedHeader' in the AWS Authorization."

const good = signRequest()
const authorization = headerOf(good, 'Authorization')
const credential = 'AKIDEXAMPLE/20261123/us-east-1/aws-marketplace/aws4_request'
const signedHeaders = 'content-type;host;x-amz-date;x-amz-target'
const signature = authorization.slice(-64)

function withAuthorization(value: string): SignedRequest {
  return withHeader(good, 'Authorization', value)
}

function edited(from: string | RegExp, to: string): SignedRequest {
  return withAuthorization(authorization.replace(from, to))
}

describe('a request signed as it should be', () => {
  it('is accepted, and names the signer and the Region', () =>
    assert.deepEqual(verify(good), { ok: true, signer: 'the seller', region: 'us-east-1' }))

  const forms: Record<string, SignedRequest> = {
    'content-type unsigned, as JavaScript v2': signRequest({ unsigned: ['content-type'] }),
    'content-length signed, as Rust and Go': signRequest({
      headers: { ...BATCH_METER_USAGE, 'content-length': '19' },
    }),
    'user-agent signed, as .NET': signRequest({
      headers: { ...BATCH_METER_USAGE, 'user-agent': 'aws-sdk-dotnet/4.0 ua/2.1' },
    }),
    'a body hash that is true, as JavaScript and Java': signRequest({
      headers: {
        ...BATCH_METER_USAGE,
        'x-amz-content-sha256': '0fd0e7a52259b126d7ddc0dc856da69bd3a7caacbb4abf6b28326ba4429e85c6',
      },
      body: '{"ProductCode":"a"}',
    }),
    'a path prefix': signRequest({ target: '/aws/mp' }),
    'a path prefix with a slash at its end': signRequest({ target: '/aws/mp/' }),
    'a query': signRequest({ target: '/?a=1&b=2' }),
    'no blank after the commas': edited(/, /g, ','),
    'more blanks after the commas': edited(/, /g, ',  '),
    'the parts in another order': withAuthorization(
      `AWS4-HMAC-SHA256 Signature=${signature}, Credential=${credential}, SignedHeaders=${signedHeaders}`,
    ),
    'a Region that is not served here': signRequest({ region: 'eu-west-1' }),
    'unsigned headers besides': withHeader(good, 'accept-encoding', 'gzip'),
    'an unsigned x-amzn-trace-id, as load balancers add': withHeader(
      good,
      'X-Amzn-Trace-Id',
      'Root=1-2',
    ),
    'a header outside ASCII': outsideAscii(),
    'a temporary key with its token': temporary({ sessionToken: SESSION_TOKEN }),
  }
  for (const [name, request] of Object.entries(forms)) {
    it(`is accepted with ${name}`, () => assert.equal(reasonFor(request), 'ok'))
  }

  it('is accepted again, within the skew: the ledger takes the same usage twice as one fact', () => {
    assert.equal(answerTo(good), 'ok')
    assert.equal(answerTo(good, NOW_MS + 60_000), 'ok')
  })
})

/** node:http reads the header as Latin-1; the sender signed its UTF-8 bytes. */
function outsideAscii(): SignedRequest {
  const request = signRequest({ headers: { ...BATCH_METER_USAGE, 'x-note': 'naïve à la carte' } })
  return withHeader(request, 'x-note', Buffer.from('naïve à la carte').toString('latin1'))
}

function temporary(signing: Parameters<typeof signRequest>[0]): SignedRequest {
  return signRequest({ accessKeyId: TEMPORARY_KEY_ID, ...signing })
}

describe('rules 64 to 66: presence', () => {
  const signedInQuery = `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${signature}`
  const both =
    "InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string param and " +
    "'Authorization' as HTTP header."
  const escaped = '/?X%2DAmz-Algorithm=AWS4-HMAC-SHA256'

  table({
    'header and query': [signRequest({ target: signedInQuery }), both],
    'header and an escaped query name': [{ ...good, target: escaped }, both],
    'the query alone': [
      { ...withHeader(good, 'Authorization', undefined), target: signedInQuery },
      MISSING,
    ],
    'no header': [withHeader(good, 'Authorization', undefined), MISSING],
    'an empty header': [withAuthorization(''), MISSING],
    Basic: [withAuthorization('Basic dXNlcjpwYXNz'), MISSING],
    Bearer: [withAuthorization('Bearer abc'), MISSING],
    'an algorithm in small letters': [edited('AWS4', 'aws4'), MISSING],
    'two Authorization headers': [repeated('Authorization', authorization), MISMATCH],
    'two hosts': [repeated('Host', 'metering.example:7070'), MISMATCH],
    'two dates': [repeated('X-Amz-Date', '20261123T153000Z'), MISMATCH],
    'two tokens': [repeated('X-Amz-Security-Token', 'a', 'b'), MISMATCH],
    'two body hashes': [repeated('X-Amz-Content-Sha256', 'a', 'b'), MISMATCH],
    'a header too long': [withAuthorization(`${authorization}, ${'x'.repeat(4_096)}`), MISMATCH],
  })

  const requires = (part: string) => `Authorization header requires '${part}' parameter.`
  const date =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
  const all = [requires('Credential'), requires('Signature'), requires('SignedHeaders')]
  const undated = (value: string) => withHeader(withAuthorization(value), 'x-amz-date', undefined)

  table({
    'nothing but AWS4-': incomplete('AWS4-', all),
    'the algorithm alone': incomplete('AWS4-HMAC-SHA256', all),
    'no Credential': incomplete(authorization.replace(`Credential=${credential}, `, ''), [
      requires('Credential'),
    ]),
    'no Signature': incomplete(authorization.replace(`, Signature=${signature}`, ''), [
      requires('Signature'),
    ]),
    'an empty Signature': incomplete(authorization.replace(signature, ''), [requires('Signature')]),
    'no SignedHeaders': incomplete(authorization.replace(`SignedHeaders=${signedHeaders},`, ''), [
      requires('SignedHeaders'),
    ]),
    'a part without its equals sign': incomplete(authorization.replace('Signature=', 'Signature'), [
      requires('Signature'),
    ]),
    'no date': [
      undated(authorization),
      `IncompleteSignatureException: ${date} Authorization=${authorization}`,
    ],
    'nothing at all': [
      undated('AWS4-HMAC-SHA256'),
      `IncompleteSignatureException: ${[...all, date].join(' ')} Authorization=AWS4-HMAC-SHA256`,
    ],
  })

  function incomplete(value: string, sentences: readonly string[]): Row {
    const folded = value.replace(/ +/g, ' ')
    const message = `${sentences.join(' ')} Authorization=${folded}`
    return [withAuthorization(value), `IncompleteSignatureException: ${message}`]
  }
})

describe('rule 67: the date', () => {
  const bad = (text: string) =>
    `IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '${text}'. ` +
    'See http://en.wikipedia.org/wiki/ISO_8601'
  const httpDate = 'Mon, 23 Nov 2026 15:30:00 GMT'
  const amz = (text: string): Row => [withHeader(good, 'X-Amz-Date', text), bad(text)]
  const byDate = (text: string) =>
    withHeader(
      signRequest({ unsigned: ['x-amz-date'] }),
      'x-amz-date',
      undefined,
    ).rawHeaders.concat(['Date', text])

  table({
    'extended format': amz('2026-11-23T15:30:00Z'),
    'no zone': amz('20261123T153000'),
    'a part of a second': amz('20261123T153000.000Z'),
    'a month too many': amz('20261323T153000Z'),
    '30 February': amz('20260230T153000Z'),
    'hour 24': amz('20261123T240000Z'),
    'a leap second': amz('20261123T235960Z'),
    'the year 0': amz('00001123T153000Z'),
    'HTTP’s form in X-Amz-Date': amz(httpDate),
    'X-Amz-Date counts before Date': [
      withHeader(withHeader(good, 'X-Amz-Date', 'x'), 'Date', httpDate),
      bad('x'),
    ],
    'Date in HTTP’s form': [{ ...good, rawHeaders: byDate(httpDate) }, 'ok'],
    'Date in basic format': [{ ...good, rawHeaders: byDate('20261123T153000Z') }, 'ok'],
    'Date in a form of old': [
      { ...good, rawHeaders: byDate('Monday, 23-Nov-26 15:30:00 GMT') },
      bad('Monday, 23-Nov-26 15:30:00 GMT'),
    ],
    'Date on the wrong weekday': [
      { ...good, rawHeaders: byDate('Tue, 23 Nov 2026 15:30:00 GMT') },
      bad('Tue, 23 Nov 2026 15:30:00 GMT'),
    ],
    'Date with a time another than signed': [
      { ...good, rawHeaders: byDate('Mon, 23 Nov 2026 15:30:01 GMT') },
      MISMATCH,
    ],
  })
})

describe('rules 68 to 71: form and scope', () => {
  const algorithm = (name: string): Row => [
    edited('AWS4-HMAC-SHA256', name),
    `IncompleteSignatureException: Unsupported AWS 'algorithm': '${name}' (only AWS4-HMAC-SHA256 for now).`,
  ]
  const elements = (text: string): Row => [
    edited(credential, text),
    'IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, ' +
      `e.g. keyid/date/region/service/term, got '${text}'`,
  ]
  const scope = (signing: Parameters<typeof signRequest>[0], message: string): Row => [
    signRequest(signing),
    `InvalidSignatureException: ${message}`,
  ]
  const region = (name: string) => `Credential should be scoped to a valid region, not '${name}'. `
  const service = "Credential should be scoped to correct service: 'aws-marketplace'. "
  const term = (name: string) =>
    `Credential should be scoped with a valid terminator: 'aws4_request', not '${name}'. `
  const day = (text: string) =>
    'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
    `'${text}' != '20261123', from '20261123T153000Z'.`

  table({
    'SHA-25': algorithm('AWS4-HMAC-SHA25'),
    SigV4A: algorithm('AWS4-ECDSA-P256-SHA256'),
    'one element': elements('AKIDEXAMPLE'),
    'four elements': elements('AKIDEXAMPLE/20261123/us-east-1/aws-marketplace'),
    'six elements': elements(`${credential}/x`),
    'host not signed': [signRequest({ unsigned: ['host'] }), HOST],
    'a header like host signed': [edited('host', 'hosts'), HOST],
    'no Region': scope({ region: '' }, region('')),
    'a Region in capitals': scope({ region: 'US-EAST-1' }, region('US-EAST-1')),
    'no such form of Region': scope({ region: 'earth' }, region('earth')),
    'another service': scope({ service: 'metering.marketplace' }, service),
    'the service in capitals': scope({ service: 'AWS-Marketplace' }, service),
    'another terminator': scope({ terminator: 'aws4' }, term('aws4')),
    'another day': scope({ day: '20261122' }, day('20261122')),
    'all four': scope(
      { region: 'x', service: 'y', terminator: 'z', day: '1' },
      region('x') + service + term('z') + day('1'),
    ),
  })

  const REGIONS = 'us-east-1 us-gov-west-1 us-isob-east-1 eusc-de-east-1 ap-southeast-12 cn-north-1'
  for (const name of REGIONS.split(' ')) {
    it(`takes ${name} for a Region`, () => assert.ok(isRegionName(name)))
  }
  for (const name of ['us-east', 'us1', 'us-east-1a', '-east-1', 'us--1', 'us-east-1\n']) {
    it(`does not take ${JSON.stringify(name)} for a Region`, () => assert.ok(!isRegionName(name)))
  }
})

describe('rule 72: the clock, 5 minutes either way, compared in whole seconds', () => {
  const signedAt = NOW_MS
  const late =
    'InvalidSignatureException: Signature expired: 20261123T153000Z is now earlier than ' +
    '20261123T153001Z (20261123T153501Z - 5 min.)'
  const early =
    'InvalidSignatureException: Signature not yet current: 20261123T153000Z is still later than ' +
    '20261123T152959Z (20261123T152459Z + 5 min.)'

  const ROWS: readonly (readonly [name: string, nowMs: number, answer: string])[] = [
    ['5 min. later', signedAt + 300_000, 'ok'],
    ['5 min. and 999 ms later', signedAt + 300_999, 'ok'],
    ['5 min. and 1 s later', signedAt + 301_000, late],
    ['5 min. sooner', signedAt - 300_000, 'ok'],
    ['5 min. and 1 ms sooner', signedAt - 300_001, early],
    ['5 min. and 1 s sooner', signedAt - 301_000, early],
  ]
  for (const [name, nowMs, answer] of ROWS) {
    it(`${name}: ${answer.slice(0, 48)}`, () => assert.equal(answerTo(good, nowMs), answer))
  }
})

describe('rules 73 and 74, 52: key and token', () => {
  const altered = SESSION_TOKEN.replace('=', '-')
  table({
    'an unknown key': [signRequest({ accessKeyId: 'AKIDOTHER' }), UNKNOWN_KEY],
    'an empty key': [signRequest({ accessKeyId: '' }), UNKNOWN_KEY],
    'a key named like a part of every object': [
      signRequest({ accessKeyId: '__proto__' }),
      UNKNOWN_KEY,
    ],
    'a key in other letters': [signRequest({ accessKeyId: 'akidexample' }), UNKNOWN_KEY],
    'a temporary key without its token': [temporary({}), BAD_TOKEN],
    'a foreign token': [temporary({ sessionToken: 'FwoGZXIvYXdzOTHER' }), BAD_TOKEN],
    'an altered token': [temporary({ sessionToken: altered }), BAD_TOKEN],
    'a token altered after signing': [
      withHeader(temporary({ sessionToken: SESSION_TOKEN }), 'x-amz-security-token', altered),
      BAD_TOKEN,
    ],
    'an empty token': [temporary({ sessionToken: '' }), BAD_TOKEN],
    'a token beside a long-term key': [signRequest({ sessionToken: SESSION_TOKEN }), BAD_TOKEN],
    'an empty token beside a long-term key': [signRequest({ sessionToken: '' }), BAD_TOKEN],
    'the right token, not signed': [
      temporary({ sessionToken: SESSION_TOKEN, unsigned: ['x-amz-security-token'] }),
      MISMATCH,
    ],
  })

  const session = temporary({ sessionToken: SESSION_TOKEN })
  const foreign = temporary({ sessionToken: 'other' })
  it('takes a token to its last millisecond', () =>
    assert.equal(answerTo(session, SESSION_EXPIRES_MS - 1), 'ok'))
  it('refuses it from the next one on', () =>
    assert.equal(answerTo(session, SESSION_EXPIRES_MS), EXPIRED_TOKEN))
  it('does not tell that a token expired to who has another', () =>
    assert.equal(answerTo(foreign, SESSION_EXPIRES_MS), BAD_TOKEN))
})

describe('rule 75: one answer for all that makes a signature wrong', () => {
  const bodyHash = (value: string) =>
    signRequest({ headers: { ...BATCH_METER_USAGE, 'x-amz-content-sha256': value } })
  const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const names = Array.from({ length: 101 }, (_, index) => `n${String(index).padStart(3, '0')}`)

  const ROWS: Record<string, readonly [SignedRequest, reason: string]> = {
    'another secret': [
      signRequest({ secretAccessKey: `${SECRET_ACCESS_KEY}x` }),
      'the signature is another',
    ],
    'another body': [
      { ...good, body: Buffer.from('{"UsageRecords":[ ]}') },
      'the signature is another',
    ],
    'a signature in capitals': [
      edited(signature, signature.toUpperCase()),
      'the signature is not 64 lower-case hex digits',
    ],
    'a short signature': [
      edited(signature, signature.slice(1)),
      'the signature is not 64 lower-case hex digits',
    ],
    'a long signature': [
      edited(signature, `${signature}0`),
      'the signature is not 64 lower-case hex digits',
    ],
    'a signature that is no number': [
      edited(signature, 'z'.repeat(64)),
      'the signature is not 64 lower-case hex digits',
    ],
    'signed headers out of order': [
      edited('content-type;host', 'host;content-type'),
      'the signed headers are not in order, or one stands there twice',
    ],
    'a signed header twice': [
      edited('host;', 'host;host;'),
      'the signed headers are not in order, or one stands there twice',
    ],
    'a signed header in capitals': [
      edited('host', 'Host'),
      'a signed header is not a lower-case name',
    ],
    'an empty signed header': [
      edited('host;', 'host;;'),
      'a signed header is not a lower-case name',
    ],
    'a signed header that is not there': [
      withHeader(good, 'content-type', undefined),
      'a signed header is not in the request',
    ],
    'a 101st signed header': [
      signRequest({ headers: Object.fromEntries(names.map((name) => [name, ''])) }),
      'too many signed headers',
    ],
    'x-amz-target not signed': [
      signRequest({ unsigned: ['x-amz-target'] }),
      'an x-amz-* header is not signed',
    ],
    'x-amz-date not signed': [
      signRequest({ unsigned: ['x-amz-date'] }),
      'an x-amz-* header is not signed',
    ],
    'an x-amz-* header added': [
      withHeader(good, 'X-Amz-More', '1'),
      'an x-amz-* header is not signed',
    ],
    'UNSIGNED-PAYLOAD': [
      bodyHash('UNSIGNED-PAYLOAD'),
      'x-amz-content-sha256 is not the hash of the body',
    ],
    'a streaming mark': [
      bodyHash('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'),
      'x-amz-content-sha256 is not the hash of the body',
    ],
    'the hash of another body': [
      bodyHash(emptyHash),
      'x-amz-content-sha256 is not the hash of the body',
    ],
    'an empty body hash': [bodyHash(''), 'x-amz-content-sha256 is not the hash of the body'],
    'a part of Authorization twice': [
      edited('Signature=', `Signature=${signature}, Signature=`),
      'the Authorization header has Signature twice',
    ],
    'a part of Authorization that nobody knows': [
      withAuthorization(`${authorization}, More=1`),
      'the Authorization header has a part that nobody knows',
    ],
    'a target that is no path': [
      { ...good, target: 'http://metering.example/' },
      'the target is not a path',
    ],
    'no target': [{ ...good, target: '' }, 'the target is not a path'],
    'characters above a byte': [
      withHeader(good, 'content-type', 'application/x-amz-json-1.1\u0100'),
      'characters that are not bytes',
    ],
  }
  for (const [name, [request, reason]] of Object.entries(ROWS)) {
    it(`${name}: ${reason}`, () => {
      assert.equal(answerTo(request), MISMATCH)
      assert.equal(reasonFor(request), reason)
    })
  }
})

describe('D11: the first problem is the one reported', () => {
  const staleAt = '20261123T000000Z'
  const broken = { secretAccessKey: 'wrong' }
  const ORDER: readonly (readonly [name: string, SignedRequest, code: string])[] = [
    ['scope before clock', signRequest({ at: staleAt, region: 'x' }), 'Credential should be'],
    [
      'clock before key',
      signRequest({ at: staleAt, accessKeyId: 'AKIDOTHER' }),
      'Signature expired',
    ],
    ['key before value', signRequest({ accessKeyId: 'AKIDOTHER', ...broken }), 'is invalid.'],
    ['token before value', temporary(broken), 'is invalid'],
    [
      'key before the form that AWS has no words for',
      withSignature('x', 'AKIDOTHER'),
      'is invalid.',
    ],
  ]
  for (const [name, request, text] of ORDER) {
    it(name, () => assert.ok(answerTo(request).includes(text), answerTo(request)))
  }

  function withSignature(text: string, accessKeyId: string): SignedRequest {
    const value = authorization.replace(signature, text).replace('AKIDEXAMPLE', accessKeyId)
    return withAuthorization(value)
  }
})

it('no reason for our log repeats anything that was sent', () => {
  const secretive = [
    edited('Credential=', 'Credentials='),
    edited(credential, 'AKIDEXAMPLE'),
    signRequest({ accessKeyId: 'AKIDOTHER' }),
    signRequest({ sessionToken: SESSION_TOKEN }),
    withHeader(good, 'X-Amz-Date', 'AKIDEXAMPLE'),
  ]
  for (const request of secretive) {
    assert.doesNotMatch(reasonFor(request), /AKID|FwoG|[0-9a-f]{64}/)
  }
})

type Row = readonly [SignedRequest, answer: string]

function table(rows: Readonly<Record<string, Row>>): void {
  for (const [name, [request, answer]] of Object.entries(rows)) {
    it(`${name}: ${answer.slice(0, 60)}`, () => assert.equal(answerTo(request), answer))
  }
}

function repeated(name: string, ...values: string[]): SignedRequest {
  const more = values.flatMap((value) => [name, value])
  return { ...good, rawHeaders: [...good.rawHeaders, ...more] }
}
