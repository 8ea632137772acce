/**
 * Which records a record may share a request with, by what can be told of it before it is sent.
 *
 * The service is the judge: a record that breaks a rule is sent all the same, only not where it could refuse others.
 * What cannot be written as a request at all is refused here, under the name that AWS would give it.
 */
import type { ErrorCode } from '../core/errors.ts'
import type { Profile } from '../core/profile.ts'
import type { Now } from '../core/window.ts'
import { type Breach, findBreaches, IS_MISSING } from './check.ts'
import type { Outcome } from './outcome.ts'
import { type Item, requestOfOne, sentRequestOf } from './plan.ts'
import type { SentUsageRecord } from './usage-record.ts'

export type Judged =
  | { readonly company: 'refused'; readonly outcome: Outcome }
  | { readonly company: Item['company']; readonly windowProblem?: string }

export function companyOf(
  record: SentUsageRecord,
  productCode: string,
  profile: Profile,
  now: Now,
): Judged {
  const item: Item = { index: 0, record, productCode, company: 'any' }
  const breaches = findBreaches(sentRequestOf(requestOfOne(item)), profile, now)
  const unsendable = breaches.find(isUnsendable)
  if (unsendable !== undefined) {
    const { exception, path, problem, remedy } = unsendable
    const member = path.replace('UsageRecords[0].', '') || 'the request'
    const message = `${member}: ${problem}. ${remedy}`
    return {
      company: 'refused',
      outcome: { status: 'refused', errorName: exception, message, isSent: false },
    }
  }
  const old = breaches.find(({ exception }) => exception === 'TimestampOutOfBoundsException')
  const isAlone = breaches.some(({ exception }) => !SHARED_BREACHES.has(exception))
  const company = isAlone ? 'alone' : old === undefined ? 'any' : 'old'
  return old === undefined ? { company } : { company, windowProblem: old.problem }
}

/** A request of such records alone is refused at no greater cost: for its age they may share, for its code they must. */
const SHARED_BREACHES = new Set<ErrorCode>([
  'TimestampOutOfBoundsException',
  'InvalidProductCodeException',
])

/** The SDK cannot write it, or a service may cut the connection on such a body instead of answering. */
function isUnsendable({ exception, path, problem }: Breach): boolean {
  if (exception === 'SerializationException') return true
  if (exception === 'RequestEntityTooLargeException') return true
  return path.endsWith('.Timestamp') && problem === IS_MISSING
}
