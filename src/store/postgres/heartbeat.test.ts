import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { it } from 'node:test'
import type { Pool } from './connect.ts'
import { Heartbeat } from './heartbeat.ts'

it('a session that was lent out keeps readiness red, whatever the next look meets, and the sentence says to restart', async () => {
  const marks = ['of another', undefined]
  const client = Object.assign(new EventEmitter(), {
    query: () => Promise.resolve({ rows: [{ mark: marks.shift() }] }),
    release: () => undefined,
  })
  const pool = { connect: () => Promise.resolve(client) } as unknown as Pool
  const bounds = { lastUs: () => 0, everyMs: 60_000, commitMsMax: 1_000 }
  const heartbeat = new Heartbeat({ ...bounds, pool, place: 'db:5432/usage', nowUs: () => 0 })
  for (let look = 0; look < 2; look++) {
    await heartbeat.beat()
    assert.match(heartbeat.problem ?? '', /lends out sessions .* Then restart this process\.$/)
  }
  await heartbeat.stop()
})
