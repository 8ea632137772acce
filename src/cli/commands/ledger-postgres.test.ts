/** The commands that read a ledger on PostgreSQL. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import { aCall, aRecord, NOON_US } from '../../store/builders.spec.ts'
import { emptyLedger, openLedger, skip } from '../../store/postgres/server.spec.ts'
import { COMMANDS } from '../commands.ts'
import { runProgram } from '../parse.ts'

describe('ledger verify of PostgreSQL', { skip }, () => {
  it('tells that all is intact, or one finding a line', async () => {
    const url = await emptyLedger()
    const ledger = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
    await ledger.hold(aCall(), [aRecord({ buyer: 1 }), aRecord({ buyer: 2 })])
    await ledger.close()
    assert.deepEqual(await run('ledger', 'verify', '--ledger', url), {
      exitCode: 0,
      out: '',
      err: 'The ledger is intact: 2 records. Warnings: 0.\n',
    })
    await spoil(url)
    const { exitCode, out, err } = await run('ledger', 'verify', '--ledger', url, '--json')
    assert.equal(exitCode, 1)
    assert.match(
      out,
      /^{"severity":"error","problem":"the checksum.*"where":"record [0-9a-f-]+"}\n/,
    )
    assert.match(err, /^The ledger is damaged. Errors: 2, warnings: 0\./)
  })

  it('tells in one sentence that nobody answers', async () => {
    const url = 'postgres://role:s3cret@127.0.0.1:1/usage'
    const { exitCode, err } = await run('ledger', 'verify', '--ledger', url)
    assert.equal(exitCode, 3)
    assert.match(err, /^marketmeter: No PostgreSQL answers at 127\.0\.0\.1:1\/usage .*\n$/)
  })
})

async function spoil(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('update marketmeter.record set quantity = 9')
  await client.end()
}

async function run(...words: string[]) {
  const out = new PassThrough()
  const err = new PassThrough()
  const program = { name: 'marketmeter', about: '', version: '0', commands: COMMANDS }
  const io = { out, err, in: new PassThrough(), interactive: false, env: {} }
  const shown = Promise.all([text(out), text(err)])
  const exitCode = await runProgram(program, words, io)
  out.end()
  err.end()
  const [outText, errText] = await shown
  return { exitCode, out: outText, err: errText }
}
