/** Verifies for tests: one long-term key, one temporary key, the clock at NOW_MS. */
import { isRegionName } from './scope.ts'
import { hashSessionToken } from './session-token.ts'
import { deriveSigningKey } from './signing-key.ts'
import { ACCESS_KEY_ID, NOW_MS, SECRET_ACCESS_KEY } from './signer.spec.ts'
import { verifySignature } from './verify.ts'
import type { KeyLookup, KnownKey, SignatureResult, SignedRequest } from './verify.ts'

export const TEMPORARY_KEY_ID = 'ASIDEXAMPLE'
export const SESSION_TOKEN = 'FwoGZXIvYXdzEXAMPLETOKEN//8='
export const SESSION_EXPIRES_MS = NOW_MS + 60_000

export const policy = {
  service: 'aws-marketplace',
  regionValid: isRegionName,
  skewMsMax: 5 * 60_000,
}

export const keys: KeyLookup<string> = {
  find: (accessKeyId) => KNOWN.get(accessKeyId),
}

const session = {
  tokenHash: hashSessionToken(SESSION_TOKEN),
  expiresAtMs: SESSION_EXPIRES_MS,
}
const KNOWN = new Map<string, KnownKey<string>>([
  [ACCESS_KEY_ID, { signer: 'the seller', session: undefined, signingKey }],
  [TEMPORARY_KEY_ID, { signer: 'the job', session, signingKey }],
])

function signingKey(date: string, region: string) {
  return deriveSigningKey(SECRET_ACCESS_KEY, { date, region, service: policy.service })
}

export function verify(request: SignedRequest, nowMs = NOW_MS): SignatureResult<string> {
  return verifySignature(request, policy, keys, [() => nowMs])
}

/** 'ok', or the code and the message. */
export function answerTo(request: SignedRequest, nowMs = NOW_MS): string {
  const result = verify(request, nowMs)
  return result.ok ? 'ok' : `${result.error.code}: ${result.error.message}`
}

/** 'ok', or what our log says. */
export function reasonFor(request: SignedRequest, nowMs = NOW_MS): string {
  const result = verify(request, nowMs)
  return result.ok ? 'ok' : result.error.reason
}
