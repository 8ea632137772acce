/**
 * Verifies AWS Signature Version 4 on an incoming request.
 *
 * Why ours    The AWS SDK can sign but not verify, and a verifier must report the first problem in
 *             AWS's order (presence, form, scope, clock, key, token, value), which sign-and-compare cannot.
 * Trusts      Nothing. Until this returns `ok`, every byte came from a stranger.
 * Hot path    A hash of the body, a hash of the canonical request, one HMAC: a few microseconds.
 * Timing      Signature and token are compared in constant time. An unknown key answers sooner than a known
 *             one, and may: rule 73 tells the two apart anyway.
 * Replay      A captured request is good again within the skew. It is harmless: the signature covers the
 *             body, and the ledger takes the same usage twice as one fact.
 * Must sign   `host` and every `x-amz-*` header that is there, the session token included: an unsigned one could
 *             be added or changed on the way. Never `content-type`: one SDK does not sign it.
 * Limits      No signature in the query, no SigV4A, no body that is unsigned or signed in chunks: the metering API uses
 *             none of them, and a body-hash header that is not the body's hash is refused. 100 signed headers.
 * Checked by  worked-cases.test.ts (the algorithm's published cases), verify.rules.test.ts (each rule's text),
 *             verify.tamper.test.ts (each byte changed in turn), verify.fuzz.test.ts (never throws)
 */
import type { KeyObject } from 'node:crypto'
import { hash, timingSafeEqual } from 'node:crypto'
import { writeCanonicalRequest } from './canonical-request.ts'
import { readClaim } from './claim.ts'
import type { Claim } from './claim.ts'
import { collectHeaders } from './request-headers.ts'
import type { RequestHeaders } from './request-headers.ts'
import { clockProblem, scopeProblem } from './scope.ts'
import type { SignaturePolicy } from './scope.ts'
import { isTokenOf } from './session-token.ts'
import type { Session } from './session-token.ts'
import * as problem from './signature-problem.ts'
import type { SignatureProblem } from './signature-problem.ts'
import { signatureOf } from './signing-key.ts'

export interface SignedRequest {
  readonly method: string
  /** Path and query as they were received, one character a byte. */
  readonly target: string
  /** Names and values in turn, as node:http lists them. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** A key that may sign. What is disabled or deleted is not found. */
export interface KnownKey<Signer> {
  readonly signer: Signer
  /** Temporary keys have one, long-term keys none. */
  readonly session: Session | undefined
  /** @param date YYYYMMDD */
  signingKey(date: string, region: string): KeyObject
}

export interface KeyLookup<Signer> {
  find(accessKeyId: string): KnownKey<Signer> | undefined
}

export type SignatureResult<Signer> =
  | { readonly ok: true; readonly signer: Signer; readonly region: string }
  | { readonly ok: false; readonly error: SignatureProblem }

const SIGNED_HEADERS_MAX = 100
const SIGNED_HEADERS = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:;[!#$%&'*+.^_`|~0-9a-z-]+)*$/
const SIGNATURE = /^[0-9a-f]{64}$/
const NOT_BYTES = /[^\0-\xff]/

/** What the time is, in milliseconds since 1970, for a signature of that date: only a sandbox's clocks look at the date. */
export type SignatureClock = (signedAtMs: number) => number

/** @param clocks A signature is judged by the one that is nearest to its date; a sandbox has several. */
export function verifySignature<Signer>(
  request: SignedRequest,
  policy: SignaturePolicy,
  keys: KeyLookup<Signer>,
  clocks: readonly [SignatureClock, ...SignatureClock[]],
): SignatureResult<Signer> {
  const read = readSigned(request, policy)
  if (!read.ok) return read
  const { claim, headers, path, query } = read
  const nowMs = nearestTo(claim.signedAtMs, clocks)
  const early = clockProblem(claim, policy, nowMs)
  if (early !== undefined) return { ok: false, error: early }

  const key = keys.find(claim.accessKeyId)
  if (key === undefined) return { ok: false, error: problem.unknownKey() }
  const token = headers.values.get('x-amz-security-token')
  const late =
    tokenProblem(key.session, token, nowMs) ??
    valueProblem({ ...request, path, query }, claim, headers, key)
  if (late !== undefined) return { ok: false, error: late }
  return { ok: true, signer: key.signer, region: claim.region }
}

export type ClaimedSigner =
  | { readonly ok: true; readonly accessKeyId: string; readonly region: string }
  | { readonly ok: false; readonly error: SignatureProblem }

/** Whom a request names as its signer, and for which Region. The form and the scope are right; nothing is proved. */
export function claimedSigner(request: SignedRequest, policy: SignaturePolicy): ClaimedSigner {
  const read = readSigned(request, policy)
  if (!read.ok) return read
  const { accessKeyId, region } = read.claim
  return { ok: true, accessKeyId, region }
}

interface SignedParts {
  readonly claim: Claim
  readonly headers: RequestHeaders
  readonly path: string
  readonly query: string
}

type ReadSigned =
  ({ readonly ok: true } & SignedParts) | { readonly ok: false; readonly error: SignatureProblem }

function readSigned(request: SignedRequest, policy: SignaturePolicy): ReadSigned {
  const { path, query } = splitTarget(request.target)
  const headers = collectHeaders(request.rawHeaders)
  const read = readClaim(query, headers)
  if (!read.ok) return read
  const { claim } = read
  const error = scopeProblem(claim, policy)
  return error === undefined ? { ok: true, claim, headers, path, query } : { ok: false, error }
}

function nearestTo(
  instantMs: number,
  [first, ...others]: readonly [SignatureClock, ...SignatureClock[]],
): number {
  let nearestMs = first(instantMs)
  for (const clock of others) {
    const ms = clock(instantMs)
    if (Math.abs(ms - instantMs) < Math.abs(nearestMs - instantMs)) nearestMs = ms
  }
  return nearestMs
}

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** D12. The hash is looked at before the time, so only who holds the token learns that it expired. */
function tokenProblem(
  session: Session | undefined,
  token: string | undefined,
  nowMs: number,
): SignatureProblem | undefined {
  if (session === undefined) {
    if (token === undefined) return undefined
    return problem.badSessionToken('a session token beside a long-term key')
  }
  if (token === undefined) return problem.badSessionToken('no session token with a temporary key')
  if (!isTokenOf(session, token)) return problem.badSessionToken('a session token of another key')
  return nowMs < session.expiresAtMs ? undefined : problem.expiredSessionToken()
}

interface SplitRequest extends SignedRequest {
  readonly path: string
  readonly query: string
}

/** Rule 75, whatever was wrong. */
function valueProblem(
  request: SplitRequest,
  claim: Claim,
  headers: RequestHeaders,
  key: KnownKey<unknown>,
): SignatureProblem | undefined {
  const names = claim.signedNames
  const bodyHash = hash('sha256', request.body, 'hex')
  const defect =
    formDefect(request, claim) ??
    unsignedDefect(headers.values, names) ??
    bodyHashDefect(headers.values, bodyHash)
  if (defect !== undefined) return problem.mismatch(defect)

  const canonical = writeCanonicalRequest({
    method: request.method,
    path: request.path,
    query: request.query,
    headers: names.map((name) => [name, headers.values.get(name) ?? '']),
    signedHeaders: claim.signedHeaders,
    bodyHash,
  })
  const bytes = bytesOf(canonical)
  if (bytes === undefined) return problem.mismatch('characters that are not bytes')
  const signingKey = key.signingKey(claim.date, claim.region)
  const expected = signatureOf(bytes, claim.signedAt, claim, signingKey)
  if (timingSafeEqual(expected, Buffer.from(claim.signature, 'hex'))) return undefined
  return problem.mismatch('the signature is another')
}

/** The bytes that node:http read as Latin-1. ASCII, as nearly always, can be hashed as the text that it is. */
function bytesOf(text: string): Buffer | string | undefined {
  if (Buffer.byteLength(text, 'utf8') === text.length) return text
  return NOT_BYTES.test(text) ? undefined : Buffer.from(text, 'latin1')
}

function formDefect(request: SplitRequest, claim: Claim): string | undefined {
  const names = claim.signedNames
  if (claim.defect !== undefined) return claim.defect
  if (!SIGNATURE.test(claim.signature)) return 'the signature is not 64 lower-case hex digits'
  if (!request.path.startsWith('/')) return 'the target is not a path'
  if (names.length > SIGNED_HEADERS_MAX) return 'too many signed headers'
  if (!SIGNED_HEADERS.test(claim.signedHeaders)) return 'a signed header is not a lower-case name'
  const ascending = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)
  return ascending ? undefined : 'the signed headers are not in order, or one stands there twice'
}

function unsignedDefect(
  values: ReadonlyMap<string, string>,
  names: readonly string[],
): string | undefined {
  if (!names.every((name) => values.has(name))) return 'a signed header is not in the request'
  for (const name of values.keys()) {
    if (name.startsWith('x-amz-') && !names.includes(name)) return 'an x-amz-* header is not signed'
  }
  return undefined
}

/** UNSIGNED-PAYLOAD and the marks of chunked signing are no hash of any body. */
function bodyHashDefect(values: ReadonlyMap<string, string>, bodyHash: string): string | undefined {
  const claimed = values.get('x-amz-content-sha256')
  if (claimed === undefined || claimed === bodyHash) return undefined
  return 'x-amz-content-sha256 is not the hash of the body'
}
