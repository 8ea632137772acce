/** Who may write, and for how long: replayed requests, disabled keys, and a second process on the same ledger. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { seedCatalog } from '../bench/catalog.ts'
import { Connection, type RawAnswer } from '../bench/connection.ts'
import type { Caller } from '../bench/requests.ts'
import {
  type BenchService,
  commandWords,
  newDataFolder,
  serveWords,
  startService,
} from '../bench/service.ts'
import { ended } from './command.ts'
import { recordsIn } from './ledger-file.ts'
import { answersIn, signedBatch } from './sender.ts'
import type { Report } from './witness.ts'

/** What issue 3 promises of a disabled key. */
const DISABLED_MS_MAX = 2_000
const LOOK_EVERY_MS = 20
const REPLAYS = 10

describe('a running service', () => {
  const folder = newDataFolder()
  let service: BenchService
  let callers: readonly Caller[]

  before(async () => {
    callers = await seedCatalog(folder.path, { buyers: 10, dimensions: 10 }, 2)
    service = await startService(folder.path, { onTalk: () => undefined })
  })

  after(async () => {
    await service.stop()
    folder.remove()
  })

  it('answers a replayed request as it did at first, across a kill -9, and holds nothing twice', async () => {
    const caller = callers[0]!
    const reports = [reportOf(caller, 0), reportOf(caller, 1)]
    const captured = signedBatch(caller, `${service.host}:${service.port}`, reports)
    const first = await exchange(service, captured)
    assert.deepEqual(
      answersIn(first, 2).map(({ status }) => status),
      ['Success', 'Success'],
    )
    for (let replay = 0; replay < REPLAYS; replay++) {
      assert.deepEqual((await exchange(service, captured)).body, first.body)
    }
    service.child.kill('SIGKILL')
    await service.exited
    const { port } = service
    service = await startService(folder.path, { flags: ['--port', String(port)], onTalk: quiet })
    assert.deepEqual((await exchange(service, captured)).body, first.body)
    assert.equal(recordsIn(folder.path).length, 2)
  })

  it('refuses a second process on its ledger, in a sentence, and goes on', async () => {
    const { code, talk } = await ended(serveWords(folder.path))
    assert.equal(code, 3)
    assert.match(talk, /open in another Marketmeter/)
    assert.doesNotMatch(talk, /\n\s+at /, 'a stack is no sentence')
    const caller = callers[0]!
    const request = signedBatch(caller, `${service.host}:${service.port}`, [reportOf(caller, 2)])
    assert.equal((await exchange(service, request)).status, 200)
  })

  it('refuses a key within two seconds of `keys disable`, and takes it again after `keys enable`', async (t) => {
    const caller = callers[1]!
    const request = signedBatch(caller, `${service.host}:${service.port}`, [reportOf(caller, 3)])
    assert.equal((await exchange(service, request)).status, 200)

    const keys = (verb: string) =>
      ended(commandWords(['keys', verb, caller.accessKeyId, '--data', folder.path]))
    assert.equal((await keys('disable')).code, 0)
    const disabledMs = await elapsedUntil(async () => {
      const { status, body } = await exchange(service, request)
      return status === 400 && body.includes('UnrecognizedClientException')
    })
    t.diagnostic(`refused ${Math.round(disabledMs)} ms after the command ended`)
    assert.ok(disabledMs <= DISABLED_MS_MAX, `refused only after ${disabledMs} ms`)

    assert.equal((await keys('enable')).code, 0)
    await elapsedUntil(async () => (await exchange(service, request)).status === 200)
  })

  it('lets nobody in while it cannot read who may, and goes on when it can', async (t) => {
    const caller = callers[0]!
    const request = signedBatch(caller, `${service.host}:${service.port}`, [reportOf(caller, 3)])
    const file = new DatabaseSync(join(folder.path, 'control.db'))
    t.after(() => {
      file.close()
    })
    file.exec('alter table change rename to hidden')
    await elapsedUntil(async () => {
      const { status, body } = await exchange(service, request)
      return status === 500 && body.includes('InternalServiceErrorException')
    })
    const ready = () => fetch(`http://${service.host}:${service.port}/readyz`)
    assert.deepEqual(await (await ready()).json(), { status: 'notReady', notReady: ['control'] })
    file.exec('alter table hidden rename to change')
    await elapsedUntil(async () => (await exchange(service, request)).status === 200)
    assert.equal((await ready()).status, 200)
  })
})

function quiet(): void {
  // What the service says is no part of these tests.
}

function reportOf(caller: Caller, dimension: number): Report {
  return {
    caller,
    buyer: String(caller.firstBuyer),
    dimension: `dimension-${dimension}`,
    timestampMs: Date.now(),
    quantity: 42,
  }
}

async function exchange({ host, port }: BenchService, request: Buffer): Promise<RawAnswer> {
  const connection = await Connection.open(host, port)
  try {
    return await connection.exchange(request)
  } finally {
    connection.close()
  }
}

async function elapsedUntil(isSo: () => Promise<boolean>): Promise<number> {
  const startMs = performance.now()
  while (!(await isSo())) await delay(LOOK_EVERY_MS)
  return performance.now() - startMs
}
