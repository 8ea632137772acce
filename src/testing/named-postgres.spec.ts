/** The running PostgreSQL that a tester names for tests to stand on, and whether they can. */
import { describeFailure } from '../store/postgres/failure.ts'
import { placeOf, urlProblemOf } from '../store/postgres/url.ts'
import { runSql } from './postgres.ts'

/** Where the tester names a running server. */
const NAMED = 'MARKETMETER_TEST_POSTGRES'

/** The URL of the server that the tester names. */
export function namedUrl(): string | undefined {
  const url = process.env[NAMED]
  return url === '' ? undefined : url
}

/** @throws Error with one sentence if tests cannot run on the server that the tester names. */
export async function checkNamed(url: string): Promise<void> {
  const problem = urlProblemOf(url) ?? (await problemAt(url))
  if (problem === undefined) return
  throw new Error(`${NAMED} cannot be used: ${problem} Mend it, or unset it.`)
}

async function problemAt(url: string): Promise<string | undefined> {
  const place = placeOf(url)
  try {
    const [role] = await runSql(
      url,
      `select rolsuper or (rolcreatedb and rolcreaterole) as able from pg_roles where rolname = current_user`,
    )
    if (role?.['able'] === true) return undefined
    return `Its role at ${place} may not create databases and roles.`
  } catch (error) {
    return describeFailure(error, place)
  }
}
