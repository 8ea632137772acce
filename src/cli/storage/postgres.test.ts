import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MS_PER_HOUR } from '../../core/hour.ts'
import { AWS_2025, AWS_2026, type Profile } from '../../core/profile.ts'
import { REFUSAL_BOUNDS } from '../../store/control.ts'
import { POSTGRES_BOUNDS } from '../../store/postgres/bounds.ts'
import { emptyLedger, nowUs, skip } from '../../store/postgres/server.spec.ts'
import { runSql } from '../../testing/postgres.ts'
import { openPostgres } from './postgres.ts'

describe('a ledger on PostgreSQL', { skip }, () => {
  it('knows the widest window that it was ever opened with, so that no month inside it is detached', async () => {
    const url = await emptyLedger(nowUs())
    const windows: unknown[] = []
    const wide = { ...AWS_2025, name: 'ours', ageMsMax: 960 * MS_PER_HOUR }
    for (const profile of [AWS_2025, AWS_2026, wide, AWS_2025]) {
      await openAndClose(url, profile)
      const [fact] = await runSql(
        url,
        `select value from marketmeter.ledger_fact where name = 'windowMsMax'`,
      )
      windows.push(Number(fact?.['value']) / MS_PER_HOUR)
    }
    assert.deepEqual(windows, [6, 24, 960, 960])
  })
})

async function openAndClose(url: string, profile: Profile): Promise<void> {
  const storage = await openPostgres(
    {
      place: { kind: 'postgres', url },
      purpose: 'production',
      profile,
      postgres: POSTGRES_BOUNDS,
      refusalBounds: REFUSAL_BOUNDS,
    },
    { onCommit: () => undefined, onNote: () => undefined },
  )
  await storage.close()
}
