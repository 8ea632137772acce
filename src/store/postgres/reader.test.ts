/** How long a page may take, over all its statements. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Pool } from './connect.ts'
import { Overdue } from './failure.ts'
import { Reader, READING_MS_MAX } from './reader.ts'

// Read each row as: when each statement of a page takes so long, so many of them are sent.
for (const [part, statements] of [
  [1, 1],
  [0.5, 2],
  [0.4, 3],
] as const) {
  it(`a page whose statements take ${part} of what one may is given up after ${statements}`, async () => {
    const clock = { ms: 0 }
    let sent = 0
    const took = <Result>(result: Result) => {
      sent++
      clock.ms += part * READING_MS_MAX
      return Promise.resolve(result)
    }
    const pool = { query: () => took({ rows: [] }) } as unknown as Pool
    const reader = new Reader(
      pool,
      () => took(Number.MAX_SAFE_INTEGER),
      () => clock.ms,
    )
    const seller = '111122223333' as never
    await assert.rejects(reader.read({ countMax: 1, seller }), Overdue)
    assert.equal(sent, statements)
  })
}
