/**
 * Requests with bytes changed, lost, doubled and put in, over real sockets: the process neither dies, nor hangs, nor answers 5xx.
 *
 * What each part does with such input is fuzzed beside its code, many more times; this is the whole of it at once.
 */
import { strict as assert } from 'node:assert'
import { connect } from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { seedCatalog } from '../bench/catalog.ts'
import type { Caller } from '../bench/requests.ts'
import { type BenchService, newDataFolder, startService } from '../bench/service.ts'
import { requestSigner } from '../bench/signed-request.ts'
import { batchBody, Sender, signedBatch } from './sender.ts'
import { DIMENSIONS, Traffic } from './traffic.ts'
import { type Report, Witness } from './witness.ts'

const RUNS = 2_000
/** Longer than any answer takes here, and shorter than the service's own patience with a slow sender. */
const ANSWER_MS_MAX = 5_000
const SEED = 11

/** Bytes that mean something to one reader or another. */
const TELLING = ['\r\n', '\0', '"', '{', '[', '\\', ',', ':', '=', '/', '%', '\xff', '0', ' ']

type Change =
  | { readonly kind: 'replace' | 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'remove' | 'double'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number }

const share = fc.double({ min: 0, max: 1, noNaN: true })
const text = fc.oneof(
  fc.constantFrom(...TELLING),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
)
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom('replace', 'insert'), at: share, text }),
  fc.record({
    kind: fc.constantFrom('remove', 'double'),
    at: share,
    length: fc.integer({ min: 1, max: 200 }),
  }),
  fc.record({ kind: fc.constant('cut'), at: share }),
)

describe('a running service', () => {
  const folder = newDataFolder()
  let service: BenchService
  let caller: Caller

  before(async () => {
    const callers = await seedCatalog(folder.path, { buyers: 100, dimensions: DIMENSIONS })
    caller = callers[0]!
    service = await startService(folder.path, { onTalk: () => undefined })
  })

  after(async () => {
    await service.stop()
    folder.remove()
  })

  it('answers a changed request without 5xx, or closes, and always soon', async (t) => {
    await fuzz(t, (reports, changes) =>
      changed(signedBatch(caller, hostOf(service), reports), changes),
    )
  })

  it('answers a request signed over a changed body likewise', async (t) => {
    await fuzz(t, (reports, changes) => {
      const body = changed(Buffer.from(batchBody(caller, reports)), changes).toString('latin1')
      return requestSigner(caller, hostOf(service))(body)
    })
  })

  /** Sends requests made from reports and changes, then a good one. */
  async function fuzz(
    t: TestContext,
    make: (reports: readonly Report[], changes: readonly Change[]) => Buffer,
  ): Promise<void> {
    const traffic = new Traffic([caller], SEED)
    const statuses = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const request = make(traffic.batch(caller).slice(0, 3), changes)
        const answer = await sendAndHangUp(service, request)
        for (const [, status = ''] of answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) {
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          assert.ok(!status.startsWith('5'), answer)
        }
        assert.equal(service.child.exitCode, null)
      }),
      { numRuns: RUNS },
    )
    const counts = [...statuses].map(([status, count]) => `${count} x ${status}`)
    t.diagnostic(`${RUNS} requests: ${counts.join(', ')}`)
    assert.ok(statuses.size > 1, 'the changes reached one kind of answer only')
    const sender = await Sender.open(caller, service)
    await sender.send(new Traffic([caller], SEED + 1).batch(caller), new Witness())
    sender.close()
  }
})

function hostOf({ host, port }: BenchService): string {
  return `${host}:${port}`
}

function changed(request: Buffer, changes: readonly Change[]): Buffer {
  let bytes = request.toString('latin1')
  for (const one of changes) {
    const at = Math.floor(one.at * bytes.length)
    bytes = bytes.slice(0, at) + changedFrom(bytes.slice(at), one)
  }
  return Buffer.from(bytes, 'latin1')
}

function changedFrom(rest: string, one: Change): string {
  switch (one.kind) {
    case 'replace':
      return one.text + rest.slice(one.text.length)
    case 'insert':
      return one.text + rest
    case 'remove':
      return rest.slice(one.length)
    case 'double':
      return rest.slice(0, one.length) + rest
    case 'cut':
      return ''
  }
}

/** @returns All that came back until the service closed the connection, too. */
function sendAndHangUp({ host, port }: BenchService, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect({ host, port, allowHalfOpen: true }, () => socket.end(bytes))
    socket.setTimeout(ANSWER_MS_MAX, () => {
      socket.destroy(new Error(`silent for ${ANSWER_MS_MAX} ms: ${bytes.toString('latin1')}`))
    })
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // The service may close before it has read all that was sent.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(received)
      else reject(error)
    })
    socket.once('close', () => {
      resolve(received)
    })
  })
}
