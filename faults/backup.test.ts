/**
 * `ledger backup` as a process beside a service under full load: it ends, copies one whole state with all that was
 * acknowledged before it began, and the write-ahead log, which cannot be carried back meanwhile, is used again afterwards.
 */
import { strict as assert } from 'node:assert'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { seedCatalog } from '../bench/catalog.ts'
import { fillLedger } from '../bench/fill.ts'
import { type BenchService, commandWords, newDataFolder, startService } from '../bench/service.ts'
import { ended } from './command.ts'
import { findingsIn, recordsIn } from './ledger-file.ts'
import { Sender } from './sender.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { keyOf, keyOfHeld, Witness } from './witness.ts'

const SIZE = { buyers: BUYERS, dimensions: DIMENSIONS }
/** Records that are there before: enough for a copy of many steps. */
const HOURS_FILLED = 4
const CLIENTS = 8
const ANSWERED_BEFORE = 300
/** The log's usual size: it is carried back from 2,000 pages on, and grows by what comes until that is done. */
const LOG_BYTES_USUAL = 32 * 1_048_576
const SEED = 7

it('a backup ends under full load, is one whole state, and leaves the log no longer than it was', async (t) => {
  const folder = newDataFolder()
  const copy = newDataFolder()
  const target = join(copy.path, 'copy')
  let service: BenchService | undefined
  try {
    const callers = await seedCatalog(folder.path, SIZE, 2)
    await fillLedger(folder.path, { size: SIZE, hours: HOURS_FILLED, mark: 'production' })
    service = await startService(folder.path, { onTalk: () => undefined })
    const load = new Load(service, new Traffic(callers, SEED))
    const running = load.run()
    await Promise.race([load.answered(ANSWERED_BEFORE), running])
    const before = load.witness.acknowledged
    const countBefore = load.count
    const words = commandWords(['ledger', 'backup', target, '--data', folder.path])
    const { code, talk } = await ended(words)
    assert.equal(code, 0, talk)
    assert.ok(load.count > countBefore, 'nothing was answered beside the backup')
    const log = join(folder.path, 'ledger.db-wal')
    const bytesThen = statSync(log).size
    await Promise.race([load.answered(load.count + ANSWERED_BEFORE), running])
    load.stop()
    await running
    const bytesLater = statSync(log).size
    assert.ok(
      bytesLater <= Math.max(bytesThen, LOG_BYTES_USUAL),
      `${bytesThen}, then ${bytesLater}`,
    )
    await service.stop()

    assert.deepEqual(await findingsIn(target), [])
    const copied = recordsIn(target)
    assert.deepEqual(copied, recordsIn(folder.path).slice(0, copied.length))
    const quantities = new Map(copied.map((record) => [keyOfHeld(record), record.quantity]))
    for (const report of before) assert.equal(quantities.get(keyOf(report)), report.quantity)
    t.diagnostic(
      `${copied.length} records copied, ${before.length} acknowledged before it began; ` +
        `the log had ${bytesThen} bytes when it ended and ${bytesLater} after as much load again`,
    )
  } finally {
    service?.child.kill('SIGKILL')
    folder.remove()
    copy.remove()
  }
})

/** Clients that send all the time, and a witness of what they were answered. */
class Load {
  readonly witness = new Witness()
  readonly #service: BenchService
  readonly #traffic: Traffic
  #count = 0
  #isStopped = false
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined

  constructor(service: BenchService, traffic: Traffic) {
    this.#service = service
    this.#traffic = traffic
  }

  /** Requests answered so far. */
  get count(): number {
    return this.#count
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => this.#client(index)))
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Waits until so many requests were answered. One may wait at a time. */
  answered(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { count, resolve }
    })
  }

  async #client(index: number): Promise<void> {
    const caller = this.#traffic.caller(index)
    const sender = await Sender.open(caller, this.#service)
    while (!this.#isStopped) {
      await sender.send(this.#traffic.batch(caller), this.witness)
      this.#count += 1
      if (this.#count >= (this.#waiting?.count ?? Infinity)) this.#waiting?.resolve()
    }
    sender.close()
  }
}
