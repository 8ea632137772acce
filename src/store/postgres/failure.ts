/** What an error of PostgreSQL, or of the way there, means. Codes from PostgreSQL's appendix A. */
import { StoreBusy } from '../busy.ts'
import { LedgerRefused } from '../refused.ts'
import { StandbyAbsent } from './standby.ts'

/** Connection lost or refused, server going down or coming up, too many connections; a deadlock, a serialization. */
const WORTH_ANOTHER_TRY = /^(08...|57P0[1235]|53300|40001|40P01|55P03|57014)$/
const CONNECTION = /^(08...|57P0[1235])$/
/** Citus, whose node went between an insert and its commit, which may be there; or which goes down itself. */
const NODE_LOST =
  /^(could not commit transaction for shard|failure on connection marked as essential|postmaster was shut down)/
const NO_ANSWER =
  /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EPIPE|EAGAIN)/

/** So says the driver. */
const TOOK_TOO_LONG = 'Query read timeout'
const NO_PASSWORD = 'client password must be a '

/** The server's clock and ours are further apart than allowed, or the statement waited too long on its way. */
export class ClocksApart extends Error {
  override readonly name = 'ClocksApart'

  constructor() {
    super('The clocks of this machine and of PostgreSQL differ by more than allowed.')
  }
}

/** A caller has waited for as long as anybody does. What was asked may still come to pass. */
export class Overdue extends Error {
  override readonly name = 'Overdue'

  constructor() {
    super('nobody waits any longer')
  }
}

/** Whether the same statement may succeed in a moment. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof ClocksApart || error instanceof StandbyAbsent) return true
  if (isNodeLost(error)) return true
  const code = codeOf(error)
  return isFromServer(error) && code !== undefined
    ? WORTH_ANOTHER_TRY.test(code)
    : isConnectionLost(error)
}

/** Whether what this process knows of the database may be out of date: it may have been restored, or failed over. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  if (isFromServer(error)) return code !== undefined && CONNECTION.test(code) && !isNodeLost(error)
  if (code !== undefined) return NO_ANSWER.test(code) || (code === 'ENOENT' && isOfConnect(error))
  if (error instanceof LedgerRefused) return false
  // The driver's own errors have no code.
  return (
    error instanceof Error && /connection|timeout|terminated|not queryable/i.test(error.message)
  )
}

/** Whether the server could not reach another behind it, which holds the bucket. Its session with us goes on. */
export function isNodeLost(error: unknown): boolean {
  if (!isFromServer(error) || error.severity !== 'ERROR') return false
  const code = codeOf(error) ?? ''
  return CONNECTION.test(code) || (code === 'XX000' && NODE_LOST.test(error.message))
}

/** Whether what was asked may hang again, or fail again, for as long. */
export function isOutOfReach(error: unknown): boolean {
  return isConnectionLost(error) || isNodeLost(error) || codeOf(error) === '57014'
}

/** An SQLSTATE, or a system's error name. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A Unix socket is a file, which is not there while its server restarts. Others are certificates that the URL names. */
function isOfConnect(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect'
}

function isFromServer(error: unknown): error is Error & { readonly severity: unknown } {
  return error instanceof Error && 'severity' in error
}

/** One sentence for whoever runs the service: what is wrong and what to do. It holds no secret. */
export function describeFailure(error: unknown, place: string): string {
  return foreseen(error, place) ?? unforeseen(error, place)
}

/**
 * What a store throws for a failure. One that we did not foresee has its cause, so that the log shows where it came from; our
 * own refusals, and a caller's mistakes, stay as they are.
 */
export function failureOf(error: unknown, place: string): Error {
  const isTold = error instanceof LedgerRefused || error instanceof StoreBusy
  if (isTold || error instanceof RangeError) return error
  const sentence = foreseen(error, place)
  return sentence === undefined
    ? new LedgerRefused(unforeseen(error, place), { cause: error })
    : new LedgerRefused(sentence)
}

/** Does some work on a store, and throws {@link failureOf} its failures. */
export async function told<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw failureOf(error, place)
  }
}

function unforeseen(error: unknown, place: string): string {
  const said = firstLine(error)
  return isFromServer(error)
    ? `PostgreSQL at ${place} answers: ${said} (${codeOf(error) ?? ''}).`
    : `PostgreSQL at ${place} cannot be used: ${said}.`
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}

function foreseen(error: unknown, place: string): string | undefined {
  const code = codeOf(error) ?? ''
  const said = firstLine(error)
  if (error instanceof ClocksApart || error instanceof LedgerRefused) return said
  if (error instanceof StandbyAbsent) return describeStandbyAbsent(place)
  if (isNodeLost(error)) {
    return `PostgreSQL at ${place} cannot reach the node that has the records (${said}). Check that the nodes run, and that they let each other in.`
  }
  if (isDiskFull(error)) return describeDiskFull(place)
  if (isFromServer(error)) return describeServerError(code, said, place)
  if ((code === 'ENOENT' || code === 'EACCES') && !isOfConnect(error)) {
    return `A file that the URL of the ledger at ${place} names cannot be read (${said}). Mend sslrootcert, sslcert or sslkey.`
  }
  if (code.startsWith('ERR_TLS') || /\b(ssl|tls)\b|certificate/i.test(`${code} ${said}`)) {
    return `TLS to PostgreSQL at ${place} failed (${code || said}). Check sslmode and sslrootcert in the URL.`
  }
  if (said.includes(NO_PASSWORD)) {
    return `PostgreSQL at ${place} wants a password. Give it by PGPASSWORD, ~/.pgpass or the URL.`
  }
  if (said === TOOK_TOO_LONG || error instanceof Overdue) {
    return `No PostgreSQL answers at ${place} in time. Check that it runs, the way to it, and that its synchronous standbys answer.`
  }
  if (NO_ANSWER.test(code) || isConnectionLost(error)) {
    return `No PostgreSQL answers at ${place} (${code || said}). Check that it runs, and the URL's host and port.`
  }
  return undefined
}

function describeStandbyAbsent(place: string): string {
  return `PostgreSQL at ${place} waits for a synchronous standby that does not answer. Bring the standby back, or change synchronous_standby_names.`
}

export function describeReadOnly(place: string): string {
  return `PostgreSQL at ${place} only lets read. Name the primary in the URL.`
}

export function describeNoRights(what: string, place: string): string {
  return `The role has no rights for this at ${place} (${what}). Let the owner of the ledger run migrate and grant them.`
}

export function describeDiskFull(place: string): string {
  return `The disk of PostgreSQL at ${place} is full. Nothing is lost; it works again when there is room.`
}

/** Whether holding fails although looking works: a full disk. A session that finds no room to begin says it in words alone. */
export function isDiskFull(error: unknown): boolean {
  if (codeOf(error) === '53100') return true
  return isFromServer(error) && /could not write init file|no space left/i.test(error.message)
}

/** Whether the server says that what it keeps cannot be read: a page, an index, a file of its own. */
export function isDamage(error: unknown): boolean {
  if (isDiskFull(error)) return false
  return isFromServer(error) && /^(XX00[0-2]|58030)$/.test(codeOf(error) ?? '')
}

function describeServerError(code: string, said: string, place: string): string | undefined {
  switch (code) {
    case '3D000':
      return `The database of ${place} does not exist. Create it, or mend the URL.`
    case '28P01':
    case '28000':
      return `PostgreSQL at ${place} refuses the role (${said}). Check role, password and pg_hba.conf.`
    case '42501':
      return describeNoRights(said, place)
    case '53300':
      return `PostgreSQL at ${place} lets no more sessions in (${said}). Raise max_connections or the role's connection limit, or lower postgresConnections.`
    case '55P03':
    case '57014':
      return `PostgreSQL at ${place} took too long (${said}). See what it is busy with, or what holds a lock; it is tried again.`
    case '23514':
      return `At ${place} the partition of a month is missing, or was detached (${said}). Run migrate.`
    case '25006':
      return describeReadOnly(place)
    default:
      return undefined
  }
}
