/**
 * What becomes of commits while a synchronous standby does not answer.
 *
 * The wait     A commit is on the server's disk first; then its session waits until the standby has it too. No time limit
 *              of a statement ends that wait. Until it ends nobody sees the record, and nobody is answered.
 * Cut short    Who cancels the session's query ends it with a warning and a *success*. What is there then may be lost by a
 *              failover, so onConnection makes a failure of it.
 * Found        From then on others see the record, as they do after a crash of the server. Whoever answers with what it
 *              found makes a commit of its own first, and waits for it: AWAITED.
 * Bounded      A commit that waits keeps a session of the server's, even when its client has gone. So once some wait, no
 *              more are sent (writer.ts).
 * Checked by   standby.test.ts
 */
import type { PoolClient } from 'pg'

/** What was written may not be on the standby yet, or must not be written now. Sending again is safe. */
export class StandbyAbsent extends Error {
  override readonly name = 'StandbyAbsent'

  constructor() {
    super('A synchronous standby does not answer.')
  }
}

/**
 * A column of a statement that finds. Where there are synchronous standbys it writes to the log, and thus makes the
 * statement wait at its end until everything it has seen is on them; elsewhere it does nothing.
 */
export const AWAITED = `case when current_setting('synchronous_standby_names') <> ''
  then pg_logical_emit_message(true, 'marketmeter', '') end as awaited`

/** Whether the server says that it has stopped waiting. Its text may be in any language; a node of Citus sends the text alone. */
export function isWaitCutShort({
  file,
  message = '',
}: {
  readonly file: string | undefined
  readonly message: string | undefined
}): boolean {
  return file === 'syncrep.c' || message.includes('synchronous replication')
}

/** Whether a commit has been waiting for so long, of those that this role is shown. */
export async function waitsForStandby(
  database: Pick<PoolClient, 'query'>,
  msMin: number,
): Promise<boolean> {
  const { rows } = await database.query<{ waits: boolean }>(
    `select exists (select from pg_stat_activity
       where datname = current_database() and wait_event = 'SyncRep'
         and xact_start < clock_timestamp() - make_interval(secs => $1)) as waits`,
    [msMin / 1_000],
  )
  return rows[0]?.waits === true
}
