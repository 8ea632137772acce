/**
 * One PostgreSQL for a whole run of the tests: started by the runner before the first file, stopped after the last.
 *
 * Why         Some forty files stand on one, and each took two seconds to make its own. Every test has a database of its own.
 * Not here    Where the tester names a server, it is used instead; a test that kills its server starts its own.
 * Called by   the runner, by its --test-global-setup; a run of single files makes do without.
 */
import { checkNamed, namedUrl } from './named-postgres.spec.ts'
import { type OwnServer, startServer } from './postgres.ts'

/** What the runner tells the files' processes, which inherit its environment. No setting of ours, so no program minds it. */
export const SHARED_POSTGRES = 'TEST_POSTGRES_OF_RUN'

/** Nothing is synced: what these tests prove outlives no power cut. */
export const FAST_SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'shared_buffers=64MB',
  'max_prepared_transactions=5',
  'max_connections=500',
]

let server: OwnServer | undefined

export async function globalSetup(): Promise<void> {
  const named = namedUrl()
  if (named !== undefined) return checkNamed(named)
  const started = await startServer(FAST_SETTINGS)
  // Each file finds out by itself, and says so.
  if ('reason' in started) return
  server = started
  process.env[SHARED_POSTGRES] = started.urlOf('postgres')
}

export async function globalTeardown(): Promise<void> {
  await server?.stop()
}
