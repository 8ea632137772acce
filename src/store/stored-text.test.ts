import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromStoredText, toStoredText } from './stored-text.ts'

const TABLE: readonly (readonly [string, string])[] = [
  ['', ''],
  ['plain ü 𝄞', 'plain ü 𝄞'],
  ['a\0b', 'a\\0b'],
  ['\\0', '\\\\0'],
  ['\\', '\\\\'],
  ['\ud800', '\\ud800'],
  ['\udfff\ud800', '\\udfff\\ud800'],
  ['\ud834\udd1e\udd1e', '𝄞\\udd1e'],
  ['\\ud800', '\\\\ud800'],
]

describe('stored text', () => {
  for (const [text, stored] of TABLE) {
    it(`keeps ${JSON.stringify(text)} as ${JSON.stringify(stored)}`, () => {
      assert.equal(toStoredText(text), stored)
      assert.equal(fromStoredText(stored), text)
    })
  }

  it('comes back the same, holds no NUL, and is well-formed, whatever it is', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0x5c, 0xd800, 0xdc00, 0x30, 0x75),
    )
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = String.fromCharCode(...units)
        const stored = toStoredText(text)
        assert(stored.isWellFormed() && !stored.includes('\0'))
        assert.equal(fromStoredText(stored), text)
      }),
    )
  })
})
