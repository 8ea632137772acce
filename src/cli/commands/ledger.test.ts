/** The commands that read a ledger's files: records, refusals, ledger verify, ledger backup. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import type { RefusedRecord } from '../../core/refused-record.ts'
import type { AccountId, Dimension, InstantMs } from '../../core/usage.ts'
import { aCall, aRecord, HOUR, NOON_US } from '../../store/builders.spec.ts'
import { SqliteControlStore } from '../../store/sqlite-control/store.ts'
import { SqliteLedger } from '../../store/sqlite/sqlite-ledger.ts'
import { COMMANDS } from '../commands.ts'
import { runProgram } from '../parse.ts'

const root = mkdtempSync(path.join(tmpdir(), 'reading-'))
const data = path.join(root, 'data')
const COUNT = 2_500

let ledger: SqliteLedger
let control: SqliteControlStore

before(async () => {
  const file = path.join(data, 'ledger.db')
  // It stays open throughout: every command here reads beside a writer.
  ledger = await SqliteLedger.open({ file, nowUs: () => NOON_US, windowMs: 3_600_000 })
  for (let start = 0; start < COUNT; start += 25) {
    const records = Array.from({ length: 25 }, (_, index) => {
      const number = start + index
      const dimension = (number === 0 ? '=cmd|calc' : `d${number}`) as Dimension
      return { ...aRecord({ hour: HOUR - (number % 2) }), dimension }
    })
    await ledger.hold(aCall(), records)
  }
  control = new SqliteControlStore(path.join(data, 'control.db'))
  await control.appendRefusals(
    Array.from({ length: 1_200 }, (_, index) => aRefusal(index)).concat(aRefusal(0)),
  )
})

after(async () => {
  await ledger.close()
  await control.close()
  rmSync(root, { recursive: true })
})

describe('records', () => {
  it('shows a readable table and where to go on', async () => {
    const { exitCode, out, err } = await run('records', '--limit', '3', '--dimension', 'd7')
    assert.equal(exitCode, 0)
    const [headings = '', row = '', ...rest] = out.split('\n')
    assert.match(headings, /^HOUR +PRODUCT +BUYER +DIMENSION +QUANTITY +REGION +RECORDED +METERING/)
    assert.match(row, /^2026-11-24T11 .* d7 /)
    assert.deepEqual(rest, [''])
    assert.match(err, /^Records: 1\. .*--after p\d+\n$/)
  })

  it('gives every record once as JSON Lines, however many pages', async () => {
    const { out } = await run('records', '--json')
    const ids = linesOf(out).map((line) => (JSON.parse(line) as { id: string }).id)
    assert.equal(ids.length, COUNT)
    assert.equal(new Set(ids).size, COUNT)
  })

  it('goes on where an earlier run ended', async () => {
    const first = await run('records', '--json', '--limit', '2000')
    const cursor = /--after (p\d+)/.exec(first.err)?.[1] ?? ''
    const second = await run('records', '--json', '--after', cursor)
    assert.equal(linesOf(first.out).length, 2_000)
    assert.equal(linesOf(second.out).length, COUNT - 2_000)
    assert.equal(new Set([...linesOf(first.out), ...linesOf(second.out)]).size, COUNT)
  })

  it('writes CSV that no spreadsheet runs', async () => {
    const { out } = await run('records', '--csv')
    const lines = out.split('\r\n')
    assert.match(lines[0] ?? '', /^id,hour,region,seller,product,buyer,/)
    assert.equal(lines.length, COUNT + 2)
    assert.match(out, /,'=cmd\|calc,/)
    assert.doesNotMatch(out, /,=cmd/)
  })

  it('narrows by hours', async () => {
    const rows = [
      [['--from-hour', '2026-11-24T12'], COUNT / 2],
      [['--before-hour', '2026-11-24T12'], COUNT / 2],
      [['--from-hour', '2026-11-24T13'], 0],
    ] as const
    for (const [options, expected] of rows) {
      const { out } = await run('records', '--json', ...options)
      assert.equal(linesOf(out).length, expected, options.join(' '))
    }
  })

  it('tells what is wrong in one sentence', async () => {
    const rows = [
      [['--json', '--csv'], 2, /--json and --csv exclude each other/],
      [['--from-hour', 'noon'], 2, /--from-hour: expected an hour/],
      [['--after', 'here'], 2, /--after: This cursor/],
      [['--limit', '0'], 2, /whole number from 1/],
      [['--buyer', 'x'], 2, /--buyer.*Expected an account: twelve digits/],
      [['--seller', '1'], 2, /--seller.*Expected an account/],
      [['--region', 'x'], 2, /--region.*Expected a Region such as us-east-1/],
      [['--id', 'nope'], 2, /--id.*Expected a metering record id/],
      [['--product', ' '], 2, /--product.*Expected a product code/],
      [['--dimension', ''], 2, /--dimension.*Expected a dimension/],
      [['--data', path.join(root, 'nowhere')], 3, /cannot be opened.*--data/],
    ] as const
    for (const [options, expected, message] of rows) {
      const { exitCode, err } = await run('records', ...options)
      assert.equal(exitCode, expected, err)
      assert.match(err, message)
      assert.doesNotMatch(err, / at .*\.ts/)
    }
  })

  it('takes a reader that leaves for no failure', async () => {
    const out = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    assert.equal(await runWith(out, new PassThrough(), ['records', '--json']), 0)
  })
})

describe('refusals', () => {
  it('shows the reason, the latest to appear first, and counts equal ones', async () => {
    const { out } = await run('refusals', '--json', '--limit', '10000')
    const shown = linesOf(out).map((line) => JSON.parse(line) as { reason: string; count: number })
    assert.equal(shown.length, 1_200)
    assert.deepEqual([shown[0]?.reason, shown[0]?.count], ['reason 1199', 1])
    assert.deepEqual([shown.at(-1)?.reason, shown.at(-1)?.count], ['reason 0', 2])
  })

  it('lets no control character reach a terminal', async () => {
    const { out } = await run('refusals', '--limit', '1')
    assert.doesNotMatch(out.replaceAll('\n', ''), /\p{Cc}/u)
    assert.match(out, /LAST +TIMES +SELLER/)
  })

  it('narrows by code, product and time', async () => {
    const rows = [
      [['--code', 'DuplicateRecord'], 600],
      [['--product', 'other'], 0],
      [['--from', '2026-11-24T12:00:01Z'], 1_199],
      [['--before', '2026-11-24T12:00:00Z'], 0],
    ] as const
    for (const [options, expected] of rows) {
      const { out } = await run('refusals', '--json', '--limit', '5000', ...options)
      assert.equal(linesOf(out).length, expected, options.join(' '))
    }
  })
})

describe('ledger backup', () => {
  it('copies ledger and catalog of a running service, and says what it does not copy', async () => {
    const folder = path.join(root, 'copy')
    const { exitCode, out, err } = await run('ledger', 'backup', folder, '--json')
    assert.equal(exitCode, 0, err)
    assert.equal((JSON.parse(out) as { records: number }).records, COUNT)
    assert.match(err, /master key is not included/)
    assert.deepEqual(readdirSync(folder).sort(), ['control.db', 'ledger.db'])
    assert.equal(statSync(path.join(folder, 'control.db')).mode & 0o777, 0o600)
    const verified = await run('ledger', 'verify', '--data', folder)
    assert.deepEqual([verified.exitCode, verified.out], [0, ''], verified.err)
    const kept = await run('refusals', '--json', '--limit', '5000', '--data', folder)
    assert.equal(linesOf(kept.out).length, 1_200)
  })

  it('overwrites nothing', async () => {
    const folder = mkdtempSync(path.join(root, 'full-'))
    writeFileSync(path.join(folder, 'a'), '')
    const { exitCode, err } = await run('ledger', 'backup', folder)
    assert.equal(exitCode, 3)
    assert.match(err, /is not empty/)
  })

  it('needs a ledger', async () => {
    const options = ['--data', path.join(root, 'nowhere')]
    const { exitCode, err } = await run('ledger', 'backup', path.join(root, 'none'), ...options)
    assert.equal(exitCode, 3)
    assert.match(err, /cannot be opened/)
    assert.ok(!existsSync(path.join(root, 'none')), 'no empty folder that looks like a copy')
  })
})

describe('ledger verify', () => {
  it('is silent on stdout where all is intact', async () => {
    const { exitCode, out, err } = await run('ledger', 'verify')
    assert.deepEqual([exitCode, out], [0, ''])
    assert.match(err, /^The ledger is intact: 2500 records/)
  })

  it('lists damage and ends with 1', async () => {
    const folder = path.join(root, 'damaged')
    assert.equal((await run('ledger', 'backup', folder)).exitCode, 0)
    const database = new DatabaseSync(path.join(folder, 'ledger.db'))
    database.exec('delete from record where position = 5')
    database.close()
    const { exitCode, out, err } = await run('ledger', 'verify', '--json', '--data', folder)
    assert.equal(exitCode, 1, err)
    const findings = linesOf(out).map((line) => JSON.parse(line) as { severity: string })
    assert.ok(findings.some(({ severity }) => severity === 'error'))
    assert.match(err, /damaged/)
  })
})

async function run(...words: string[]) {
  const out = new PassThrough()
  const err = new PassThrough()
  const shown = Promise.all([text(out), text(err)])
  const exitCode = await runWith(out, err, words)
  out.end()
  err.end()
  const [outText, errText] = await shown
  return { exitCode, out: outText, err: errText }
}

function runWith(out: NodeJS.WritableStream, err: PassThrough, words: readonly string[]) {
  const program = { name: 'marketmeter', about: '', version: '0', commands: COMMANDS }
  const io = { out, err, in: new PassThrough(), interactive: false, env: {} }
  const given = words.includes('--data') ? words : [...words, '--data', data]
  return runProgram(program, given, io)
}

function linesOf(out: string): string[] {
  return out.split('\n').filter((line) => line !== '')
}

function aRefusal(index: number): RefusedRecord {
  return {
    seller: '111122223333' as AccountId,
    atMs: (NOON_US / 1_000 + index * 1_000) as InstantMs,
    code: index % 2 === 0 ? 'DuplicateRecord' : 'CustomerNotSubscribed',
    reason: `reason ${index}`,
    requestId: 'r',
    accessKeyId: 'AKIA',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: index === 1_199 ? 'p\u001b[2J\nfaked row' : `p${index}`,
  }
}
