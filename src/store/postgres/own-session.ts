/**
 * Tells whether a session is still its connection's own.
 *
 * Why         A pooler that lends the server's sessions out for a transaction at a time gives a connection the session that
 *             another has set up: search path, bounds, and whether a commit waits for the disk are then anybody's.
 * How         Each session is marked as its connection's when it begins. Who finds another mark, or none, has been lent
 *             somebody else's.
 * Limits      Where one connection alone is used for a while, every session it is lent has its mark. A replica has several, so
 *             it is noticed at the start or at one of the first looks.
 * Checked by  own-session.test.ts, and with a pooler where the machine has one: faults/pooler.test.ts
 */
import { randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import { LedgerRefused } from '../refused.ts'

/** Nothing but another way to the server mends it: the next look may have its own session again, with luck. */
export class LentSession extends LedgerRefused {}

const marks = new WeakMap<ClientBase, string>()

/** A setting for the session of this connection. */
export function markOf(client: ClientBase): string {
  const mark = randomUUID()
  marks.set(client, mark)
  return `marketmeter.session = '${mark}'`
}

/** @throws LentSession if this is not the session that was set up for this connection. */
export async function refuseLentSession(client: ClientBase, place: string): Promise<void> {
  const { rows } = await client.query<{ mark: string | null }>(
    `select current_setting('marketmeter.session', true) as mark`,
  )
  if (rows[0]?.mark === marks.get(client)) return
  throw new LentSession(
    `What answers at ${place} lends out sessions of PostgreSQL for a transaction at a time, and their settings get lost. Let it pool sessions (pool_mode = session), or name PostgreSQL itself in the URL.`,
  )
}
