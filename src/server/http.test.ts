/** The listener over raw sockets: what strangers send, how slowly they send it, and how everything ends. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { AWS_2025 } from '../core/profile.ts'
import { BATCH_METER_USAGE } from '../wire/sigv4/signer.spec.ts'
import { createHandler } from './handle.ts'
import {
  aService,
  readAnswer,
  signed,
  signedBytes,
  type TestService,
  wireBatch,
  wireRecord,
} from './handle.spec.ts'
import { createWireListener, HTTP_LIMITS, type HttpLimits, type WireListener } from './http.ts'
import { batchMeterUsage } from './operations/batch-meter-usage.ts'
import { type RawAnswer, RawClient } from './raw-client.spec.ts'
import { TEST_TLS } from './tls.spec.ts'

const MB = AWS_2025.bodyBytesRefused
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const GOOD = signedBytes(wireBatch(wireRecord()))

describe('every answer', () => {
  const rows: readonly (readonly [
    name: string,
    bytes: Buffer | string,
    status: number,
    code: string,
  ])[] = [
    ['of success', GOOD, 200, ''],
    [
      'to a bad record',
      signedBytes(wireBatch(wireRecord({ Dimension: '' }))),
      400,
      'ValidationException',
    ],
    ['to nobody’s request', post('{}'), 400, 'MissingAuthenticationTokenException'],
    [
      'without a Host',
      post('{}').replace('Host: h\r\n', ''),
      400,
      'MissingAuthenticationTokenException',
    ],
    ['to another method', 'PUT / HTTP/1.1\r\nHost: h\r\n\r\n', 404, 'UnknownOperationException'],
    [
      'to another content type',
      post('{}', { 'Content-Type': 'application/json' }),
      404,
      'UnknownOperationException',
    ],
    ['to no content type', 'POST / HTTP/1.1\r\nHost: h\r\n\r\n', 404, 'UnknownOperationException'],
    ['to no target', post('{}', { 'X-Amz-Target': '' }), 400, 'UnknownOperationException'],
    [
      'to two targets',
      post('{}', { 'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage' }),
      400,
      'UnknownOperationException',
    ],
    [
      'to another service’s target',
      post('{}', { 'X-Amz-Target': 'AWSMPEntitlementService.GetEntitlements' }),
      400,
      'UnknownOperationException',
    ],
    ['to a body that is too large', post('x'.repeat(MB)), 413, 'RequestEntityTooLargeException'],
  ]
  for (const [name, bytes, status, code] of rows) {
    it(`${name} is ${status} ${code}, in JSON, numbered and dated`, async (t) => {
      const { client } = await listen(t)
      const answer = await client.ask(bytes)
      assert.equal(answer?.status, status)
      assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1')
      assert.match(answer.headers['x-amzn-requestid'] ?? '', UUID)
      assert.equal(answer.headers['x-amzn-errortype'], code === '' ? undefined : code)
      assert.equal(codeOf(answer), code)
      assert.ok(!Number.isNaN(Date.parse(answer.headers['date'] ?? '')))
    })
  }

  it('has a number of its own', async (t) => {
    const { client } = await listen(t)
    const ids = [await client.ask(GOOD), await client.ask(GOOD)].map(
      (one) => one?.headers['x-amzn-requestid'],
    )
    assert.equal(new Set(ids).size, 2)
  })

  it('has the machine’s time, which SDKs set their clocks by', async (t) => {
    const { client } = await listen(t)
    const before = Math.floor(Date.now() / 1_000) * 1_000
    const answer = await client.ask(GOOD)
    // Node writes the header at most a second late.
    const date = Date.parse(answer?.headers['date'] ?? '')
    assert.ok(date >= before - 1_000 && date <= Date.now())
  })
})

describe('a path', () => {
  for (const target of ['/', '/aws/mp', '/aws/mp/', '/?a=b']) {
    it(`of ${target} is as good as any, if it is the one that was signed`, async (t) => {
      const { client } = await listen(t)
      const answer = await client.ask(signedBytes(wireBatch(wireRecord()), { target }))
      assert.equal(answer?.status, 200)
      const moved = signedBytes(wireBatch(wireRecord()), { target })
        .toString('latin1')
        .replace(`POST ${target} `, 'POST /other ')
      assert.equal(codeOf(await client.ask(moved)), 'InvalidSignatureException')
    })
  }
})

describe('health', () => {
  it('is answered to a GET, and is no part of the API', async (t) => {
    const { client } = await listen(t)
    const answer = await client.ask('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n')
    assert.deepEqual([answer?.status, answer?.body], [200, '{"status":"ok"}'])
    assert.equal(
      codeOf(await client.ask('GET /healthz2 HTTP/1.1\r\nHost: h\r\n\r\n')),
      'UnknownOperationException',
    )
  })
})

describe('a body', () => {
  it('of one byte less than 1 MB is read', async (t) => {
    const { client } = await listen(t)
    assert.equal((await client.ask(signedBytes(bodyOf(MB - 1))))?.status, 200)
  })

  it('of 1 MB is refused', async (t) => {
    const { client } = await listen(t)
    const answer = await client.ask(signedBytes(bodyOf(MB)))
    assert.equal(answer?.status, 413)
    assert.equal(answer.headers['connection'], 'close')
    await client.closed()
  })

  it('that is far too large gets an answer that its sender can read, though it sends all of it', async (t) => {
    const { client } = await listen(t)
    const answer = await client.ask(post('x'.repeat(6 * MB)))
    assert.equal(answer?.status, 413)
    await client.closed()
  })

  it('that only says that it is far too large is not waited for', async (t) => {
    const { client, listener } = await listen(t, { requestMsMax: 200, headersMsMax: 100 })
    await client.write(head({ 'Content-Length': String(100 * MB) }))
    await client.closed()
    await allClosed(listener)
  })

  it('in chunks is read', async (t) => {
    const { client } = await listen(t)
    assert.equal((await client.ask(chunked(GOOD, 7)))?.status, 200)
  })

  it('in chunks that add up to 1 MB is refused', async (t) => {
    const { client } = await listen(t)
    const answer = await client.ask(chunked(signedBytes(bodyOf(MB)), 65_536))
    assert.equal(answer?.status, 413)
  })

  it('that is missing is an empty one', async (t) => {
    const { client } = await listen(t)
    const bytes = signedBytes('').toString('latin1').replace('content-length: 0\r\n', '')
    assert.equal(codeOf(await client.ask(bytes)), 'SerializationException')
  })

  it('that ends too early is no request at all', async (t) => {
    const { client, listener, test } = await listen(t)
    await client.write(GOOD.subarray(0, -1))
    client.leave()
    await allClosed(listener)
    assert.equal(listener.inFlight(), 0)
    assert.deepEqual(await test.ledger.records(), [])
  })
})

describe('a slow client', () => {
  const limits = { headersMsMax: 100, requestMsMax: 200, keepAliveMs: 150 }
  const rows: readonly (readonly [name: string, bytes: Buffer | string])[] = [
    ['that sends nothing', ''],
    ['that sends half its headers', 'POST / HTTP/1.1\r\nHost: h\r\nX-'],
    ['that sends half its body', GOOD.subarray(0, -10)],
    ['that sends half a chunk', `${head({ 'Transfer-Encoding': 'chunked' })}5\r\nab`],
  ]
  for (const [name, bytes] of rows) {
    it(`${name} is closed in time, for good`, async (t) => {
      const { client, listener, test } = await listen(t, limits)
      await client.write(bytes)
      const answer = await client.answer()
      assert.equal(answer?.status, 408)
      assert.match(answer.headers['x-amzn-requestid'] ?? '', UUID)
      await allClosed(listener)
      assert.equal(listener.inFlight(), 0)
      assert.deepEqual(test.told.failures, [])
    })
  }

  it('that stays between two requests is closed in time', async (t) => {
    const { client, listener } = await listen(t, limits)
    assert.equal((await client.ask(GOOD))?.status, 200)
    await client.closed()
    await allClosed(listener)
  })
})

describe('one connection', () => {
  it('carries one request after another', async (t) => {
    const { client, listener } = await listen(t)
    for (let request = 0; request < 3; request++)
      assert.equal((await client.ask(GOOD))?.status, 200)
    assert.equal(await connectionsOf(listener), 1)
  })

  it('carries requests sent all at once, and their answers in order', async (t) => {
    const { client } = await listen(t)
    const dimensions = ['requests', 'typo', 'b', 'typo', 'c']
    await client.write(
      Buffer.concat(
        dimensions.map((Dimension) => signedBytes(wireBatch(wireRecord({ Dimension })))),
      ),
    )
    const codes = []
    while (codes.length < dimensions.length) codes.push(codeOf(await client.answer()))
    const wrong = 'InvalidUsageDimensionException'
    assert.deepEqual(codes, ['', wrong, '', wrong, ''])
  })

  it('is told to go on where it asks before it sends its body', async (t) => {
    const { client } = await listen(t)
    const bytes = GOOD.toString('latin1').replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n')
    const bodyStart = bytes.indexOf('\r\n\r\n') + 4
    assert.equal((await client.ask(bytes.slice(0, bodyStart)))?.status, 100)
    assert.equal((await client.ask(bytes.slice(bodyStart)))?.status, 200)
  })

  it('is refused where it expects anything else, numbered and closed, and nothing is held', async (t) => {
    const { client, listener, test } = await listen(t)
    const bytes = GOOD.toString('latin1').replace('\r\n\r\n', '\r\nExpect: miracles\r\n\r\n')
    const answer = await client.ask(bytes)
    assert.deepEqual([answer?.status, answer?.body], [417, ''])
    assert.match(answer?.headers['x-amzn-requestid'] ?? '', UUID)
    assert.equal(answer?.headers['connection'], 'close')
    await client.closed()
    await allClosed(listener)
    assert.deepEqual(await test.ledger.records(), [])
  })

  it('is refused in its turn, behind the answers that it is owed', async (t) => {
    const { client } = await listen(t)
    const bytes = GOOD.toString('latin1').replace('\r\n\r\n', '\r\nExpect: miracles\r\n\r\n')
    await client.write(Buffer.concat([GOOD, Buffer.from(bytes, 'latin1')]))
    assert.equal((await client.answer())?.status, 200)
    assert.equal((await client.answer())?.status, 417)
    await client.closed()
  })

  it('of HTTP/1.0 is answered and closed', async (t) => {
    const { client } = await listen(t)
    const bytes = GOOD.toString('latin1').replace('HTTP/1.1', 'HTTP/1.0')
    const answer = await client.ask(bytes)
    assert.equal(answer?.status, 200)
    await client.closed()
  })

  it('that asks to be closed is', async (t) => {
    const { client } = await listen(t)
    const bytes = GOOD.toString('latin1').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    assert.equal((await client.ask(bytes))?.status, 200)
    await client.closed()
  })
})

describe('bytes that are not a request', () => {
  const rows: readonly (readonly [name: string, bytes: Buffer | string, status: number])[] = [
    ['garbage', '\0\x01\x02\xff garbage\r\n\r\n', 400],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['another version', 'POST / HTTP/9.9\r\nHost: h\r\n\r\n', 400],
    ['a header without a colon', 'POST / HTTP/1.1\r\nHost\r\n\r\n', 400],
    ['a control character in a header', 'POST / HTTP/1.1\r\nHost: a\0b\r\n\r\n', 400],
    [
      'two lengths',
      `${head({ 'Content-Length': '2' }).trim()}\r\nContent-Length: 3\r\n\r\n{}`,
      400,
    ],
    ['a length and chunks', head({ 'Content-Length': '2', 'Transfer-Encoding': 'chunked' }), 400],
    ['a negative length', head({ 'Content-Length': '-1' }), 400],
    ['a length beyond numbers', head({ 'Content-Length': '9'.repeat(40) }), 400],
    ['a chunk of no number', `${head({ 'Transfer-Encoding': 'chunked' })}zz\r\n`, 400],
    ['headers beyond their limit', head({ 'X-Long': 'x'.repeat(20_000) }), 431],
    ['a target beyond the limit', `POST /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: h\r\n\r\n`, 431],
  ]
  for (const [name, bytes, status] of rows) {
    it(`such as ${name} get ${status}, and the connection is closed for good`, async (t) => {
      const { client, listener, test } = await listen(t)
      assert.equal((await client.ask(bytes))?.status, status)
      await client.closed()
      client.leave()
      await allClosed(listener)
      assert.deepEqual(test.told.failures, [])
    })
  }

  it('behind a whole request are not its answer: the client sends that again', async (t) => {
    const { client, listener, test } = await listen(t)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    test.ledger.gate = promise
    await client.write(Buffer.concat([GOOD, Buffer.from('\0garbage\r\n\r\n')]))
    assert.equal(await client.answer(), undefined)
    assert.equal(client.left, '')
    resolve(undefined)
    await allClosed(listener)
  })
})

describe('room for bodies', () => {
  const limits = { bodiesBytesMax: signed(wireBatch(wireRecord())).body.length + 10 }

  it('that is taken makes a body wait, and not for ever', async (t) => {
    const { client: first, open, listener } = await listen(t, limits)
    await first.write(GOOD.subarray(0, -1))
    await until(() => listener.inFlight() === 1)
    const waiting = [await open(), await open(), await open()]
    await Promise.all(waiting.map((client) => client.write(GOOD)))
    await until(() => listener.inFlight() === 4)
    await first.write(GOOD.subarray(-1))
    for (const client of [first, ...waiting]) assert.equal((await client.answer())?.status, 200)
  })

  it('is not lost with a client that leaves while it waits', async (t) => {
    const { client: first, open, listener } = await listen(t, limits)
    await first.write(GOOD.subarray(0, -1))
    const waiting = await open()
    await waiting.write(GOOD)
    await until(() => listener.inFlight() === 2)
    waiting.leave()
    await until(() => listener.inFlight() === 1)
    first.leave()
    await until(() => listener.inFlight() === 0)
    const next = await open()
    assert.equal((await next.ask(GOOD))?.status, 200)
  })

  it('for small bodies is not taken by strangers who declare large ones and send nothing', async (t) => {
    const { client, open, listener } = await listen(t, { bodiesBytesMax: 2_000_000 })
    const strangers = [await open(), await open(), await open()]
    for (const stranger of strangers) {
      await stranger.write(
        Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n'),
      )
    }
    await until(() => listener.inFlight() === 3)
    assert.equal((await client.ask(GOOD))?.status, 200)
  })

  it('is enough for one body, however small it is', async (t) => {
    const { client } = await listen(t, { bodiesBytesMax: 1 })
    assert.equal((await client.ask(GOOD))?.status, 200)
  })
})

describe('connections', () => {
  it('over the limit are closed, and there is room again once others end', async (t) => {
    const { client: first, open, listener } = await listen(t, { connectionsMax: 2 })
    const second = await open()
    assert.equal((await second.ask(GOOD))?.status, 200)
    const third = await open()
    await third.closed()
    first.leave()
    await until(async () => (await connectionsOf(listener)) === 1)
    const fourth = await open()
    assert.equal((await fourth.ask(GOOD))?.status, 200)
  })
})

describe('a graceful end', () => {
  it('takes new connections while it drains, and lets each answer be the last of its own', async (t) => {
    const { client, open, listener } = await listen(t)
    assert.equal((await client.ask(GOOD))?.headers['connection'], 'keep-alive')
    listener.drain()
    for (const one of [client, await open()]) {
      const answer = await one.ask(GOOD)
      assert.equal(answer?.status, 200)
      assert.equal(answer.headers['connection'], 'close')
      await one.closed()
    }
  })

  it('answers what was taken, and closes what waits for nothing', async (t) => {
    const { client: busy, open, listener, test } = await listen(t)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const [silent, idle] = [await open(), await open()]
    assert.equal((await idle.ask(GOOD))?.status, 200)
    test.ledger.gate = promise
    await busy.write(GOOD)
    await until(() => test.ledger.questions.length === 2)
    const closed = listener.close(60_000)
    await Promise.all([silent.closed(), idle.closed()])
    resolve(undefined)
    const answer = await busy.answer()
    assert.equal(answer?.status, 200)
    assert.equal(answer.headers['connection'], 'close')
    await closed
  })

  it('takes no more connections', async (t) => {
    const { listener, open } = await listen(t)
    await listener.close(60_000)
    await (await open()).closed()
  })

  it('does not wait for ever', async (t) => {
    const { client, listener, test } = await listen(t)
    test.ledger.gate = new Promise(() => undefined)
    await client.write(GOOD)
    await until(() => test.ledger.questions.length === 1)
    await listener.close(10)
    await client.closed()
  })
})

describe('TLS', () => {
  it('carries the same', async (t) => {
    const { client } = await listen(t, { isTls: true })
    assert.equal((await client.ask(GOOD))?.status, 200)
    assert.equal((await client.ask(GOOD))?.status, 200)
  })

  it('is closed in time where the handshake does not come', async (t) => {
    const { listener, port } = await listen(t, { isTls: true, headersMsMax: 100 })
    const plain = await RawClient.open(port)
    await plain.closed()
    await until(async () => (await connectionsOf(listener)) === 1)
    plain.leave()
  })

  it('is closed where something else comes', async (t) => {
    const { listener, port } = await listen(t, { isTls: true })
    const plain = await RawClient.open(port)
    await plain.write(GOOD)
    await plain.closed()
    plain.leave()
    await until(async () => (await connectionsOf(listener)) === 1)
  })

  it('ends gracefully', async (t) => {
    const { client: busy, open, listener, test } = await listen(t, { isTls: true })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const silent = await open()
    test.ledger.gate = promise
    await busy.write(GOOD)
    await until(() => test.ledger.questions.length === 1)
    const closed = listener.close(60_000)
    await silent.closed()
    resolve(undefined)
    assert.equal((await busy.answer())?.status, 200)
    await closed
  })
})

interface Listening {
  readonly listener: WireListener
  readonly test: TestService
  readonly port: number
  /** The first of the connections that `open` makes. */
  readonly client: RawClient
  readonly open: () => Promise<RawClient>
}

interface Ending {
  after(end: () => Promise<void> | void): void
}

async function listen(
  t: Ending,
  given: Partial<HttpLimits> & { isTls?: boolean } = {},
): Promise<Listening> {
  const { isTls = false, ...limits } = given
  const test = aService()
  const { service } = test
  const listener = createWireListener(
    service,
    createHandler(service, [batchMeterUsage(service)]),
    (method, target) =>
      method === 'GET' && target === '/healthz'
        ? { status: 200, body: '{"status":"ok"}' }
        : undefined,
    { ...HTTP_LIMITS, bodyBytesRefused: MB, ...limits },
    isTls ? TEST_TLS : undefined,
  )
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const { port } = listener.server.address() as AddressInfo
  const clients: RawClient[] = []
  const open = async (): Promise<RawClient> => {
    const client = await RawClient.open(port, { isTls })
    clients.push(client)
    return client
  }
  t.after(async () => {
    for (const client of clients) client.leave()
    await listener.close(1)
  })
  return { listener, test, port, client: await open(), open }
}

function head(headers: Readonly<Record<string, string>>): string {
  const all = { Host: 'h', 'Content-Type': 'application/x-amz-json-1.1', ...headers }
  const lines = Object.entries(all).map(([name, text]) => `${name}: ${text}\r\n`)
  return `POST / HTTP/1.1\r\n${lines.join('')}\r\n`
}

function post(body: string, headers: Readonly<Record<string, string>> = {}): string {
  const usual = { 'X-Amz-Target': BATCH_METER_USAGE['x-amz-target'] }
  return head({ ...usual, 'Content-Length': String(body.length), ...headers }) + body
}

/** A signed body of so many bytes: a batch of none, and blanks. */
function bodyOf(bytes: number): string {
  return JSON.stringify(wireBatch()).padEnd(bytes)
}

function chunked(request: Buffer, chunkBytes: number): Buffer {
  const text = request.toString('latin1')
  const bodyStart = text.indexOf('\r\n\r\n') + 4
  const headers = text
    .slice(0, bodyStart)
    .replace(/content-length: \d+/, 'transfer-encoding: chunked')
  const body = text.slice(bodyStart)
  const chunks = body.match(new RegExp(`[^]{1,${chunkBytes}}`, 'g')) ?? []
  const coded = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
  return Buffer.from(`${headers}${coded.join('')}0\r\n\r\n`, 'latin1')
}

function codeOf(answer: RawAnswer | undefined): string {
  return answer === undefined ? 'none' : readAnswer(answer.status, answer.body).code
}

function connectionsOf({ server }: WireListener): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count))
  })
}

async function allClosed(listener: WireListener): Promise<void> {
  await until(async () => (await connectionsOf(listener)) === 0 && listener.inFlight() === 0)
}

/** Looks again and again; the runner's own time limit ends what never comes true. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setImmediate(resolve))
}
