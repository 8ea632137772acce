/**
 * Every byte of a signed request, changed in turn: method, target, each signed header's name and value, each
 * part of Authorization, body. Each change must be refused, unless both texts mean the same request.
 *
 * The changes that are let through, all of them:
 *   - letters of a header's name in the other case: HTTP's names have none;
 *   - a blank in Authorization or in a header's value that became another (a tab), for they are folded.
 * What means the same request by the algorithm itself stands in its own block below.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BATCH_METER_USAGE, signRequest } from './signer.spec.ts'
import type { SignedRequest } from './verify.ts'
import { answerTo, SESSION_TOKEN, TEMPORARY_KEY_ID } from './verifying.spec.ts'

const signed = signRequest({
  target: '/aws/mp?a=1&b=2',
  headers: { ...BATCH_METER_USAGE, 'user-agent': 'sdk/1.0 os/linux', 'x-amz-user-agent': 'sdk' },
  body: '{"ProductCode":"4w1sbgfkdrl0bqj1j6gf93k2b","UsageRecords":[]}',
  accessKeyId: TEMPORARY_KEY_ID,
  sessionToken: SESSION_TOKEN,
})
// Signed over one blank, as folding leaves it; on the wire there are two.
const sent: SignedRequest = {
  ...signed,
  rawHeaders: signed.rawHeaders.map((text) =>
    text === 'sdk/1.0 os/linux' ? 'sdk/1.0  os/linux' : text,
  ),
}

describe('a signed request with one byte changed', () => {
  it('is accepted unchanged', () => assert.equal(answerTo(sent), 'ok'))

  it('is refused whichever byte of the method it was', () =>
    assert.deepEqual(
      accepted(sent.method, (method) => ({ ...sent, method })),
      [],
    ))

  it('is refused whichever byte of the target it was', () =>
    assert.deepEqual(
      accepted(sent.target, (target) => ({ ...sent, target })),
      [],
    ))

  it('is refused whichever byte of the body it was', () =>
    assert.deepEqual(
      accepted(sent.body.toString('latin1'), (body) => ({
        ...sent,
        body: Buffer.from(body, 'latin1'),
      })),
      [],
    ))

  for (const [index, text] of sent.rawHeaders.entries()) {
    const isName = index % 2 === 0
    const name = sent.rawHeaders[isName ? index : index - 1] ?? ''
    it(`is refused whichever byte of ${isName ? 'the name' : 'the value of'} ${name} it was`, () => {
      const passed = accepted(text, (changed) => withRaw(index, changed)).filter(
        (changed) => !meansTheSame(text, changed, isName),
      )
      assert.deepEqual(passed, [])
    })
  }

  it('is refused with a byte less, or one more, anywhere in the body or a header value', () => {
    assert.notEqual(answerTo({ ...sent, body: Buffer.from(`${sent.body.toString()} `) }), 'ok')
    assert.notEqual(answerTo({ ...sent, body: sent.body.subarray(1) }), 'ok')
    assert.notEqual(answerTo({ ...sent, body: Buffer.alloc(0) }), 'ok')
    for (const [index, text] of sent.rawHeaders.entries()) {
      if (index % 2 === 0) continue
      assert.notEqual(answerTo(withRaw(index, `${text}x`)), 'ok')
      assert.notEqual(answerTo(withRaw(index, text.slice(0, -1))), 'ok')
    }
  })

  it('is refused with any signed header left out', () => {
    for (let index = 0; index < sent.rawHeaders.length; index += 2) {
      const rawHeaders = sent.rawHeaders.toSpliced(index, 2)
      assert.notEqual(answerTo({ ...sent, rawHeaders }), 'ok', sent.rawHeaders[index])
    }
  })

  it('is refused with any signed header there twice', () => {
    for (let index = 0; index < sent.rawHeaders.length; index += 2) {
      const again = sent.rawHeaders.slice(index, index + 2)
      const rawHeaders = [...sent.rawHeaders, ...again]
      assert.notEqual(answerTo({ ...sent, rawHeaders }), 'ok', again[0])
    }
  })
})

describe('what means the same request is accepted', () => {
  const targets: Record<string, string> = {
    'the query in another order': '/aws/mp?b=2&a=1',
    'an escape that was not needed in the query': '/aws/mp?%61=1&b=2',
    'an empty parameter': '/aws/mp?a=1&&b=2',
    'a path that leads to the same': '/aws/./x/..//mp?a=1&b=2',
  }
  for (const [name, target] of Object.entries(targets)) {
    it(name, () => assert.equal(answerTo({ ...sent, target }), 'ok'))
  }
  it('header names in capitals', () => {
    const rawHeaders = sent.rawHeaders.map((text, index) =>
      index % 2 === 0 ? text.toUpperCase() : text,
    )
    assert.equal(answerTo({ ...sent, rawHeaders }), 'ok')
  })
  it('headers in another order', () => {
    const rawHeaders = [...sent.rawHeaders.slice(4), ...sent.rawHeaders.slice(0, 4)]
    assert.equal(answerTo({ ...sent, rawHeaders }), 'ok')
  })
})

/** Each byte in turn becomes seven others; answers the texts that were still accepted. */
function accepted(text: string, apply: (changed: string) => SignedRequest): readonly string[] {
  const passed: string[] = []
  for (let index = 0; index < text.length; index += 1) {
    const byte = text.charCodeAt(index)
    const others = new Set([byte ^ 1, byte ^ 0x20, byte ^ 0x80, 0x30, 0x61, 0x09, 0x2f, 0x20])
    others.delete(byte)
    for (const other of others) {
      const changed = text.slice(0, index) + String.fromCharCode(other) + text.slice(index + 1)
      if (answerTo(apply(changed)) === 'ok') passed.push(changed)
    }
  }
  return passed
}

function withRaw(index: number, text: string): SignedRequest {
  return { ...sent, rawHeaders: sent.rawHeaders.with(index, text) }
}

function meansTheSame(text: string, changed: string, isName: boolean): boolean {
  if (isName) return text.toLowerCase() === changed.toLowerCase()
  const fold = (value: string) => value.replace(/[ \t]+/g, ' ').trim()
  return fold(text) === fold(changed)
}
