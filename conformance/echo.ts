/**
 * What an answer must repeat of a record: every member that the model knows, as it was sent (rules 8 and 10).
 *
 * A missing quantity comes back as 0 or not at all; an empty name, null and absence are one.
 */

export type Members = Readonly<Record<string, unknown>>

const RECORD_MEMBERS = [
  'Timestamp',
  'CustomerIdentifier',
  'Dimension',
  'Quantity',
  'CustomerAWSAccountId',
  'LicenseArn',
] as const

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns The records of a body in one form, so that two of them can be compared; none if it is no request. */
export function echoOf(body: string): readonly Members[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return []
  }
  const records = isObject(value) ? value['UsageRecords'] : undefined
  return Array.isArray(records) ? records.map(recordOf) : []
}

function recordOf(value: unknown): Members {
  const record = isObject(value) ? value : {}
  const members: Record<string, unknown> = {}
  for (const name of RECORD_MEMBERS) {
    const member = record[name]
    if (member !== undefined && member !== null && member !== '') members[name] = plain(member)
  }
  members['Quantity'] ??= 0
  const allocations = record['UsageAllocations']
  if (Array.isArray(allocations)) members['UsageAllocations'] = allocations.map(allocationOf)
  return members
}

function allocationOf(value: unknown): Members {
  const { AllocatedUsageQuantity: quantity, Tags: tags } = isObject(value) ? value : {}
  return {
    quantity: plain(quantity),
    tags: Array.isArray(tags) ? tags.map(tagOf) : [],
  }
}

function tagOf(value: unknown): Members {
  const { Key: key, Value: text } = isObject(value) ? value : {}
  return { key, text }
}

/** -0 is 0. */
function plain(value: unknown): unknown {
  return value === 0 ? 0 : value
}
