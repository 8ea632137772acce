/** What of an answer arrives, byte by byte, over raw sockets. */
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { RawClient } from '../../server/raw-client.spec.ts'
import { AWS_JSON } from '../../wire/protocol.ts'
import { RPC_V2_CBOR } from '../../wire/rpc-v2-cbor.ts'
import { openWirePort } from '../port.ts'
import { deliver, type DeliveredAnswer } from './delivery.ts'

const REQUEST = 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n'
const BODY = JSON.stringify({ Results: 'x'.repeat(100) })

/** A port on which every request is answered alike. */
async function answering(test: TestContext, answer: Omit<DeliveredAnswer, 'requestId'>) {
  const port = await openWirePort(async () => answer, { host: '127.0.0.1', port: 0 })
  test.after(() => port.close())
  const number = Number(new URL(port.endpoint).port)
  const client = await RawClient.open(number)
  test.after(() => {
    client.leave()
  })
  return { client, number }
}

describe('an answer', () => {
  it('arrives whole without a fault', async (t) => {
    const { client } = await answering(t, { status: 200, body: BODY })
    assert.equal((await client.ask(REQUEST))?.body, BODY)
  })

  it('that is dropped leaves not a byte, and an end', async (t) => {
    const { client } = await answering(t, { status: 200, body: BODY, delivery: { kind: 'drop' } })
    assert.equal(await client.ask(REQUEST), undefined)
    assert.equal(client.left, '')
    await client.closed()
  })

  it('that is reset is one to the client’s kernel', async (t) => {
    const delivery = { kind: 'reset' } as const
    const { number } = await answering(t, { status: 500, body: BODY, delivery })
    const socket = connect(number, '127.0.0.1')
    const code = await new Promise((resolve) => {
      socket.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code)
      })
      socket.on('data', resolve)
      socket.on('end', () => {
        resolve('an end')
      })
      socket.write(REQUEST)
    })
    assert.equal(code, 'ECONNRESET')
  })

  for (const [name, protocol, type] of [
    ['JSON', AWS_JSON, 'application/x-amz-json-1.1'],
    ['CBOR', RPC_V2_CBOR, 'application/cbor'],
  ] as const) {
    it(`that is malformed is no ${name}, whatever it was`, async (t) => {
      const delivery = { kind: 'malformed' } as const
      const { client } = await answering(t, { status: 400, body: BODY, protocol, delivery })
      const answer = await client.ask(REQUEST)
      assert.equal(answer?.status, 200)
      assert.equal(answer.headers['content-type'], type)
      assert.throws(() => protocol.read(Buffer.from(answer.body)))
    })
  }

  for (const body of [BODY, '{}', '']) {
    it(`that is slow arrives whole: ${body.length} bytes`, async (t) => {
      const delivery = { kind: 'slow', ms: 10 } as const
      const { client } = await answering(t, { status: 200, body, delivery })
      assert.equal((await client.ask(REQUEST))?.body, body)
      assert.equal((await client.ask(REQUEST))?.body, body)
    })
  }

  it('that is slow has its head at once, all after its time, and ends with who leaves', async (t) => {
    const waits: number[] = []
    const turns = new EventEmitter()
    const wait = async (ms: number) => {
      waits.push(ms)
      await once(turns, 'next')
    }
    const delivery = { kind: 'slow', ms: 1_000 } as const
    const body = 'x'.repeat(200)
    const answer = { status: 200, body, requestId: 'r', delivery }
    const gone = new EventEmitter()
    const server = createServer((_request, response) => {
      response.once('close', () => gone.emit('gone'))
      deliver(response, answer, false, wait)
    }).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const whole = await fetch(url)
    assert.deepEqual(waits, [50])
    const reading = whole.text()
    for (let turn = 0; turn < 20; turn++) {
      turns.emit('next')
      await new Promise(setImmediate)
    }
    assert.equal(await reading, body)
    assert.deepEqual(waits, new Array(20).fill(50))
    const leaving = new AbortController()
    await fetch(url, { signal: leaving.signal })
    const left = once(gone, 'gone')
    leaving.abort()
    await left
    turns.emit('next')
    await new Promise(setImmediate)
    assert.equal(waits.length, 21)
  })

  it('that is slow comes in pieces, and whoever leaves meanwhile harms nobody', async (t) => {
    const delivery = { kind: 'slow', ms: 40 } as const
    const { client, number } = await answering(t, { status: 200, body: BODY, delivery })
    const impatient = connect(number, '127.0.0.1')
    impatient.write(REQUEST)
    let received = ''
    for await (const piece of impatient) {
      received += String(piece)
      if (received.includes('Results')) break
    }
    assert.ok(!received.endsWith('}'), received)
    assert.ok(impatient.destroyed)
    assert.equal((await client.ask(REQUEST))?.body, BODY)
  })
})
