/**
 * What reaches the disk, and when, as strace sees it from outside a whole service: a sync of the ledger's log before each
 * answer, and after one that failed no other, no answer but 500, and no recovery but a restart.
 *
 * Elsewhere  It is skipped where there is no strace, and says so. src/store/sqlite/crash.test.ts watches the store alone.
 */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { seedCatalog } from '../bench/catalog.ts'
import type { Caller } from '../bench/requests.ts'
import { type BenchService, newDataFolder, startService } from '../bench/service.ts'
import { recordsIn } from './ledger-file.ts'
import { Refusal, Sender } from './sender.ts'
import { type Report, Witness } from './witness.ts'

const hasStrace = spawnSync('strace', ['-V']).status === 0
const BATCHES = 20
const RECORDS = 3
const LOOK_EVERY_MS = 20
const NOW_MS = Date.now()

describe('a service watched by strace', { skip: !hasStrace && 'no strace here' }, () => {
  const folder = newDataFolder()
  const log = join(folder.path, 'trace')
  const ledgerLog = join(folder.path, 'ledger.db-wal')
  let caller: Caller
  let service: BenchService | undefined

  before(async () => {
    const callers = await seedCatalog(folder.path, { buyers: 1_000, dimensions: 1 })
    caller = callers[0]!
  })

  after(() => {
    service?.child.kill('SIGKILL')
    folder.remove()
  })

  it('syncs the log before each answer about usage that it added', async () => {
    service = await startTraced(['-e', 'trace=write,writev,fsync,fdatasync'])
    const witness = new Witness()
    const sender = await Sender.open(caller, service)
    for (let batch = 0; batch < BATCHES; batch++) await sender.send(reports(batch), witness)
    sender.close()
    const lines = await traceOf(service)
    const story = lines.filter((line) => isAnswer(line) || isSync(line))
    const answers = story.flatMap((line, index) => (isAnswer(line) ? [index] : []))
    assert.equal(answers.length, BATCHES)
    for (const at of answers)
      assert.ok(isSync(story[at - 1] ?? ''), story.slice(0, at + 1).join('\n'))
  })

  it('takes nothing after a sync that failed, tries none again, and goes on after a restart', async () => {
    const syncsOnly = ['-P', ledgerLog, '-e', 'trace=fsync,fdatasync']
    service = await startTraced(syncsOnly)
    const opening = readFileSync(log, 'utf8').split('\n').filter(isSync).length
    await traceOf(service)
    const which = `when=${opening + 1}+`
    service = await startTraced([...syncsOnly, '-e', `inject=fsync,fdatasync:error=EIO:${which}`])
    const witness = new Witness()
    const lost = [reports(BATCHES), reports(BATCHES + 1), reports(0)]
    for (const batch of lost) await isRefused(service, batch, witness)
    const ready = await fetch(`http://${service.host}:${service.port}/readyz`)
    assert.deepEqual(await ready.json(), { status: 'notReady', notReady: ['ledger'] })
    assert.equal(service.child.exitCode, null)
    const syncs = (await traceOf(service)).filter(isSync)
    const failed = syncs.filter((line) => line.includes('(INJECTED)'))
    assert.deepEqual([failed.length, syncs.at(-1)], [1, failed[0]], syncs.join('\n'))

    service = await startService(folder.path, { onTalk: () => undefined })
    const sender = await Sender.open(caller, service)
    for (const batch of lost) await sender.send(batch, witness)
    sender.close()
    await service.stop()
    assert.equal(recordsIn(folder.path).length, (BATCHES + 2) * RECORDS)
  })

  function startTraced(words: readonly string[]): Promise<BenchService> {
    // As a grandchild, so that the process that we know, end and wait for is the service's own.
    const under = ['strace', '-D', '-f', '-y', '-q', '-o', log, ...words]
    return startService(folder.path, { under, onTalk: () => undefined })
  }

  /** Ends the service. @returns All that strace saw of it: the last line is that of its end. */
  async function traceOf({ child, pid, exited }: BenchService): Promise<readonly string[]> {
    child.kill('SIGTERM')
    assert.equal(await exited, 0)
    for (;;) {
      const lines = readFileSync(log, 'utf8').split('\n')
      if (lines.some((line) => line.startsWith(String(pid)) && line.includes('exited with')))
        return lines
      await delay(LOOK_EVERY_MS)
    }
  }

  async function isRefused(to: BenchService, batch: readonly Report[], witness: Witness) {
    const sender = await Sender.open(caller, to)
    await assert.rejects(sender.send(batch, witness), (error) => {
      assert.ok(error instanceof Refusal)
      assert.equal(error.answer.status, 500)
      assert.match(String(error.answer.body), /InternalServiceErrorException/)
      return true
    })
    sender.close()
  }

  /** Facts of a batch of their own, always the same. */
  function reports(batch: number): readonly Report[] {
    return Array.from({ length: RECORDS }, (_, index) => ({
      caller,
      buyer: String(caller.firstBuyer + batch * RECORDS + index),
      dimension: 'dimension-0',
      timestampMs: NOW_MS,
      quantity: batch,
    }))
  }
})

function isAnswer(line: string): boolean {
  return line.includes('HTTP/1.1 200')
}

/** A call to sync the ledger's log, whatever came of it; a call that strace saw end later is one line more. */
function isSync(line: string): boolean {
  return /f(data)?sync\(\d+<[^>]*ledger\.db-wal>/.test(line)
}
