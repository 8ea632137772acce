import assert from 'node:assert/strict'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { NOON } from '../../testing/builders.ts'
import { signed } from '../handle.spec.ts'
import { BodyLog, type BodyLogOptions } from './body-log.ts'
import type { Exchange } from './body-line.ts'

const DAY_MS = 86_400_000
const MEGABYTE = 1_048_576

function open(test: TestContext, options: Partial<BodyLogOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'marketmeter-bodies-'))
  test.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const failures: unknown[] = []
  const clock = { nowMs: NOON as number }
  const log = new BodyLog({
    folder: join(folder, 'bodies'),
    bytesMax: 8 * MEGABYTE,
    ageMsMax: 7 * DAY_MS,
    nowMs: () => clock.nowMs,
    writeFailed: (error) => failures.push(error),
    ...options,
  })
  const path = options.folder ?? join(folder, 'bodies')
  const files = () =>
    readdirSync(path)
      .sort()
      .map((name) => join(path, name))
  return { log, files, failures, clock, folder: path }
}

function exchange(bytes = 2, requestId = 'r-1'): Exchange {
  const request = signed(' '.repeat(bytes))
  return { atMs: NOON, request, facts: { requestId }, answer: { status: 200, body: '{}' } }
}

/** Keeps them one after the other, each written before the next comes. */
async function keepAll(log: BodyLog, exchanges: readonly Exchange[]): Promise<void> {
  for (const one of exchanges) {
    log.keep(one)
    await log.written()
  }
}

describe('kept bodies', () => {
  it('are lines of a file that nobody else may read, in the order of the answers', async (test) => {
    const { log, files } = open(test)
    for (const requestId of ['a', 'b', 'c']) log.keep(exchange(2, requestId))
    await log.close()
    const [file = '', ...others] = files()
    assert.deepEqual(others, [])
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const ids = lines.map((line) => (JSON.parse(line) as { requestId: string }).requestId)
    assert.deepEqual(ids, ['a', 'b', 'c'])
    assert.deepEqual(log.figures(), { kept: 3, dropped: 0 })
  })

  it('begin a new file at an eighth of the bound, and stay below it', async (test) => {
    const { log, files } = open(test)
    await keepAll(
      log,
      Array.from({ length: 60 }, () => exchange(MEGABYTE / 4)),
    )
    await log.close()
    const sizes = files().map((file) => statSync(file).size)
    assert.ok(sizes.length > 1 && sizes.every((size) => size <= MEGABYTE), String(sizes))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(total > 5 * MEGABYTE && total <= 8 * MEGABYTE, String(total))
  })

  it('begin a new file each day, and leave those that are too old', async (test) => {
    const { log, files, clock, folder } = open(test)
    await keepAll(log, [exchange()])
    const other = join(folder, 'notes.txt')
    writeFileSync(other, 'not ours')
    for (const file of files()) utimesSync(file, NOON / 1_000, NOON / 1_000)
    clock.nowMs += 6 * DAY_MS
    await keepAll(log, [exchange()])
    assert.equal(files().length, 3)
    clock.nowMs += 2 * DAY_MS
    await keepAll(log, [exchange()])
    await log.close()
    assert.equal(files().length, 3)
    assert.ok(files().includes(other))
  })

  it('are dropped beyond what may wait, and counted', async (test) => {
    const { log } = open(test, { waitingBytesMax: 10_000 })
    for (let count = 0; count < 100; count++) log.keep(exchange(500))
    await log.close()
    assert.deepEqual(log.figures(), { kept: 6, dropped: 94 })
  })

  it('that cannot be written are dropped, told and counted; later ones are written', async (test) => {
    const { log, files, failures, clock, folder } = open(test)
    // A folder that cannot be: there is a file of its name.
    writeFileSync(folder, '')
    await keepAll(log, [exchange(), exchange()])
    assert.deepEqual(log.figures(), { kept: 0, dropped: 2 })
    assert.equal(failures.length, 1)
    rmSync(folder)
    clock.nowMs += 1_000
    await keepAll(log, [exchange()])
    await log.close()
    assert.deepEqual(log.figures(), { kept: 1, dropped: 2 })
    assert.equal(files().length, 1)
  })
})
