/**
 * Signature Version 4: presence, form, scope, clock, key, token and value, in that order.
 *
 * The skew is a profile's; five minutes is the built-in ones'. Both sides are tried some seconds away from the
 * limit; the limit itself is a unit test's.
 */
import type { Case, Edit, ExpectedError, Signing } from '../case.ts'
import { batch, once, record, TAKEN } from './building.ts'

const FACTS = { source: 'siblings' } as const
const body = batch(record())

function auth(type: string, message: string | RegExp): ExpectedError {
  return { status: 'auth', type, message }
}

const MISSING = auth('MissingAuthenticationTokenException', 'Missing Authentication Token')
const MISMATCH = auth(
  'InvalidSignatureException',
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
)
const UNKNOWN_KEY = auth(
  'UnrecognizedClientException',
  'The security token included in the request is invalid.',
)
const BAD_TOKEN = auth(
  'UnrecognizedClientException',
  'The security token included in the request is invalid',
)

function incomplete(...sentences: readonly string[]): ExpectedError {
  const pattern = sentences.map((one) => one.replaceAll('.', '\\.')).join(' ')
  return auth(
    'IncompleteSignatureException',
    new RegExp(`^${pattern} Authorization=AWS4-HMAC-SHA256.*$`),
  )
}

function edit(find: string, put: string): Signing {
  return { edits: [{ header: 'authorization', find, put }] }
}

function drop(header: string): Edit {
  return { header, put: null }
}

const NEEDS_CREDENTIAL = "Authorization header requires 'Credential' parameter."
const NEEDS_SIGNATURE = "Authorization header requires 'Signature' parameter."
const NEEDS_HEADERS = "Authorization header requires 'SignedHeaders' parameter."
const NEEDS_DATE =
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."

type Row = readonly [rule: string, name: string, sign: Signing, expected: ExpectedError]

const forms: readonly Row[] = [
  ['65', 'not signed', { key: 'none' }, MISSING],
  ['65', 'another scheme', { edits: [{ header: 'authorization', put: 'Bearer abc' }] }, MISSING],
  ['65', 'an empty header', { edits: [{ header: 'authorization', put: '' }] }, MISSING],
  ['66', 'no credential', edit('Credential=', 'Credentials='), incomplete(NEEDS_CREDENTIAL)],
  ['66', 'no signature', edit('Signature=', 'Sign='), incomplete(NEEDS_SIGNATURE)],
  ['66', 'no signed headers', edit('SignedHeaders=', 'Headers='), incomplete(NEEDS_HEADERS)],
  ['66', 'no date', { edits: [drop('x-amz-date')] }, incomplete(NEEDS_DATE)],
  [
    '66',
    'an algorithm alone: everything that is missing is told',
    { edits: [{ header: 'authorization', put: 'AWS4-HMAC-SHA256 ' }, drop('x-amz-date')] },
    auth(
      'IncompleteSignatureException',
      new RegExp(
        `^${[NEEDS_CREDENTIAL, NEEDS_SIGNATURE, NEEDS_HEADERS, NEEDS_DATE].join(' ').replaceAll('.', '\\.')} Authorization=AWS4-HMAC-SHA256 ?$`,
      ),
    ),
  ],
  [
    '67',
    'a date in another form',
    { edits: [{ header: 'x-amz-date', put: '2026-11-23T15:30:00Z' }] },
    auth(
      'IncompleteSignatureException',
      "Date must be in ISO-8601 'basic format'. Got '2026-11-23T15:30:00Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    ),
  ],
  [
    '67',
    'a day that no calendar has',
    { edits: [{ header: 'x-amz-date', put: '20260230T153000Z' }] },
    auth(
      'IncompleteSignatureException',
      "Date must be in ISO-8601 'basic format'. Got '20260230T153000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    ),
  ],
  [
    '68',
    'another algorithm',
    edit('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA512'),
    auth(
      'IncompleteSignatureException',
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now).",
    ),
  ],
  [
    '69',
    'a credential of four parts',
    edit('/aws4_request', ''),
    auth(
      'IncompleteSignatureException',
      /^Credential must have exactly 5 slash-delimited elements, e\.g\. keyid\/date\/region\/service\/term, got '.*\/aws-marketplace'$/,
    ),
  ],
  [
    '70',
    'host is not signed',
    edit('host;', ''),
    auth('InvalidSignatureException', "'Host' must be a 'SignedHeader' in the AWS Authorization."),
  ],
]

const scopes: readonly Row[] = [
  [
    '71',
    'another service',
    { service: 'metering.marketplace' },
    auth(
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'aws-marketplace'. ",
    ),
  ],
  [
    '71',
    'no Region',
    { region: 'nowhere' },
    auth(
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'nowhere'. ",
    ),
  ],
  [
    '71',
    'another terminator',
    edit('/aws4_request', '/aws5_request'),
    auth(
      'InvalidSignatureException',
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
    ),
  ],
  [
    '71',
    'another day than the date’s',
    edit('<signing.date>', '20200101'),
    auth(
      'InvalidSignatureException',
      /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != '\d{8}', from '\d{8}T\d{6}Z'\.$/,
    ),
  ],
]

const clocks: readonly Row[] = [
  [
    '72',
    'signed 5 minutes and some seconds ago',
    { clock: '-5m10s' },
    auth(
      'InvalidSignatureException',
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    ),
  ],
  [
    '72',
    'signed 5 minutes and some seconds ahead',
    { clock: '+5m10s' },
    auth(
      'InvalidSignatureException',
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
    ),
  ],
]

const keys: readonly Row[] = [
  ['73', 'an unknown key', { key: 'unknown' }, UNKNOWN_KEY],
  ['73', 'a disabled key', { key: 'disabled' }, UNKNOWN_KEY],
  ['74', 'a token beside a long-term key', { token: 'invented' }, BAD_TOKEN],
  ['74', 'a temporary key without its token', { key: 'temporary', token: 'none' }, BAD_TOKEN],
  [
    '74',
    'a temporary key with an altered token',
    { key: 'temporary', token: 'altered' },
    BAD_TOKEN,
  ],
  [
    '74',
    'a temporary key with an invented token',
    { key: 'temporary', token: 'invented' },
    BAD_TOKEN,
  ],
  [
    '52',
    'an expired temporary key',
    { key: 'expired' },
    auth('ExpiredTokenException', 'The security token included in the request is expired'),
  ],
  ['74', 'an expired key without its token', { key: 'expired', token: 'none' }, BAD_TOKEN],
]

const values: readonly Row[] = [
  ['75', 'a wrong secret', { secret: 'wrong' }, MISMATCH],
  ['75', 'signed for another body', { bodyOf: '{}' }, MISMATCH],
  ['75', 'a signature of 65 characters', edit('Signature=', 'Signature=A'), MISMATCH],
  [
    '75',
    'a signed header changed',
    { edits: [{ header: 'x-amz-target-note', put: 'b' }] },
    MISMATCH,
  ],
  ['75', 'an x-amz header that is not signed', { added: [['x-amz-meta', 'a']] }, MISMATCH],
  ['75', 'two dates', { added: [['x-amz-date', '20261123T153000Z']] }, MISMATCH],
]

const headerCases: readonly Case[] = [...forms, ...scopes, ...clocks, ...keys, ...values].map(
  ([rule, name, sign, expected]) => {
    const rules = rule === '74' || rule === '52' ? [rule, 'D12'] : [rule]
    const source = rule === '71' ? 'liveScope' : 'siblings'
    // A header of no meaning, signed with the rest, so that a row can change one.
    const headers = { 'x-amz-target-note': 'a' }
    return once({ rules, source }, `signature: ${name}`, { body, headers, sign }, expected)
  },
)

const UNSIGNED_BODY = [
  ['a hash of another body', '0000000000000000000000000000000000000000000000000000000000000000'],
  ['UNSIGNED-PAYLOAD', 'UNSIGNED-PAYLOAD'],
  ['a streamed body', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
] as const

export const authentication: readonly Case[] = [
  ...headerCases,
  ...UNSIGNED_BODY.map(([name, value]) =>
    once(
      { rules: ['75', '80'], source: 'signatures' },
      `signature: ${name} in x-amz-content-sha256`,
      { body, headers: { 'x-amz-content-sha256': value } },
      MISMATCH,
    ),
  ),
  once(
    { ...FACTS, rules: ['64'] },
    'signature: in the header and in the query',
    { body, path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256' },
    auth(
      'InvalidSignatureException',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    ),
  ),
  once(
    { ...FACTS, rules: ['65'] },
    'signature: in the query alone',
    { body, path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256', sign: { key: 'none' } },
    MISSING,
  ),
  once(
    { ...FACTS, rules: ['72', '78'] },
    'signature: 4 minutes and 50 seconds old',
    { body, sign: { clock: '-4m50s' } },
    TAKEN,
  ),
  once(
    { ...FACTS, rules: ['72', '78'] },
    'signature: 4 minutes and 50 seconds ahead',
    { body, sign: { clock: '+4m50s' } },
    TAKEN,
  ),
  once(
    { ...FACTS, rules: ['80'] },
    'signature: without a content hash header, as boto3 signs',
    { body, headers: { 'x-amz-content-sha256': null } },
    TAKEN,
  ),
  once(
    { ...FACTS, rules: ['80'] },
    'signature: over a header with inner blanks',
    { body, headers: { 'x-amz-target-note': 'a   b  c' } },
    TAKEN,
  ),
  once(
    { ...FACTS, rules: ['80'] },
    'signature: over user-agent, as .NET signs',
    { body, headers: { 'user-agent': 'aws-sdk-dotnet/4' } },
    TAKEN,
  ),
  once(
    { ...FACTS, rules: ['D12'] },
    'signature: of a temporary key with its token',
    { body, sign: { key: 'temporary' } },
    TAKEN,
  ),
  once(
    { rules: ['76'], source: 'commonErrors' },
    'rights: a key that may not call the operation',
    { body, sign: { key: 'restricted' } },
    auth('AccessDeniedException', /is not authorized to perform: aws-marketplace:BatchMeterUsage/),
  ),
]
