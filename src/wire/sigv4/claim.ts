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
  /** `signedHeaders` apart, as they were sent: whether they are names, and in order, is still open. */
  readonly signedNames: readonly string[]
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
  const date = dateOf(headers)
  const missing: MissingPart[] = []
  if (credential === '') missing.push('Credential')
  if (signature === '') missing.push('Signature')
  if (signedHeaders === '') missing.push('SignedHeaders')
  if (date.text === '') missing.push('date')
  if (missing.length > 0) return refuse(problem.incompleteAuthorization(missing, header))

  if (date.instantMs === undefined) return refuse(problem.badDate(date.text))
  const signedNames = signedHeaders.split(';')
  if (!namesHost(signedNames)) return refuse(problem.hostNotSigned())
  if (algorithm !== ALGORITHM) return refuse(problem.unsupportedAlgorithm(algorithm))
  const elements = credential.split('/')
  if (elements.length !== 5) return refuse(problem.malformedCredential(credential))
  const [accessKeyId = '', day = '', region = '', service = '', terminator = ''] = elements
  const scope = { accessKeyId, date: day, region, service, terminator }
  const signed = { signedHeaders, signedNames, signature, defect }
  const when = { signedAtMs: date.instantMs, signedAt: date.basic }
  return { ok: true, claim: { ...scope, ...signed, ...when } }
}

interface SigningDate {
  /** As it was sent; empty if it was not. */
  readonly text: string
  readonly instantMs: number | undefined
  /** The instant in ISO 8601's basic format, which is what was signed. */
  readonly basic: string
}

/** X-Amz-Date counts before Date. Only Date may have HTTP's own form. */
function dateOf({ values }: RequestHeaders): SigningDate {
  const amzDate = values.get('x-amz-date') ?? ''
  const text = amzDate === '' ? (values.get('date') ?? '') : amzDate
  const basicMs = parseBasic(text)
  if (basicMs !== undefined || amzDate !== '') return { text, instantMs: basicMs, basic: text }
  const instantMs = parseHttpDate(text)
  return { text, instantMs, basic: instantMs === undefined ? '' : formatBasic(instantMs) }
}

/** In any case of letters: a name in capitals is found wrong later, but it is there. */
function namesHost(names: readonly string[]): boolean {
  return names.includes('host') || names.some((name) => name.toLowerCase() === 'host')
}

function refuse(error: SignatureProblem): ClaimResult {
  return { ok: false, error }
}
