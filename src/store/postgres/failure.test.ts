import assert from 'node:assert/strict'
import { it } from 'node:test'
import { LedgerRefused } from '../refused.ts'
import {
  describeFailure,
  failureOf,
  isDamage,
  isConnectionLost,
  isNodeLost,
  isWorthAnotherTry,
} from './failure.ts'

// Who says it (server: an SQLSTATE that ends the session; node: one that does not, because it is another's; system: the
// network's or the machine's name of an error; socket: the same of a Unix socket; driver: a message alone), what, whether to try again, what may be
// another server from now on: the one behind the next connection, or the one that has the bucket.
const TABLE = `
  server  08006         again   lost
  server  57P01         again   lost
  server  57P03         again   lost
  server  53300         again   -
  server  40001         again   -
  server  40P01         again   -
  server  55P03         again   -
  server  57014         again   -
  server  23514         -       -
  server  42501         -       -
  server  53100         -       -
  server  25006         -       -
  server  XX000         -       -
  node    08006         again   bucket
  node    57P01         again   bucket
  node    40001         again   -
  node    XX000         -       -
  node    XX000:could_not_commit_transaction_for_shard_102024_on_at_least_one_active_node  again  bucket
  node    XX000:postmaster_was_shut_down,_exiting  again  bucket
  system  ECONNREFUSED  again   lost
  system  ECONNRESET    again   lost
  system  ENOTFOUND     again   lost
  system  ENOENT        -       -
  socket  ENOENT        again   lost
  socket  EACCES        -       -
  driver  Connection_terminated_unexpectedly             again  lost
  driver  Query_read_timeout                             again  lost
  driver  timeout_exceeded_when_trying_to_connect        again  lost
  driver  a_series_that_was_made_sure_of_is_missing      -      -
`

for (const row of TABLE.trim().split('\n')) {
  const [from = '', what = '', again, lost] = row.trim().split(/\s+/)
  it(`${from} says ${what}: ${again === '-' ? 'given up' : 'tried again'}`, () => {
    const error = errorOf(from, what)
    assert.equal(isWorthAnotherTry(error), again === 'again')
    assert.equal(isConnectionLost(error), lost === 'lost')
    assert.equal(isNodeLost(error), lost === 'bucket')
    const sentence = describeFailure(error, 'db:5432/usage')
    assert.match(sentence, /^[^\n]*db:5432\/usage[^\n]*$/)
  })
}

for (const [code, said, sentence] of [
  ['53300', 'too many connections for role "app"', /lets no more sessions in .* Raise max_connec/],
  ['57014', 'canceling statement due to statement timeout', /took too long .* what holds a lock/],
  ['55P03', 'canceling statement due to lock timeout', /took too long .* what holds a lock/],
  ['53100', 'could not extend file', /The disk of PostgreSQL at db is full/],
  ['XX000', 'could not write init file', /The disk of PostgreSQL at db is full/],
  [
    '58030',
    'could not write file: No space left on device',
    /The disk of PostgreSQL at db is full/,
  ],
] as const) {
  it(`${code}, ${said}: says what to do, and is not taken for damage`, () => {
    const error = Object.assign(new Error(said), { code, severity: 'ERROR' })
    assert.match(describeFailure(error, 'db'), sentence)
    assert.equal(isDamage(error), false)
    assert.equal(failureOf(error, 'db').cause, undefined)
  })
}

it('a socket that is not there is no certificate that is not there', () => {
  const missing = { code: 'ENOENT' }
  assert.match(
    describeFailure(errorOf('socket', 'ENOENT'), 'db'),
    /^No PostgreSQL answers at db \(EN/,
  )
  assert.match(
    describeFailure(errorOf('socket', 'EACCES'), 'db'),
    /^PostgreSQL at db cannot be used/,
  )
  assert.match(
    describeFailure(Object.assign(new Error('open ca.pem'), missing), 'db'),
    /^A file that the URL .* \(open ca\.pem\)\. Mend sslrootcert/,
  )
})

it('what nobody foresaw keeps its cause', () => {
  const error = Object.assign(new Error('invalid page in block 7'), {
    code: 'XX001',
    severity: 'ERROR',
  })
  assert.equal(isDamage(error), true)
  assert.equal(failureOf(error, 'db').cause, error)
})

it('a refusal of our own is told as it is and not tried again, whatever the host is called', () => {
  const refused = new LedgerRefused('timeout.example:5432/connection has another schema.')
  assert.equal(isWorthAnotherTry(refused), false)
  assert.equal(describeFailure(refused, 'timeout.example:5432/connection'), refused.message)
})

function errorOf(from: string, what: string): Error {
  const [code, said = 'said'] = what.replaceAll('_', ' ').split(':')
  if (from === 'driver') return new Error(code)
  if (from === 'socket') return Object.assign(new Error(said), { code, syscall: 'connect' })
  const severity = { server: 'FATAL', node: 'ERROR' }[from]
  return Object.assign(new Error(said), severity === undefined ? { code } : { code, severity })
}
