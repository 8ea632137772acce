/**
 * Which names of buyer and product exclude each other inside one request.
 *
 * Source     D2 and CONTRACT rules 129 to 135. The texts are ours, because AWS publishes none; the
 *            exception is AWS's.
 * Checked by identity-mode.test.ts: every combination of names, in one record and across two.
 */
import type { Batch } from '../core/judge.ts'
import type { Profile } from '../core/profile.ts'
import type { BuyerNames } from '../core/usage.ts'
import { refuse } from './refused.ts'

/** What is wrong with the names of a request. `recordIndex`, from 0, stands where one record is to blame. */
export interface IdentityProblem {
  readonly message: string
  readonly recordIndex?: number
}

type IdentityProfile = Pick<Profile, 'productCodeWithLicense'>

/** Refuses a request for the first problem with its names. */
export function checkIdentityMode(batch: Batch, profile: IdentityProfile): void {
  const [first] = identityProblems(batch, profile)
  if (first === undefined) return
  refuse('ValidationException', first.message, first.message)
}

/** Every problem with the names of a request, in the order in which they refuse it. */
export function identityProblems(
  { productCode, records }: Batch,
  profile: IdentityProfile,
): readonly IdentityProblem[] {
  const problems: IdentityProblem[] = []
  const anyIdentifier = records.some(({ buyer }) => buyer.customerIdentifier !== undefined)
  const anyAccount = records.some(({ buyer }) => buyer.account !== undefined)
  const anyLicense = records.some(({ buyer }) => buyer.licenseArn !== undefined)
  if (anyIdentifier && anyAccount) problems.push({ message: TWO_IDENTITIES })
  for (const [recordIndex, { buyer }] of records.entries()) {
    if (isNameless(buyer)) problems.push({ message: NO_IDENTITY, recordIndex })
  }
  if (!anyLicense) return problems
  if (productCode !== undefined && profile.productCodeWithLicense === 'refuse') {
    problems.push({ message: CODE_AND_LICENSE })
  }
  if (productCode === undefined && records.some(({ buyer }) => buyer.licenseArn === undefined)) {
    problems.push({ message: LICENSE_MISSING })
  }
  return problems
}

const TWO_IDENTITIES =
  'CustomerIdentifier and CustomerAWSAccountId are mutually exclusive. Specify only one of them in the same request.'
const NO_IDENTITY =
  'Specify either CustomerAWSAccountId or CustomerIdentifier in each usage record.'
const CODE_AND_LICENSE =
  'ProductCode and LicenseArn are mutually exclusive. Specify only one of them.'
const LICENSE_MISSING = 'Specify LicenseArn in every usage record, or ProductCode in the request.'

function isNameless({ customerIdentifier, account, licenseArn }: BuyerNames): boolean {
  return customerIdentifier === undefined && account === undefined && licenseArn === undefined
}
