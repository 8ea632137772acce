/**
 * What a request claims: who signed it, when, for which scope and over which headers. Nothing is proved yet.
 *
 * The steps stand in the order in which a sibling of this service was seen to report them: presence, missing
 * parts, date, host, algorithm, credential. What AWS has no words for becomes the claim's `defect`, which
 * is answered like a wrong signature, in a wrong signature's place.
 *
 * @see CONTRACT rules 64 to 70, D11
 */
import { isAwsAuthorization, isTooLong, parseAuthorization } from './authorization.ts'
import type { Authorization } from './authorization.ts'
import { parameterNames } from './canonical-request.ts'
import type { RequestHeaders } from './request-headers.ts'
import * as problem from './signature-problem.ts'
import type { MissingPart, SignatureProblem } from './signature-problem.ts'
import { ALGORITHM } from './signing-key.ts'
import { formatBasic, parseBasic, parseHttpDate } from './signing-time.ts'

export interface Claim {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  readonly signedHeaders: string
  readonly signature: string
  readonly signedAtMs: number
  /** In ISO 8601's basic format, whichever form was sent. */
  readonly signedAt: string
  readonly defect: string | undefined
}

type ClaimResult =
  | { readonly ok: true; readonly claim: Claim }
  | { readonly ok: false; readonly error: SignatureProblem }

export function readClaim(query: string, headers: RequestHeaders): ClaimResult {
  const header = headers.values.get('authorization')
  const presence = presenceProblem(query, header)
  if (presence !== undefined || header === undefined) {
    return refuse(presence ?? problem.notSigned('no Authorization header'))
  }
  if (headers.repeated !== undefined) {
    return refuse(problem.mismatch(`the header ${headers.repeated} stands there more than once`))
  }
  if (isTooLong(header)) return refuse(problem.mismatch('the Authorization header is too long'))
  return readParts(header, parseAuthorization(header), headers)
}

function presenceProblem(
  query: string,
  authorization: string | undefined,
): SignatureProblem | undefined {
  const inQuery = query !== '' && parameterNames(query).includes('X-Amz-Algorithm')
  if (authorization === undefined || authorization === '') {
    return problem.notSigned(inQuery ? 'signed in the query only' : 'no Authorization header')
  }
  if (inQuery) return problem.signedTwice()
  if (isAwsAuthorization(authorization)) return undefined
  return problem.notSigned('the Authorization header is of another scheme')
}

function readParts(header: string, parts: Authorization, headers: RequestHeaders): ClaimResult {
  const { algorithm, credential, signedHeaders, signature, defect } = parts
  const dates = datesOf(headers)
  const missing: MissingPart[] = []
  if (credential === '') missing.push('Credential')
  if (signature === '') missing.push('Signature')
  if (signedHeaders === '') missing.push('SignedHeaders')
  if (dates.text === '') missing.push('date')
  if (missing.length > 0) return refuse(problem.incompleteAuthorization(missing, header))

  const signedAtMs = dates.parse(dates.text)
  if (signedAtMs === undefined) return refuse(problem.badDate(dates.text))
  if (!namesHost(signedHeaders)) return refuse(problem.hostNotSigned())
  if (algorithm !== ALGORITHM) return refuse(problem.unsupportedAlgorithm(algorithm))
  const elements = credential.split('/')
  if (elements.length !== 5) return refuse(problem.malformedCredential(credential))
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = elements
  const signedAt = formatBasic(signedAtMs)
  const scope = { accessKeyId, date, region, service, terminator }
  return { ok: true, claim: { ...scope, signedHeaders, signature, signedAtMs, signedAt, defect } }
}

/** X-Amz-Date counts before Date. Only Date may have HTTP's own form. */
function datesOf({ values }: RequestHeaders) {
  const amzDate = values.get('x-amz-date') ?? ''
  if (amzDate !== '') return { text: amzDate, parse: parseBasic }
  const parse = (text: string) => parseBasic(text) ?? parseHttpDate(text)
  return { text: values.get('date') ?? '', parse }
}

/** In any case of letters: a name in capitals is found wrong later, but it is there. */
function namesHost(signedHeaders: string): boolean {
  return signedHeaders.toLowerCase().split(';').includes('host')
}

function refuse(error: SignatureProblem): ClaimResult {
  return { ok: false, error }
}
