/** How many records and how many bytes one request may hold. */
import type { Case } from '../case.ts'
import { batch, once, record, refused, results, TAKEN } from './building.ts'

const COUNT = { rules: ['3', '56', '117', '118'], source: 'operation' } as const
const SIZE = { rules: ['60', '116'], source: 'meteringGuide' } as const

const BYTES_MAX = 1_048_575

const TOO_LARGE = { status: 413, type: 'RequestEntityTooLargeException' } as const

function records(count: number) {
  return Array.from({ length: count }, (_, index) => record({ Quantity: index }))
}

export const limits: readonly Case[] = [
  once(COUNT, 'limits: no records', { body: batch() }, results()),
  once(COUNT, 'limits: 1 record', { body: batch(...records(1)) }, TAKEN),
  once(
    COUNT,
    'limits: 25 records, answered in their order',
    { body: batch(...records(25)) },
    { results: records(25).map(() => 'CustomerNotSubscribed') },
  ),
  once(
    COUNT,
    'limits: 26 records',
    { body: batch(...records(26)) },
    refused(
      'ValidationException',
      /^1 validation error detected: Value '.*' at 'usageRecords' failed to satisfy constraint: Member must have length less than or equal to 25$/s,
    ),
  ),
  once(
    SIZE,
    'limits: a body of 1 MiB less one byte',
    { body: batch(record()), padToBytes: BYTES_MAX },
    TAKEN,
  ),
  once(
    SIZE,
    'limits: a body of 1 MiB',
    { body: batch(record()), padToBytes: BYTES_MAX + 1 },
    TOO_LARGE,
  ),
  once(
    SIZE,
    'limits: a body over 1 MiB, unsigned: the size is looked at first',
    { body: batch(record()), padToBytes: BYTES_MAX + 2, sign: { key: 'none' } },
    TOO_LARGE,
  ),
]
