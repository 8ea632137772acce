/** That a sealed text opens as it was given, and in no other spelling of the same bytes. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { masterKeyOf, ringOf } from './master-keys.ts'
import { openText, sealText } from './sealed-text.ts'

const MASTER = masterKeyOf(new Uint8Array(32).fill(7))
const LETTERS = ['A', 'B', 'Q', 'g', 'w', 'x', '_', '-']

describe('a sealed text', () => {
  // One of each remainder that base64url has.
  for (const text of ['', 'a', 'ab', 'abc']) {
    it(`of ${text.length} letters opens, and neither longer, shorter nor with another last letter`, () => {
      const sealed = sealText(MASTER, 'test', text, randomBytes)
      const open = (written: string) => openText(ringOf([MASTER]), 'test', written)
      assert.deepEqual(open(sealed), { ok: true, text })
      const others = LETTERS.map((letter) => `${sealed.slice(0, -1)}${letter}`)
      const written = [...LETTERS.map((letter) => `${sealed}${letter}`), ...others]
      for (const one of [...written, sealed.slice(0, -1)]) {
        if (one !== sealed) assert.equal(open(one).ok, false, one)
      }
    })
  }
})
