import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { UsageHour } from '../../core/hour.ts'
import { callsOf } from './calls.ts'
import type { PoolClient } from './connect.ts'
import { monthOf } from './months.ts'

const HOUR = 490_000 as UsageHour

it('the calls of a page are asked for by each key once, and by each bucket once', async () => {
  const asked: unknown[] = []
  const query = (statement: { readonly values: readonly unknown[] }) => {
    asked.push(statement.values)
    return Promise.resolve({ rows: [] })
  }
  const rows = [1, 2, 3, 3].map((instant) => ({
    bucket: instant % 2,
    hour: HOUR,
    recorded_at_us: String(instant),
    writer: 7,
    call: 0,
  }))
  const callOf = await callsOf({ query } as unknown as Pick<PoolClient, 'query'>, rows)
  const month = monthOf(HOUR).firstHour
  assert.deepEqual(asked, [
    [
      [1, 0, 1],
      [month, month, month],
      ['1', '2', '3'],
      [7, 7, 7],
      [1, 0],
    ],
  ])
  assert.equal(callOf(rows[0]!), undefined)
})
