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

// D2 and rules 130 to 135 once more, in words of their own, over every pair of records and every profile.
test('every combination of names, in one record and across two, is refused as D2 says', () => {
  const names = ['-', 'i', 'a', 'l', 'ia', 'il', 'al', 'ial']
  for (const mode of ['refuse', 'acceptIfEqual'] as const) {
    for (const hasCode of [true, false]) {
      for (const first of names) {
        for (const second of [undefined, ...names]) {
          const letters = second === undefined ? [first] : [first, second]
          const batch = {
            ...(hasCode && { productCode: 'code' as ProductCode }),
            records: letters.map(recordNamed),
          }
          const refused = identityProblems(batch, { productCodeWithLicense: mode }).length > 0
          const what = `${mode}, product code ${hasCode}, ${letters.join()}`
          assert.equal(refused, isExcluded(letters, hasCode, mode), what)
        }
      }
    }
  }
})

test('no records at all exclude nothing', () => {
  assert.deepEqual(identityProblems({ records: [] }, { productCodeWithLicense: 'refuse' }), [])
})

function isExcluded(letters: readonly string[], hasCode: boolean, mode: string): boolean {
  const all = letters.join('')
  if (all.includes('i') && all.includes('a')) return true
  if (letters.includes('-')) return true
  if (!all.includes('l')) return false
  return hasCode ? mode === 'refuse' : letters.some((one) => !one.includes('l'))
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
