import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readCatalogFile } from './read.ts'

const DEMO = readFileSync(new URL('../../../examples/demo-catalog.yaml', import.meta.url), 'utf8')

// Read each row as: a file of this text is refused with these lines.
const REFUSED: readonly (readonly [string, string, readonly string[]])[] = [
  ['nothing', '', ['F:1:1: expected members, got nothing']],
  ['a list', '- 1', ['F:1:1: expected members, got a list']],
  ['no version', 'sellers: []', ['F:1:1: needs version']],
  ['another version', 'version: 2', ['F:1:10: version: expected 1, got 2']],
  [
    'an unknown section',
    'version: 1\nseller: []',
    [
      'F:2:9: seller: there is no such member; there are version, sellers, products, buyers, agreements, accessKeys',
    ],
  ],
  ['no list', 'version: 1\nbuyers: {}', ['F:2:9: buyers: expected a list, got members']],
  [
    'an account without quotes',
    "version: 1\nbuyers:\n  - account: 222233334444\n  - account: '222233335555'\n    name: 7",
    [
      'F:3:14: buyers[0].account: expected text, got 222233334444; put it in quotes',
      'F:5:11: buyers[1].name: expected text, got 7; put it in quotes',
    ],
  ],
  [
    'a price that is none',
    'version: 1\nproducts: [{ code: a, dimensions: [{ name: b, price: [] }] }]',
    ['F:2:54: products[0].dimensions[0].price: expected text or a number, got a list'],
  ],
  [
    'a secret that is none, without telling it',
    "version: 1\naccessKeys: [{ id: 'AKIA000000000000', secret: 1234567890123456 }]",
    ['F:2:48: accessKeys[0].secret: expected text; put it in quotes'],
  ],
  [
    'an agreement without an account',
    'version: 1\nbuyers:\n  - name: x',
    ['F:3:5: buyers[0]: needs account'],
  ],
]

describe('the form of a catalog file', () => {
  for (const [name, text, problems] of REFUSED) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(readCatalogFile(text, 'F'), { ok: false, problems })
    })
  }

  it('refuses what is no YAML, with the place', () => {
    const read = readCatalogFile("version: 1\nsellers: [{ account: '1'\n", 'F')
    assert.ok(!read.ok)
    assert.match(read.problems[0] ?? '', /^F:\d+:\d+: /)
  })

  it('refuses a member that stands twice', () => {
    const read = readCatalogFile('version: 1\nversion: 1', 'F')
    assert.ok(!read.ok)
    assert.match(read.problems[0] ?? '', /^F:2:1: Map keys must be unique/)
  })

  it('takes a few aliases, and refuses those that stand for a billion things', () => {
    const some = "version: 1\nsellers: [&a { account: '111122223333' }, *a]"
    assert.ok(readCatalogFile(some, 'F').ok)
    const letters = Array.from('abcdefghi')
    const bomb = letters.map((letter, index) => {
      const before = letters[index - 1]
      const value =
        before === undefined ? 'x' : Array.from({ length: 9 }, () => `*${before}`).join()
      return `${letter}: &${letter} [${value}]`
    })
    const read = readCatalogFile(bomb.join('\n'), 'F')
    assert.ok(!read.ok)
    assert.match(read.problems.join(), /too many aliases/)
  })

  it('answers any text with a file or with problems', () => {
    const mutations = fc.array(
      fc.record({ at: fc.nat(DEMO.length), cut: fc.nat(40), text: fc.string({ maxLength: 12 }) }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(mutations, (changes) => {
        const text = changes.reduce(
          (before, { at, cut, text }) => before.slice(0, at) + text + before.slice(at + cut),
          DEMO,
        )
        const read = readCatalogFile(text, 'F')
        assert.ok(read.ok || read.problems.length > 0)
      }),
      { numRuns: 300 },
    )
  })
})
