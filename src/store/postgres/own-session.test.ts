/** A session that somebody else has set up, as it comes from a pooler that lends it for a transaction. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onConnection, openPool } from './connect.ts'
import { refuseLentSession } from './own-session.ts'
import { emptyLedger, skip } from './server.spec.ts'

describe('a connection', { skip }, () => {
  for (const [what, statement, isOwn] of [
    ['as it was set up', 'select', true],
    ['that somebody else has set up meanwhile', `set marketmeter.session = 'other'`, false],
    ['that a pooler has reset meanwhile', 'discard all', false],
  ] as const) {
    it(`with a session ${what} is ${isOwn ? 'used' : 'refused in a sentence'}`, async () => {
      const bounds = { connectionsMax: 1, statementMsMax: 5_000, connectMsMax: 5_000 }
      const pool = await openPool({ url: await emptyLedger(), kind: 'writer', ...bounds })
      const looked = onConnection(pool, async (client) => {
        await client.query(statement)
        await refuseLentSession(client, 'db:5432/usage')
      })
      if (isOwn) await looked
      else await assert.rejects(looked, /^LedgerRefused: What answers at db:5432\/usage lends out/)
      await pool.end()
    })
  }
})
