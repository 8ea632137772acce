/** What to do about a breach: by the member where it stands, or else by the exception. */
import type { ErrorCode } from '../core/errors.ts'

const BY_MEMBER: Readonly<Record<string, string>> = {
  ProductCode:
    'Give the product code as AWS shows it: at most 255 letters, digits and -/=:_.@ signs.',
  UsageRecords: 'Give at most 25 records a request; MeteringClient.send cuts any number.',
  Timestamp: 'Give a valid Date, or seconds since 1970 as a number.',
  CustomerIdentifier: 'Give the customer identifier as text of at most 255 characters.',
  Dimension: 'Give the name of one of the product’s dimensions, 1 to 255 characters.',
  Quantity: 'Give a whole number from 0 to 2147483647; choose a greater unit for more.',
  UsageAllocations: 'Give 1 to 2500 allocations, or leave the member out.',
  CustomerAWSAccountId: 'Give the buyer’s AWS account id as text of digits.',
  LicenseArn: 'Give the whole license ARN, from "arn:aws" on.',
  AllocatedUsageQuantity: 'Give a whole number from 0 to 2147483647.',
  Tags: 'Give 1 to 5 tags, or leave the member out.',
  Key: 'Give a tag key of 1 to 100 characters.',
  Value: 'Give a tag value of 1 to 256 characters.',
}

const BY_EXCEPTION: Readonly<Partial<Record<ErrorCode, string>>> = {
  RequestEntityTooLargeException:
    'Give fewer records or allocations a request; MeteringClient.send cuts by size too.',
  ValidationException:
    'Name every buyer of a request in one way: an account, an account with a license and no product code, or a customer identifier.',
  InvalidProductCodeException: 'Give ProductCode, or a LicenseArn in every record.',
  InvalidLicenseException:
    'Give CustomerAWSAccountId beside LicenseArn, not CustomerIdentifier, or leave LicenseArn out.',
  InvalidTagException:
    'Use at most 5 tag keys in a record, each once in an allocation, and the characters AWS takes: a-z A-Z 0-9 + - = . _ : / @ and blanks.',
  InvalidUsageAllocationsException:
    'Let the allocated quantities add up to Quantity, each under a set of tags of its own.',
  TimestampOutOfBoundsException:
    'Report usage within the window of the profile. Older usage can no longer be metered.',
}

/** @param path The caller's own, as in `UsageRecords[0].Dimension`. */
export function remedyOf(exception: ErrorCode, path: string): string {
  const member =
    path
      .split('.')
      .at(-1)
      ?.replace(/\[\d+\]$/, '') ?? ''
  const isOfShape = exception === 'ValidationException' || exception === 'SerializationException'
  const isMember = isOfShape && !/^UsageRecords\[\d+\]$/.test(path)
  return (isMember ? BY_MEMBER[member] : undefined) ?? BY_EXCEPTION[exception] ?? 'Correct it.'
}
