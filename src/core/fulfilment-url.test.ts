import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { FULFILMENT_URL, originOfUrl, REDIRECT_ORIGIN } from './fulfilment-url.ts'

// Read each row as: this text is kept as that, or not at all.
const URLS: readonly (readonly [string, string | undefined])[] = [
  ['https://example.com/register', 'https://example.com/register'],
  ['https://example.com', 'https://example.com/'],
  ['https://example.com?from=aws', 'https://example.com/?from=aws'],
  ['HTTPS://Example.COM/Register', 'https://example.com/Register'],
  ['https://example.com:443/', 'https://example.com/'],
  ['https://example.com:8443/', 'https://example.com:8443/'],
  ['https://example.com:65535/', 'https://example.com:65535/'],
  ['https://example.com:65536/', undefined],
  ['https://example.com:0/', undefined],
  ['https://192.0.2.1/', 'https://192.0.2.1/'],
  ['https://192.0.2.256/', undefined],
  ['https://192.0.2/', undefined],
  ['https://0x7f000001/', undefined],
  ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
  ['https://bücher.example/', undefined],
  ['https://example..com/', undefined],
  ['https://-example.com/', undefined],
  ['https://*.example.com/', undefined],
  ['https://user@example.com/', undefined],
  ['https://user:password@example.com/', undefined],
  ['https://example.com/#part', undefined],
  ['https://example.com/a b', undefined],
  ['https://example.com/"', undefined],
  ["https://example.com/'", undefined],
  ['https://example.com/;script-src', undefined],
  ['https://example.com\\@evil.example/', undefined],
  ['https://example.com/\n', undefined],
  [' https://example.com/', undefined],
  ['https:/example.com/', undefined],
  ['//example.com/', undefined],
  ['/register', undefined],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['ftp://example.com/', undefined],
  ['', undefined],
  ['http://example.com/', undefined],
  ['http://localhost/register', 'http://localhost/register'],
  ['http://localhost:80/', 'http://localhost/'],
  ['http://localhost:8000/', 'http://localhost:8000/'],
  ['http://localhost.example.com/', undefined],
  ['http://127.0.0.1:8000/', 'http://127.0.0.1:8000/'],
  ['http://127.255.255.255/', 'http://127.255.255.255/'],
  ['http://128.0.0.1/', undefined],
  ['http://127.0.0.1.example.com/', undefined],
  ['http://[::1]:8000/', 'http://[::1]:8000/'],
  ['http://[::2]/', undefined],
  ['http://169.254.169.254/latest', undefined],
  [`https://example.com/${'a'.repeat(2_028)}`, `https://example.com/${'a'.repeat(2_028)}`],
  [`https://example.com/${'a'.repeat(2_029)}`, undefined],
]

describe('a fulfilment URL', () => {
  for (const [text, kept] of URLS) {
    it(`${JSON.stringify(text.slice(0, 60))} is ${kept === undefined ? 'refused' : 'kept'}`, () => {
      assert.equal(FULFILMENT_URL.parse(text), kept)
    })
  }
})

const ORIGINS: readonly (readonly [string, string | undefined])[] = [
  ['https://app.example.com', 'https://app.example.com'],
  ['https://APP.example.com:443', 'https://app.example.com'],
  ['https://app.example.com:8443', 'https://app.example.com:8443'],
  ['https://app.example.com/', undefined],
  ['https://app.example.com; script-src *', undefined],
  ["'self'", undefined],
  ['*', undefined],
  ['https:', undefined],
  ['null', undefined],
  ['http://app.example.com', undefined],
  ['http://localhost:3000', 'http://localhost:3000'],
]

describe('a redirect origin', () => {
  for (const [text, kept] of ORIGINS) {
    it(`${JSON.stringify(text)} is ${kept === undefined ? 'refused' : 'kept'}`, () => {
      assert.equal(REDIRECT_ORIGIN.parse(text), kept)
    })
  }
})

test('what is kept has the origin that a browser sees, and can stand in a policy and an attribute', () => {
  const piece = fc.oneof(
    fc.constantFrom('https://', 'http://', 'localhost', 'a.example', '127.0.0.1', '[::1]', '@'),
    fc.constantFrom(':', ':443', ':80', '/', '//', '\\', '?', '#', '..', '%2e', ';', ' ', '0x7f'),
    fc.string({ maxLength: 4 }),
  )
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => `https://a${pieces.join('')}`)
  fc.assert(
    fc.property(fc.oneof(text, fc.webUrl({ withQueryParameters: true })), (given) => {
      const kept = FULFILMENT_URL.parse(given)
      if (kept === undefined) return
      assert.equal(originOfUrl(kept), new URL(kept).origin)
      assert.equal(new URL(given).origin, new URL(kept).origin)
      assert.equal(FULFILMENT_URL.parse(kept), kept)
      assert.doesNotMatch(kept, /[\s;'"<>\\^`{|}]/)
    }),
    { numRuns: 2_000 },
  )
})
