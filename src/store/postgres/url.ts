/**
 * The URL of a ledger on PostgreSQL: what it may be, and what of it may be told.
 *
 * Secrets     It may hold a password. No sentence repeats it, and `placeOf` is all that people and logs are shown.
 * Why strict  The driver passes over what it does not know: `ssl_mode=require` would mean no TLS, and `host=` another server
 *             than the one that every message names.
 * Checked by  url.test.ts
 */
import { LedgerRefused } from '../refused.ts'

const PROTOCOLS = new Set(['postgres:', 'postgresql:'])
/** As PostgreSQL's own tools take them. What stands before an @ is a role and a password. */
const SEVERAL_HOSTS = /^postgres(?:ql)?:\/\/(?:[^/]*@)?[^/@]*,[^/@]*(?:\/|$)/
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const PARAMETERS = [
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'uselibpqcompat',
  'options',
]

/** Where a URL leads, without role and password. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port || '5432'}${pathname}`
}

/** @throws LedgerRefused unless it is a URL of PostgreSQL that names a database. */
export function checkUrl(url: string): void {
  const problem = urlProblemOf(url)
  if (problem !== undefined) throw new LedgerRefused(problem)
}

/** What is wrong with a URL, in a sentence that repeats nothing but names of parameters; undefined if nothing is. */
export function urlProblemOf(url: string): string | undefined {
  if (SEVERAL_HOSTS.test(url)) {
    return 'The ledger’s URL names several hosts, among which the driver cannot choose. Name one address that leads to the primary, such as a balancer’s.'
  }
  const parsed = URL.parse(url)
  if (parsed === null || !leadsSomewhere(parsed)) {
    return 'The ledger’s URL is not one of PostgreSQL: write postgres://role@host:5432/database, with signs such as @ : / ? # in the password as %40 %3A %2F %3F %23.'
  }
  for (const [name, value] of parsed.searchParams) {
    if (!PARAMETERS.includes(name)) {
      return `The ledger’s URL has the parameter ${name}, which nothing knows. There are: ${PARAMETERS.join(', ')}.`
    }
    if (name === 'sslmode' && !SSL_MODES.includes(value)) {
      return `The ledger’s URL has an sslmode that there is not. There are: ${SSL_MODES.join(', ')}.`
    }
  }
  return undefined
}

/** A sign of the password that was not escaped ends the host, so what follows looks like a path or a fragment. */
function leadsSomewhere(url: URL): boolean {
  const { protocol, hostname, pathname, search, hash, username, password } = url
  const isWhole = hostname !== '' && /^\/[^/@]+$/.test(pathname) && !search.includes('@')
  const isEscapedWhole = [username, password, pathname].every(isEscaped)
  return PROTOCOLS.has(protocol) && isWhole && hash === '' && isEscapedWhole
}

function isEscaped(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * The URL as the driver is to get it. To it `prefer`, `require` and `verify-ca` mean `verify-full`, and it warns that they
 * will mean less one day; so they are said as what they are.
 */
export function driverUrlOf(url: string): string {
  const parsed = new URL(url)
  const { searchParams } = parsed
  const mode = searchParams.get('sslmode')
  if (searchParams.has('uselibpqcompat') || mode === null) return url
  if (['prefer', 'require', 'verify-ca'].includes(mode)) searchParams.set('sslmode', 'verify-full')
  return parsed.href
}
