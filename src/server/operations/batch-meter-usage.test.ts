/** What the wire says of a settled record: rules 106 to 112, under every switch of the profile. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025, AWS_2026, type Profile } from '../../core/profile.ts'
import type { MeteringRecordId, Quantity } from '../../core/usage.ts'
import { aUsageRecord } from '../../testing/builders.ts'
import type { SettledRecord } from '../settle.ts'
import { wireOutcome } from './batch-meter-usage.ts'

const id = '079a2a2d-6a1b-8000-9abc-0123456789ab' as MeteringRecordId

const PROFILES: Readonly<Record<string, Profile>> = {
  '2025': AWS_2025,
  '2026': AWS_2026,
  strict: { ...AWS_2025, identicalResend: 'duplicate' },
  divided: { ...AWS_2025, allocationsDiffer: 'duplicate' },
  telling: { ...AWS_2025, identicalResend: 'duplicate', duplicateNamesId: true },
}

// profile | outcome, `*` where allocations differ | status | whether the id is told
const TABLE = `
  2025    | added          | Success               | id
  2025    | repeated       | Success               | id
  2025    | repeated*      | Success               | id
  2025    | conflicting    | DuplicateRecord       | -
  2025    | notSubscribed  | CustomerNotSubscribed | -
  2025    | unavailable    | unprocessed           | -
  2026    | added          | Success               | id
  2026    | repeated       | Success               | id
  2026    | repeated*      | Success               | id
  2026    | conflicting    | DuplicateRecord       | -
  strict  | added          | Success               | id
  strict  | repeated       | DuplicateRecord       | -
  strict  | conflicting    | DuplicateRecord       | -
  divided | added          | Success               | id
  divided | repeated       | Success               | id
  divided | repeated*      | DuplicateRecord       | -
  telling | repeated       | DuplicateRecord       | id
  telling | conflicting    | DuplicateRecord       | id
  telling | notSubscribed  | CustomerNotSubscribed | -
`

describe('a settled record', () => {
  for (const row of TABLE.trim().split('\n')) {
    const [profile = '', outcome = '', status = '', told] = row
      .split('|')
      .map((cell) => cell.trim())
    it(`${outcome} under ${profile} is ${status}, ${told === 'id' ? 'with' : 'without'} an id`, () => {
      const answer = wireOutcome(settledAs(outcome), PROFILES[profile]!)
      if (answer === 'unprocessed') assert.equal(answer, status)
      else assert.deepEqual(answer, { status, ...(told === 'id' && { id }) })
    })
  }
})

function settledAs(text: string): SettledRecord {
  const outcome = text.replace('*', '') as SettledRecord['outcome']
  const isHeld = outcome !== 'notSubscribed' && outcome !== 'unavailable'
  return {
    usage: aUsageRecord(),
    outcome,
    ...(isHeld && { held: { id, quantity: 1 as Quantity } }),
    allocationsDiffer: text.endsWith('*'),
  }
}
