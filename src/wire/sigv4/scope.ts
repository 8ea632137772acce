/**
 * Whether a claim is for this service, and of now.
 *
 * @see CONTRACT rules 71, 72 and 78
 */
import type { Claim } from './claim.ts'
import * as problem from './signature-problem.ts'
import type { SignatureProblem } from './signature-problem.ts'
import { TERMINATOR } from './signing-key.ts'
import { formatBasic } from './signing-time.ts'

const MS_PER_SECOND = 1_000
const MS_PER_MINUTE = 60_000
const REGION = /^[a-z]{2,5}(?:-[a-z]{1,12}){1,3}-\d{1,2}$/

export interface SignaturePolicy {
  /** The signing name: 'aws-marketplace'. */
  readonly service: string
  /** Whether this can be the name of a Region at all; whether it is served here is asked after the signature. */
  regionValid(region: string): boolean
  /** How far the two clocks may be apart, either way; whole minutes. */
  readonly skewMsMax: number
}

/** us-east-1, us-gov-west-1, eusc-de-east-1: any name of that form. */
export function isRegionName(text: string): boolean {
  return REGION.test(text)
}

/** All that is wrong with the scope is told at once, in AWS's order. */
export function scopeProblem(claim: Claim, policy: SignaturePolicy): SignatureProblem | undefined {
  const sentences: string[] = []
  if (!policy.regionValid(claim.region)) {
    sentences.push(`Credential should be scoped to a valid region, not '${claim.region}'. `)
  }
  if (claim.service !== policy.service) {
    // The blank at the end is AWS's own, seen on the live service.
    sentences.push(`Credential should be scoped to correct service: '${policy.service}'. `)
  }
  if (claim.terminator !== TERMINATOR) {
    sentences.push(
      `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${claim.terminator}'. `,
    )
  }
  const day = claim.signedAt.slice(0, 8)
  if (claim.date !== day) {
    sentences.push(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${claim.date}' != '${day}', from '${claim.signedAt}'.`,
    )
  }
  return sentences.length === 0 ? undefined : problem.wrongScope(sentences)
}

/** Compares whole seconds, as the texts print them: exactly the skew apart is accepted, a second more is not. */
export function clockProblem(
  claim: Claim,
  policy: SignaturePolicy,
  nowMs: number,
): SignatureProblem | undefined {
  const secondMs = Math.floor(nowMs / MS_PER_SECOND) * MS_PER_SECOND
  const oldestMs = secondMs - policy.skewMsMax
  const newestMs = secondMs + policy.skewMsMax
  if (claim.signedAtMs >= oldestMs && claim.signedAtMs <= newestMs) return undefined
  const skewMinutes = policy.skewMsMax / MS_PER_MINUTE
  const now = formatBasic(secondMs)
  return claim.signedAtMs < oldestMs
    ? problem.expired(claim.signedAt, formatBasic(oldestMs), now, skewMinutes)
    : problem.notYetCurrent(claim.signedAt, formatBasic(newestMs), now, skewMinutes)
}
