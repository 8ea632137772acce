/** `copy` as an operator sees it: lines, exit codes, and what the folder can still do afterwards. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { aCall, aRecord, NOON_US } from '../../store/builders.spec.ts'
import { emptyLedger, openLedger, server, skip } from '../../store/postgres/server.spec.ts'
import { SqliteControlStore } from '../../store/sqlite-control/store.ts'
import { SqliteLedger } from '../../store/sqlite/sqlite-ledger.ts'
import { runSql } from '../../testing/postgres.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from '../program.spec.ts'

const KEYS = { MARKETMETER_MASTER_KEYS: Buffer.alloc(32, 7).toString('base64') }

const root = mkdtempSync(path.join(tmpdir(), 'copy-'))
after(() => {
  rmSync(root, { recursive: true })
})

describe('copy goes from a folder to PostgreSQL', () => {
  for (const [what, words, sentence] of [
    [
      'between databases',
      ['--from', 'postgres://h/a', '--to', 'postgres://h/b'],
      /use pg_dump and/,
    ],
    ['back to a folder', ['--from', 'postgres://h/a', '--to', 'sqlite:data'], /no way back/],
    [
      'between folders',
      ['--from', 'sqlite:data', '--to', 'sqlite:other'],
      /copy goes from a folder/,
    ],
    ['from nonsense', ['--from', 'x', '--to', 'postgres://h/b'], /^marketmeter: --from: expected/],
    [
      'to nonsense',
      ['--from', 'sqlite:data', '--to', 'postgres://h'],
      /^marketmeter: --to: The ledger’s/,
    ],
    ['without an end', ['--from', 'sqlite:data'], /--to <URL>' not specified/],
  ] as const) {
    it(`and not ${what}`, async () => {
      const { code, err } = await runToEnd(['copy', ...words])
      assert.equal(code, 2)
      assert.match(err, sentence)
      assert.doesNotMatch(err, / at .*\.ts/)
    })
  }
})

describe('copy', { skip }, () => {
  it('tells what it did and what to do next, and no password; the folder can still be read', async () => {
    const folder = await aFolder('moved')
    const url = withPassword(await emptyLedger())
    const words = ['copy', '--from', `sqlite:${folder}/ledger.db`, '--to', url]
    const { code, out, err } = await runToEnd(words)
    assert.equal(code, 0, err)
    assert.equal(out, '')
    assert.match(err, /\(postgres\) holds all 2 records, each compared; this run added 2\./)
    assert.match(err, /ledger\.db is marked as moved\. Secrets of access keys stay encrypted under/)
    const again = await runToEnd([...words, '--json'])
    const end = { end: 'moved', records: 2, added: 0, errors: 0, warnings: 0 }
    assert.deepEqual([again.code, JSON.parse(again.out)], [0, end])

    const data = ['--data', folder]
    for (const command of [
      ['serve', '--port', '0', ...data],
      ['demo', '--port', '0', ...data],
      ['sellers', 'create', '111122223333', ...data],
    ]) {
      const refused = await runToEnd(command)
      assert.equal(refused.code, 3, command.join(' '))
      assert.match(
        refused.err,
        /^marketmeter: .* was moved to PostgreSQL at [\d.]+:\d+\/\w+, and can/,
      )
      assert.match(refused.err, /Use that one: --ledger postgres:\/\/ROLE@[\d.]+:\d+\/\w+\.\n$/)
    }
    for (const command of [
      ['records', ...data],
      ['ledger', 'verify', ...data],
      ['ledger', 'backup', path.join(root, 'backup'), ...data],
      ['sellers', 'list', ...data],
    ]) {
      assert.equal((await runToEnd(command)).code, 0, command.join(' '))
    }
    const known = await runSql(
      url,
      `select reltuples::integer as rows from pg_class where oid = 'marketmeter.record'::regclass`,
    )
    assert.deepEqual(known, [{ rows: 2 }], 'the server has counted what came')
    const all = [out, err, again.out, again.err, readFileSync(`${folder}/ledger.db`, 'latin1')]
    assert(!all.join('').includes('s3cret'))
  })

  it('prints each clash, and leaves the folder in use', async () => {
    const folder = await aFolder('clash')
    const url = await emptyLedger()
    const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
    await target.hold(aCall(), [aRecord({ buyer: 1, quantity: 9 })])
    await target.close()
    const words = ['copy', '--from', `sqlite:${folder}`, '--to', url]
    const text = await runToEnd(words)
    assert.equal(text.code, 1)
    assert.match(
      text.out,
      /^error: record [0-9a-f-]{36}: the target holds quantity 9 instead of 1\n$/,
    )
    assert.match(
      text.err,
      /holds something else\. Errors: 1, warnings: 0; they are on stdout\. Nothing/,
    )
    const { code, out } = await runToEnd([...words, '--json'])
    assert.equal(code, 1)
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(
      lines.map((line) => line['severity'] ?? line['end']),
      ['error', 'differs'],
    )
    const serve = startProgram([
      'serve',
      '--json',
      '--port',
      '0',
      '--admin-port',
      '0',
      '--data',
      folder,
    ])
    await readyAndStopped(serve)
  })

  it('ends where it is while the folder is being written, if it is not to wait', async () => {
    const folder = await aFolder('locked')
    const url = await emptyLedger()
    const serve = startProgram([
      'serve',
      '--json',
      '--port',
      '0',
      '--admin-port',
      '0',
      '--data',
      folder,
    ])
    await firstLineOf(serve)
    const words = ['copy', '--from', `sqlite:${folder}`, '--to', url, '--wait-seconds', '0']
    const { code, err } = await runToEnd(words)
    serve.kill('SIGTERM')
    await endOf(serve)
    assert.equal(code, 4, err)
    for (const command of [
      ['serve', '--port', '0'],
      ['demo', '--port', '0'],
      ['sellers', 'create', '111122223333'],
    ]) {
      const refused = await runToEnd([...command, '--ledger', url], { env: KEYS })
      assert.equal(refused.code, 3, command.join(' '))
      assert.match(
        refused.err,
        /^marketmeter: The ledger at \S+ is being filled by a copy from \S+locked\/ledger\.db, which has not ended\. .*\n$/,
      )
    }
    assert.match(err, /but .*ledger\.db is still being written\. Stop its serve, and run the same/)
    assert.equal((await runToEnd(words)).code, 0)
    const there = ['serve', '--json', '--port', '0', '--admin-port', '0', '--ledger', url]
    await readyAndStopped(startProgram(there, { env: KEYS }))
  })

  it('moves a demo, whose secrets the demo there can open', async () => {
    const folder = path.join(root, 'demo')
    await readyAndStopped(startProgram(['demo', '--json', '--port', '0', '--data', folder]))
    const url = await emptyLedger()
    const { code, err } = await runToEnd(['copy', '--from', `sqlite:${folder}`, '--to', url])
    assert.equal(code, 0, err)
    assert.match(err, /are encrypted under the key that all demos share on PostgreSQL: start the/)
    await readyAndStopped(startProgram(['demo', '--json', '--port', '0', '--ledger', url]))
    const serve = await runToEnd(['serve', '--port', '0', '--ledger', url], { env: KEYS })
    assert.equal(serve.code, 3)
    assert.match(serve.err, /demo/)
  })

  for (const [what, from, to, sentence] of [
    ['no ledger', () => 'nowhere', emptyLedger, /nowhere\/ledger\.db cannot be opened/],
    [
      'no schema',
      () => aFolder('no-schema'),
      async () => server().urlOf(await server().createDatabase()),
      /holds no ledger yet\. Bring it to \d+: marketmeter migrate\./,
    ],
    [
      'no server',
      () => aFolder('no-server'),
      () => 'postgres://role:s3cret@127.0.0.1:1/usage',
      /No PostgreSQL answers at 127\.0\.0\.1:1\/usage/,
    ],
  ] as const) {
    it(`tells in one sentence that there is ${what}`, async () => {
      const { code, err } = await runToEnd([
        'copy',
        '--from',
        `sqlite:${await from()}`,
        '--to',
        await to(),
      ])
      assert.equal(code, 3)
      assert.match(err, sentence)
      assert.equal(err.split('\n').length, 2)
      assert(!err.includes('s3cret'))
    })
  }
})

/** Two records, and a catalog with a purpose alone. */
async function aFolder(name: string): Promise<string> {
  const folder = path.join(root, name)
  const file = path.join(folder, 'ledger.db')
  const ledger = await SqliteLedger.open({
    file,
    nowUs: () => NOON_US,
    windowMs: 0,
    mark: 'production',
  })
  await ledger.hold(aCall(), [aRecord({ buyer: 1 }), aRecord({ buyer: 2 })])
  await ledger.close()
  await new SqliteControlStore(path.join(folder, 'control.db')).close()
  return folder
}

/** The servers of tests ask for none. */
function withPassword(url: string): string {
  const given = new URL(url)
  if (given.password === '') given.password = 's3cret'
  return given.href
}

async function readyAndStopped(program: Program): Promise<void> {
  await firstLineOf(program)
  program.kill('SIGTERM')
  assert.equal((await endOf(program)).code, 0)
}
