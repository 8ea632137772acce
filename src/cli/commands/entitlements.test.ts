/** Entitlements by commands and by files: set, listed, shown, exported, applied and taken away. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { runIn } from '../in-folder.spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'entitlements-'))
after(() => rmSync(root, { recursive: true }))

const LICENSE = 'arn:aws:license-manager::123456789012:license:l-1'
const FILE = `
version: 1
sellers: [{ account: '111122223333' }]
products:
  - code: suite
    seller: '111122223333'
    contract: true
    dimensions: [{ name: seats }, { name: plan }, { name: ratio }, { name: beta }]
buyers: [{ account: '222233334444' }]
agreements:
  - license: ${LICENSE}
    id: agmt-one
    product: suite
    buyer: '222233334444'
    start: 2026-01-01T00:00Z
    entitlements:
      - { dimension: seats, integer: 25 }
      - { dimension: plan, string: gold }
      - { dimension: ratio, double: 0.5 }
      - { dimension: beta, boolean: true }
`

let data = ''
let folderCount = 0
beforeEach(async () => {
  data = path.join(root, `data-${++folderCount}`)
  const file = path.join(root, 'catalog.yaml')
  writeFileSync(file, FILE)
  const applied = await marketmeter('catalog', 'apply', file, '--yes')
  assert.equal(applied.exitCode, 0, applied.err)
})

describe('entitlements', () => {
  it('are listed as tables and as JSON lines', async () => {
    const { out } = await marketmeter('entitlements', 'list', '--product', 'suite')
    assert.match(out, /PRODUCT +BUYER +AGREEMENT +STATUS +DIMENSION +VALUE +EXPIRES/)
    for (const shown of [/seats +integer 25 +never/, /plan +string gold/, /beta +boolean true/]) {
      assert.match(out, shown)
    }
    const lines = await marketmeter('entitlements', 'list', '--json')
    const [first] = lines.out.trim().split('\n')
    assert.deepEqual(JSON.parse(first ?? ''), {
      product: 'suite',
      buyer: '222233334444',
      agreement: 'agmt-one',
      licenseArn: LICENSE,
      status: 'active',
      dimension: 'seats',
      value: { integer: 25 },
    })
  })

  it('of a suspended agreement are listed only with --all', async () => {
    await marketmeter('agreements', 'suspend', 'agmt-one')
    const none = await marketmeter('entitlements', 'list')
    assert.doesNotMatch(none.out, /seats/)
    const all = await marketmeter('entitlements', 'list', '--all')
    assert.match(all.out, /suspended +seats/)
  })

  it('are set and removed one by one, by id or license', async () => {
    await marketmeter('entitlements', 'set', 'agmt-one', 'seats', '--integer', '30')
    await marketmeter('entitlements', 'set', LICENSE, 'plan', '--boolean', 'false')
    const { out, err } = await marketmeter('entitlements', 'remove', 'agmt-one', 'ratio', '--json')
    assert.match(err, /Agreement agmt-one does not entitle to ratio\./)
    const shown = JSON.parse(out) as { entitlements: unknown }
    assert.deepEqual(shown.entitlements, [
      { dimension: 'seats', integer: 30 },
      { dimension: 'plan', boolean: false },
      { dimension: 'beta', boolean: true },
    ])
  })

  const WRONG = [
    [['agmt-one', 'seats'], 2, /Give one value/],
    [['agmt-one', 'seats', '--integer', '1', '--string', 'x'], 2, /Give one value/],
    [['agmt-one', 'seats', '--integer', 'many'], 2, /--integer: expected a number/],
    [['agmt-one', 'seats', '--integer', '1.5'], 1, /expected a whole number/],
    [['agmt-one', 'chairs', '--integer', '1'], 1, /has no dimension chairs/],
    [['agmt-two', 'seats', '--integer', '1'], 1, /there is no agreement agmt-two/],
  ] as const
  for (const [args, exitCode, sentence] of WRONG) {
    it(`set ${args.join(' ')} is refused in a sentence`, async () => {
      const told = await marketmeter('entitlements', 'set', ...args)
      assert.equal(told.exitCode, exitCode)
      assert.match(told.err, sentence)
      assert.doesNotMatch(told.err, /at .*\.ts:\d+/)
    })
  }

  it('are exported as they are applied', async () => {
    const { out } = await marketmeter('catalog', 'export')
    const file = path.join(root, 'export.yaml')
    writeFileSync(file, out)
    assert.match(readFileSync(file, 'utf8'), /dimension: seats\n +integer: 25/)
    const again = await marketmeter('catalog', 'apply', file, '--yes')
    assert.match(`${again.out}${again.err}`, /[Nn]othing/)
    writeFileSync(file, out.replace('integer: 25', 'integer: 26'))
    const changed = await marketmeter('catalog', 'apply', file, '--yes')
    assert.match(changed.out, /entitlement seats: integer 25 → integer 26/)
  })

  it('need a product that is sold by contract', async () => {
    const create = ['products', 'create', '--seller', '111122223333', '--code', 'plain']
    await marketmeter(...create, '--dimension', 'seats')
    const made = ['agreements', 'create', '--product', 'plain', '--buyer', '222233334444']
    await marketmeter(...made, '--id', 'agmt-plain')
    const set = ['entitlements', 'set', 'agmt-plain', 'seats', '--integer', '1']
    const refused = await marketmeter(...set)
    assert.match(refused.err, /not sold by contract, .* set its contract first/)
    const told = await marketmeter('products', 'set-contract', 'plain')
    assert.match(told.err, /The product plain is sold by contract\./)
    assert.equal((await marketmeter(...set)).exitCode, 0)
  })
})

function marketmeter(...words: readonly string[]) {
  return runIn(data, ...words)
}
