/** One post to receivers of every kind, over real sockets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { post, type PostSettings } from './post.ts'
import { rawReceiver, receiver } from './receiver.spec.ts'

const SETTINGS: PostSettings = { privateToo: true, answerMsMax: 10_000 }
const SENT = { headers: { 'content-type': 'text/plain', 'x-one': '1' }, body: 'Grüße' }

describe('a post to a receiver', () => {
  it('that takes it', async (test) => {
    const { url, received } = await receiver(test)
    const outcome = await post({ ...SENT, url: `${url}?a=1` }, SETTINGS)
    assert.deepEqual(outcome, { taken: true, result: 'answered 200' })
    assert.equal(received[0]?.body, 'Grüße')
    assert.equal(received[0].path, '/hook?a=1')
    assert.equal(received[0].headers['x-one'], '1')
    assert.equal(received[0].headers['content-length'], '7')
  })

  for (const [status, taken] of [
    [199 + 1, true],
    [204, true],
    [299, true],
    [400, false],
    [404, false],
    [503, false],
  ] as const) {
    it(`that answers ${status} has ${taken ? '' : 'not '}taken it`, async (test) => {
      const { url } = await receiver(test, (response) => response.writeHead(status).end())
      const outcome = await post({ ...SENT, url }, SETTINGS)
      assert.deepEqual(outcome, { taken, result: `answered ${status}` })
    })
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`that redirects with ${status} is not followed`, async (test) => {
      const target = await receiver(test)
      const { url } = await receiver(test, (response) =>
        response.writeHead(status, { location: target.url }).end(),
      )
      const outcome = await post({ ...SENT, url }, SETTINGS)
      assert.equal(outcome.taken, false)
      assert.match(outcome.result, /redirects are not followed/)
      assert.deepEqual(target.received, [])
    })
  }

  it('that never answers is given up in time', async (test) => {
    const { url } = await rawReceiver(test, () => undefined)
    const outcome = await post({ ...SENT, url }, { ...SETTINGS, answerMsMax: 50 })
    assert.deepEqual(outcome, { taken: false, result: 'no answer within 0.05 s' })
  })

  it('that sends its head a byte at a time is given up in time', async (test) => {
    const { url } = await rawReceiver(test, (socket) => {
      const timer = setInterval(() => socket.write('H'), 5)
      socket.on('close', () => {
        clearInterval(timer)
      })
    })
    const outcome = await post({ ...SENT, url }, { ...SETTINGS, answerMsMax: 60 })
    assert.equal(outcome.taken, false)
  })

  it('that answers a gigabyte is believed, and not listened to', async (test) => {
    let sentBytes = 0
    const closed = new Promise<void>((resolve) => {
      void rawReceiver(test, (socket) => {
        const chunk = Buffer.alloc(1 << 16, 'x')
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n')
        const fill = (): void => {
          do sentBytes += chunk.length
          while (!socket.destroyed && sentBytes < 1 << 30 && socket.write(chunk))
        }
        socket.on('drain', fill)
        socket.on('close', () => {
          resolve()
        })
        fill()
      }).then(async ({ url }) => {
        assert.equal((await post({ ...SENT, url }, SETTINGS)).taken, true)
      })
    })
    await closed
    assert.ok(sentBytes < 1 << 26, `${sentBytes} bytes were taken from it`)
  })

  it('that answers a head without end is cut off', async (test) => {
    const { url } = await rawReceiver(test, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n`)
      const fill = (): void => {
        while (!socket.destroyed && socket.write(`x-more: ${'y'.repeat(4_000)}\r\n`));
      }
      socket.on('drain', fill)
      fill()
    })
    const outcome = await post({ ...SENT, url }, SETTINGS)
    assert.deepEqual(outcome, { taken: false, result: 'the head of its answer was too long' })
  })

  for (const [count, outcome] of [
    [8, { taken: true, result: 'answered 200' }],
    [9, { taken: false, result: 'the head of its answer was too long' }],
    [20_000, { taken: false, result: 'the head of its answer was too long' }],
  ] as const) {
    it(`that sends ${count} interim answers first`, async (test) => {
      const { url } = await rawReceiver(test, (socket) => {
        const interim = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\n\r\n']
        const sent = Array.from({ length: count }, (_, index) => interim[index % 2]).join('')
        socket.write(`${sent}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`)
      })
      assert.deepEqual(await post({ ...SENT, url }, SETTINGS), outcome)
    })
  }

  for (const [what, behave] of [
    ['speaks something else', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['closes at once', ''],
  ] as const) {
    it(`that ${what} has not taken it`, async (test) => {
      const { url } = await rawReceiver(test, (socket) => socket.end(behave))
      assert.equal((await post({ ...SENT, url }, SETTINGS)).taken, false)
    })
  }

  it('that is not there has not taken it', async () => {
    const outcome = await post({ ...SENT, url: 'http://127.0.0.1:1/' }, SETTINGS)
    assert.deepEqual(outcome, { taken: false, result: 'the connection failed (ECONNREFUSED)' })
  })

  it('whose URL cannot be used has not taken it', async () => {
    const outcome = await post({ ...SENT, url: 'http://a:99999/' }, SETTINGS)
    assert.deepEqual(outcome, { taken: false, result: 'its URL cannot be used' })
  })
})

describe('a post by the address of the receiver', () => {
  const STRICT: PostSettings = { ...SETTINGS, privateToo: false }

  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]']) {
    it(`is refused on the way to this machine as ${host}`, async (test) => {
      const { url, received } = await receiver(test)
      const outcome = await post({ ...SENT, url: url.replace('127.0.0.1', host) }, STRICT)
      assert.equal(outcome.taken, false)
      assert.match(outcome.result, /private/)
      assert.deepEqual(received, [])
    })
  }

  it('is refused where the name resolves to a private one', async (test) => {
    const { url, received } = await receiver(test)
    const named = url.replace('127.0.0.1', 'seller.example')
    const resolve = async () => ['127.0.0.1']
    const outcome = await post({ ...SENT, url: named }, { ...STRICT, resolve })
    assert.match(outcome.result, /private/)
    assert.deepEqual(received, [])
    assert.equal((await post({ ...SENT, url: named }, { ...SETTINGS, resolve })).taken, true)
  })

  it('asks for the address once, and connects to the one that was judged', async (test) => {
    const { url, received } = await receiver(test)
    const answers = [['192.0.2.1'], ['127.0.0.1']]
    const resolve = async () => answers.shift() ?? []
    const named = url.replace('127.0.0.1', 'rebinding.example')
    const settings = { ...STRICT, resolve, answerMsMax: 100 }
    assert.equal((await post({ ...SENT, url: named }, settings)).taken, false)
    assert.equal(answers.length, 1)
    assert.deepEqual(received, [])
  })

  it('fails where the name has none', async () => {
    const resolve = async () => []
    const outcome = await post({ ...SENT, url: 'http://nowhere.example/' }, { ...STRICT, resolve })
    assert.deepEqual(outcome, { taken: false, result: 'its name has no address' })
  })
})
