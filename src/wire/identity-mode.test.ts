import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  AccountId,
  BuyerNames,
  CustomerIdentifier,
  LicenseArn,
  ProductCode,
  UsageRecord,
} from '../core/usage.ts'
import { checkIdentityMode, identityProblems } from './identity-mode.ts'
import { Refused } from './refused.ts'

// Each record by the names it gives: i identifier, a account, l license, - none. Problems in order, by first words.
const TABLE = `
  code  records  refuse                    acceptIfEqual
  yes   i        .                         .
  yes   a        .                         .
  yes   a,a      .                         .
  yes   ia       CustomerIdentifier        CustomerIdentifier
  yes   i,a      CustomerIdentifier        CustomerIdentifier
  yes   -        Specify                   Specify
  yes   i,-,-    Specify,Specify           Specify,Specify
  yes   al       ProductCode               .
  yes   al,a     ProductCode               .
  no    al       .                         .
  no    al,a     Specify                   Specify
  no    a        .                         .
  yes   ial,-    CustomerIdentifier,Specify,ProductCode  CustomerIdentifier,Specify
`

for (const line of TABLE.trim().split('\n').slice(1)) {
  const [code, records = '', refuse = '', acceptIfEqual = ''] = line.trim().split(/\s+/)
  for (const [mode, expected] of Object.entries({ refuse, acceptIfEqual })) {
    test(`product code ${code}, records ${records}, profile ${mode}: ${expected}`, () => {
      const profile = {
        productCodeWithLicense: mode === 'refuse' ? 'refuse' : 'acceptIfEqual',
      } as const
      const batch = {
        ...(code === 'yes' && { productCode: 'code' as ProductCode }),
        records: records.split(',').map(recordNamed),
      }
      const problems = identityProblems(batch, profile)
      const heads = problems.map(({ message }) => message.split(' ')[0])
      assert.equal(heads.join(',') || '.', expected)
      if (problems.length === 0) checkIdentityMode(batch, profile)
      else
        assert.throws(() => checkIdentityMode(batch, profile), isRefusalWith(problems[0]!.message))
    })
  }
}

function isRefusalWith(message: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof Refused &&
    error.refusal.code === 'ValidationException' &&
    error.refusal.message === message
}

function recordNamed(letters: string): UsageRecord {
  const buyer: BuyerNames = {
    ...(letters.includes('i') && { customerIdentifier: 'customer' as CustomerIdentifier }),
    ...(letters.includes('a') && { account: '111122223333' as AccountId }),
    ...(letters.includes('l') && { licenseArn: 'arn' as LicenseArn }),
  }
  return { buyer } as UsageRecord
}
