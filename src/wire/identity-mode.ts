/**
 * Which names of buyer and product exclude each other inside one request.
 *
 * Source     D2 and CONTRACT rules 129 to 135. The texts are ours, because AWS publishes none; the
 *            exception is AWS's.
 * Checked by identity-mode.test.ts: every combination of names, in one record and across two.
 */
import type { Batch } from '../core/judge.ts'
import type { Profile } from '../core/profile.ts'
import { refuse } from './refused.ts'

export function checkIdentityMode(
  { productCode, records }: Batch,
  profile: Pick<Profile, 'productCodeWithLicense'>,
): void {
  const anyIdentifier = records.some(({ buyer }) => buyer.customerIdentifier !== undefined)
  const anyAccount = records.some(({ buyer }) => buyer.account !== undefined)
  const anyLicense = records.some(({ buyer }) => buyer.licenseArn !== undefined)
  const allLicensed = records.every(({ buyer }) => buyer.licenseArn !== undefined)
  if (anyIdentifier && anyAccount) {
    refuseMode(
      'CustomerIdentifier and CustomerAWSAccountId are mutually exclusive. Specify only one of them in the same request.',
    )
  }
  if (records.some(({ buyer }) => Object.keys(buyer).length === 0)) {
    refuseMode('Specify either CustomerAWSAccountId or CustomerIdentifier in each usage record.')
  }
  if (anyLicense && productCode !== undefined && profile.productCodeWithLicense === 'refuse') {
    refuseMode('ProductCode and LicenseArn are mutually exclusive. Specify only one of them.')
  }
  if (anyLicense && !allLicensed && productCode === undefined) {
    refuseMode('Specify LicenseArn in every usage record, or ProductCode in the request.')
  }
}

function refuseMode(message: string): never {
  refuse('ValidationException', 'names in the request exclude each other', message)
}
