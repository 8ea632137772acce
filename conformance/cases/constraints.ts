/** The model's constraints: every member, on both sides of every limit, in AWS's words. */
import type { Case, Expected, Json, JsonObject } from '../case.ts'
import { batch, breach, licensed, once, record, refused, TAKEN } from './building.ts'

const FACTS = { rules: ['3', '4', '53', '55'], source: 'record' } as const

const NOT_NULL = 'Member must not be null'
const LONGER = (length: number) => `Member must have length greater than or equal to ${length}`
const SHORTER = (length: number) => `Member must have length less than or equal to ${length}`
const MATCH = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`

const DIGITS = '^[0-9]+$'
const PRODUCT_CODE = '^[-a-zA-Z0-9/=:_.@]*$'
const LICENSE_ARN =
  '^arn:aws[a-zA-Z-]*:[A-Za-z0-9][A-Za-z0-9_/.-]{0,62}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$'

/** Refused later and by name: the constraint itself was met. */
const NO_SUCH_DIMENSION = refused('InvalidUsageDimensionException')
const NO_SUCH_CUSTOMER = refused('InvalidCustomerIdentifierException')
const NO_SUCH_PRODUCT = refused('InvalidProductCodeException')
const NO_SUCH_LICENSE = refused('InvalidLicenseException')

type Row = readonly [name: string, changes: JsonObject, expected: Expected]

function of(member: string, constraint: string, value: string): Expected {
  return breach(value, `usageRecords.1.member.${member}`, constraint)
}

const text = (length: number, character = 'a') => character.repeat(length)

const byIdentifier = (identifier: string) => ({
  CustomerAWSAccountId: undefined,
  CustomerIdentifier: identifier,
})

const recordRows: readonly Row[] = [
  ['no timestamp', { Timestamp: undefined }, of('timestamp', NOT_NULL, 'null')],
  ['null for a timestamp', { Timestamp: null }, of('timestamp', NOT_NULL, 'null')],
  ['no dimension', { Dimension: undefined }, of('dimension', NOT_NULL, 'null')],
  ['null for a dimension', { Dimension: null }, of('dimension', NOT_NULL, 'null')],
  ['a dimension of 0 characters', { Dimension: '' }, of('dimension', LONGER(1), "''")],
  ['a dimension of 1 character', { Dimension: 'a' }, NO_SUCH_DIMENSION],
  ['a dimension of 255 characters', { Dimension: text(255) }, NO_SUCH_DIMENSION],
  [
    'a dimension of 256 characters',
    { Dimension: text(256) },
    of('dimension', SHORTER(255), `'${text(256)}'`),
  ],
  [
    'a dimension of any characters, line ends too',
    { Dimension: '\n\t\u0000é😀' },
    NO_SUCH_DIMENSION,
  ],
  ['a dimension with a lone surrogate', { Dimension: 'a\ud800' }, NO_SUCH_DIMENSION],
  ['a customer identifier of 255 characters', byIdentifier(text(255)), NO_SUCH_CUSTOMER],
  [
    'a customer identifier of 256 characters',
    byIdentifier(text(256)),
    of('customerIdentifier', SHORTER(255), `'${text(256)}'`),
  ],
  [
    'a quantity of -1',
    { Quantity: -1 },
    of('quantity', 'Member must have value greater than or equal to 0', "'-1'"),
  ],
  ['a quantity of 0', { Quantity: 0 }, TAKEN],
  ['a quantity of 2,147,483,647', { Quantity: 2_147_483_647 }, TAKEN],
  [
    'a quantity of 2,147,483,648',
    { Quantity: 2_147_483_648 },
    of('quantity', 'Member must have value less than or equal to 2147483647', "'2147483648'"),
  ],
  [
    'an account of 0 digits',
    { CustomerAWSAccountId: '' },
    refused(
      'ValidationException',
      /'usageRecords\.1\.member\.customerAWSAccountId' failed to satisfy constraint: /,
    ),
  ],
  ['an account of 1 digit', { CustomerAWSAccountId: '1' }, TAKEN],
  ['an account of 255 digits', { CustomerAWSAccountId: text(255, '1') }, TAKEN],
  [
    'an account of 256 digits',
    { CustomerAWSAccountId: text(256, '1') },
    of('customerAWSAccountId', SHORTER(255), `'${text(256, '1')}'`),
  ],
  [
    'an account with a letter',
    { CustomerAWSAccountId: '12345678901a' },
    of('customerAWSAccountId', MATCH(DIGITS), "'12345678901a'"),
  ],
  [
    'an account with a line end',
    { CustomerAWSAccountId: '123456789012\n' },
    of('customerAWSAccountId', MATCH(DIGITS), "'123456789012\n'"),
  ],
  [
    'an account of digits that are not ASCII',
    { CustomerAWSAccountId: '１２３' },
    of('customerAWSAccountId', MATCH(DIGITS), "'１２３'"),
  ],
  [
    '0 allocations',
    { UsageAllocations: [] },
    refused(
      'ValidationException',
      /^1 validation error detected: Value '.*' at 'usageRecords\.1\.member\.usageAllocations' failed to satisfy constraint: Member must have length greater than or equal to 1$/,
    ),
  ],
]

function arn(resource: string): string {
  return `arn:aws:license-manager::123456789012:${resource}`
}

/** A value of more than 1,024 characters is not told back whole. */
function badArn(value: string): Expected {
  return value.length > 1_024
    ? refused('ValidationException', /'usageRecords\.1\.member\.licenseArn' failed to satisfy/)
    : of('licenseArn', MATCH(LICENSE_ARN), `'${value}'`)
}

const arnRows: readonly (readonly [string, string, Expected])[] = [
  ['an ARN of no license', arn('license:l-00000000000000000000000000000000'), NO_SUCH_LICENSE],
  ['an ARN with a resource of 1 character', arn('a'), NO_SUCH_LICENSE],
  ['an ARN with a resource of 1,024 characters', arn(text(1_024)), NO_SUCH_LICENSE],
  ['an ARN with a resource of 1,025 characters', arn(text(1_025)), badArn(arn(text(1_025)))],
  ['an ARN with a service of 63 characters', `arn:aws:${text(63)}::1:l-1`, NO_SUCH_LICENSE],
  [
    'an ARN with a service of 64 characters',
    `arn:aws:${text(64)}::1:l-1`,
    badArn(`arn:aws:${text(64)}::1:l-1`),
  ],
  ['an ARN with a Region of 63 characters', `arn:aws:a:${text(63)}:1:l-1`, NO_SUCH_LICENSE],
  [
    'an ARN with a Region of 64 characters',
    `arn:aws:a:${text(64)}:1:l-1`,
    badArn(`arn:aws:a:${text(64)}:1:l-1`),
  ],
  ['an ARN with an account of 63 characters', `arn:aws:a::${text(63)}:l-1`, NO_SUCH_LICENSE],
  [
    'an ARN with an account of 64 characters',
    `arn:aws:a::${text(64)}:l-1`,
    badArn(`arn:aws:a::${text(64)}:l-1`),
  ],
  ['an ARN with a line end behind', `${arn('l-1')}\n`, badArn(`${arn('l-1')}\n`)],
  ['an ARN of another partition', 'arn:aws-cn:license-manager::1:l-1', NO_SUCH_LICENSE],
  [
    'an ARN without arn:',
    'aws:license-manager:us-east-1:123456789012:l-1',
    of('licenseArn', MATCH(LICENSE_ARN), "'aws:license-manager:us-east-1:123456789012:l-1'"),
  ],
  [
    'an ARN that is empty',
    '',
    refused(
      'ValidationException',
      /'usageRecords\.1\.member\.licenseArn' failed to satisfy constraint: /,
    ),
  ],
  [
    'an ARN with no service',
    'arn:aws::::l-1',
    of('licenseArn', MATCH(LICENSE_ARN), "'arn:aws::::l-1'"),
  ],
  [
    'an ARN with a blank',
    arn('license l-1'),
    of('licenseArn', MATCH(LICENSE_ARN), `'${arn('license l-1')}'`),
  ],
]

const requestRows: readonly Row[] = [
  ['no records', { UsageRecords: undefined }, breach('null', 'usageRecords', NOT_NULL)],
  ['null for the records', { UsageRecords: null }, breach('null', 'usageRecords', NOT_NULL)],
  ['a product code of 255 characters', { ProductCode: text(255) }, NO_SUCH_PRODUCT],
  [
    'a product code of 256 characters',
    { ProductCode: text(256) },
    breach(`'${text(256)}'`, 'productCode', SHORTER(255)),
  ],
  ['a product code of all its characters', { ProductCode: '-aZ09/=:_.@' }, NO_SUCH_PRODUCT],
  [
    'a product code with a blank',
    { ProductCode: 'a b' },
    breach("'a b'", 'productCode', MATCH(PRODUCT_CODE)),
  ],
  [
    'a product code with a letter that is not ASCII',
    { ProductCode: 'é' },
    breach("'é'", 'productCode', MATCH(PRODUCT_CODE)),
  ],
]

const allocation = (changes: JsonObject): Json => ({ AllocatedUsageQuantity: 1, ...changes })
const tag = (changes: JsonObject): Json =>
  allocation({ Tags: [{ Key: 'k', Value: 'v', ...changes }] })

function inAllocation(path: string, constraint: string, value: string): Expected {
  return of(`usageAllocations.1.member.${path}`, constraint, value)
}

const allocationRows: readonly (readonly [string, Json, Expected])[] = [
  [
    'no allocated quantity',
    allocation({ AllocatedUsageQuantity: undefined }),
    inAllocation('allocatedUsageQuantity', NOT_NULL, 'null'),
  ],
  [
    'an allocated quantity of -1',
    allocation({ AllocatedUsageQuantity: -1 }),
    inAllocation(
      'allocatedUsageQuantity',
      'Member must have value greater than or equal to 0',
      "'-1'",
    ),
  ],
  [
    'an allocated quantity of 2,147,483,648',
    allocation({ AllocatedUsageQuantity: 2_147_483_648 }),
    inAllocation(
      'allocatedUsageQuantity',
      'Member must have value less than or equal to 2147483647',
      "'2147483648'",
    ),
  ],
  [
    '0 tags',
    allocation({ Tags: [] }),
    refused(
      'ValidationException',
      /'usageRecords\.1\.member\.usageAllocations\.1\.member\.tags' failed to satisfy constraint: Member must have length greater than or equal to 1$/,
    ),
  ],
  ['no key', tag({ Key: undefined }), inAllocation('tags.1.member.key', NOT_NULL, 'null')],
  ['a key of 0 characters', tag({ Key: '' }), inAllocation('tags.1.member.key', LONGER(1), "''")],
  ['a key of 1 character', tag({ Key: 'k' }), TAKEN],
  ['a key of 100 characters', tag({ Key: text(100) }), TAKEN],
  [
    'a key of 101 characters',
    tag({ Key: text(101) }),
    inAllocation('tags.1.member.key', SHORTER(100), `'${text(101)}'`),
  ],
  ['no value', tag({ Value: undefined }), inAllocation('tags.1.member.value', NOT_NULL, 'null')],
  [
    'a value of 0 characters',
    tag({ Value: '' }),
    inAllocation('tags.1.member.value', LONGER(1), "''"),
  ],
  ['a value of 1 character', tag({ Value: 'v' }), TAKEN],
  ['a value of 256 characters', tag({ Value: text(256) }), TAKEN],
  [
    'a value of 257 characters',
    tag({ Value: text(257) }),
    inAllocation('tags.1.member.value', SHORTER(256), `'${text(257)}'`),
  ],
]

/** Allocations that differ by a tag and add up to their number. */
function allocations(count: number): Json {
  return Array.from({ length: count }, (_, index) => ({
    AllocatedUsageQuantity: 1,
    Tags: [{ Key: 'part', Value: `${index}` }],
  }))
}

const MANY_BREACHES = Array.from({ length: 11 }, () => record({ Dimension: '' }))

export const constraints: readonly Case[] = [
  ...recordRows.map(([name, changes, expected]) =>
    once(FACTS, `constraints: ${name}`, { body: batch(record(changes)) }, expected),
  ),
  ...arnRows.map(([name, licenseArn, expected]) =>
    once(
      FACTS,
      `constraints: ${name}`,
      { body: licensed(record({ LicenseArn: licenseArn })) },
      expected,
    ),
  ),
  ...requestRows.map(([name, changes, expected]) =>
    once(
      { ...FACTS, source: 'operation' },
      `constraints: ${name}`,
      { body: { ...batch(record()), ...changes } },
      expected,
    ),
  ),
  ...allocationRows.map(([name, value, expected]) =>
    once(
      { rules: ['5', '6', '125', '126'], source: 'tag' },
      `constraints: ${name}`,
      { body: batch(record({ UsageAllocations: [value] })) },
      expected,
    ),
  ),
  once(
    { rules: ['122'], source: 'record' },
    'constraints: 2,500 allocations',
    { body: batch(record({ Quantity: 2_500, UsageAllocations: allocations(2_500) })) },
    TAKEN,
  ),
  once(
    { rules: ['122'], source: 'record' },
    'constraints: 2,501 allocations',
    { body: batch(record({ Quantity: 2_501, UsageAllocations: allocations(2_501) })) },
    refused(
      'ValidationException',
      /^1 validation error detected: Value '.*' at 'usageRecords\.1\.member\.usageAllocations' failed to satisfy constraint: Member must have length less than or equal to 2500$/s,
    ),
  ),
  once(
    { rules: ['53'], source: 'siblings' },
    'constraints: two breaches are told together',
    { body: batch(record({ Dimension: '' }), record({ Quantity: -1 })) },
    refused(
      'ValidationException',
      "2 validation errors detected: Value '' at 'usageRecords.1.member.dimension' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '-1' at 'usageRecords.2.member.quantity' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ),
  ),
  once(
    { rules: ['53'], source: 'siblings' },
    'constraints: of eleven breaches ten are told',
    { body: batch(...MANY_BREACHES) },
    refused(
      'ValidationException',
      /^10 validation errors detected: (?:Value '' at '[^']+' failed to satisfy constraint: Member must have length greater than or equal to 1(?:; )?){10}$/,
    ),
  ),
  once(
    FACTS,
    'constraints: null for a record',
    { body: batch(null) },
    refused(
      'ValidationException',
      /at 'usageRecords\.1\.member' failed to satisfy constraint: Member must not be null$/,
    ),
  ),
]
