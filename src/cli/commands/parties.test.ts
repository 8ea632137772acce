/** A catalog made, renewed and retired by commands alone, from an empty folder on. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { runIn } from '../in-folder.spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'parties-'))
after(() => rmSync(root, { recursive: true }))

const SELLER = '111122223333'
const BUYER = '222233334444'
const PRODUCT = 'product-one'

const THINGS = [
  ['seller', SELLER],
  ['buyer', BUYER],
  ['product', PRODUCT],
] as const

let data = ''
let folderCount = 0
beforeEach(() => {
  data = path.join(root, `data-${++folderCount}`)
})

describe('sellers, buyers and products', () => {
  it('are made by commands alone, and shown as JSON', async () => {
    const made = {
      seller: await json('sellers', 'create', SELLER, '--name', 'A Seller'),
      product: await json(
        ...['products', 'create', '--seller', SELLER, '--name', 'A Product'],
        ...['--dimension', 'requests:Requests:0.005', '--dimension', 'users', '--code', PRODUCT],
        ...['--dimension', 'storage::0.1', '--agreements', 'concurrent'],
      ),
      buyer: await json(
        ...['buyers', 'create', BUYER, '--customer-identifier', `${SELLER}:CUSTOMER:1`],
      ),
    }
    assert.deepEqual(await json('buyers', 'list'), made.buyer)
    const unit = { description: '', retired: false }
    assert.deepEqual(made, {
      seller: { account: SELLER, name: 'A Seller', retired: false },
      product: {
        code: PRODUCT,
        seller: SELLER,
        name: 'A Product',
        meteredBy: 'BatchMeterUsage',
        concurrentFromHour: 0,
        dimensions: [
          { name: 'requests', unit: 'Requests', price: '0.005', ...unit },
          { name: 'users', unit: 'Units', price: '0', ...unit },
          { name: 'storage', unit: 'Units', price: '0.1', ...unit },
        ],
        retired: false,
      },
      buyer: {
        account: BUYER,
        name: '',
        retired: false,
        customerIdentifiers: [{ seller: SELLER, identifier: 'CUSTOMER:1' }],
      },
    })
  })

  it('show people tables, with the names that were made', async () => {
    await run('sellers', 'create', SELLER)
    const product = await run('products', 'create', '--seller', SELLER)
    assert.match(product.out, /^PRODUCT .*\n[a-z0-9]{25} +111122223333 .* single /)
    await run('buyers', 'create', BUYER)
    const identified = await run('buyers', 'identify', BUYER, '--customer-identifier', SELLER)
    assert.match(identified.out, /^BUYER .*\n222233334444 +[A-Z0-9]{11}@111122223333 /)
  })

  it('are retired once nothing rests on them, and stay listed with --all', async () => {
    await seed()
    const { id = '' } = (await json(
      ...['agreements', 'create', '--product', PRODUCT, '--buyer', BUYER],
    )) as { id?: string }
    for (const [words, reason] of [
      [['sellers', 'retire', SELLER], /still has product product-one; retire it too/],
      [['buyers', 'retire', BUYER], /still has agreement agmt-\w+; cancel it first/],
      [['products', 'retire', PRODUCT], /^marketmeter: product product-one still has 1 live agree/],
    ] as const) {
      const { exitCode, err } = await run(...words)
      assert.equal(exitCode, 1, err)
      assert.match(err, reason)
    }
    await run('agreements', 'cancel', id)
    for (const words of [
      ['buyers', 'retire', BUYER],
      ['products', 'retire', PRODUCT],
      ['sellers', 'retire', SELLER],
    ]) {
      const shown = (await json(...words)) as { retired: boolean }
      assert.equal(shown.retired, true, words.join(' '))
      const [noun = ''] = words
      assert.equal((await run(noun, 'list', '--json')).out, '')
      assert.match((await run(noun, 'list', '--all')).out, /retired\n$/)
    }
  })

  it('are given another name, and shown by it', async () => {
    await seed()
    for (const [noun, name] of THINGS) {
      const renamed = await run(`${noun}s`, 'rename', name, 'Another Name')
      assert.equal(renamed.err, `The ${noun} ${name} is called Another Name.\n`)
      assert.match((await run(`${noun}s`, 'list')).out, / Another Name /)
      const unnamed = (await json(`${noun}s`, 'rename', name, '')) as { name: string }
      assert.equal(unnamed.name, '')
    }
  })

  it('have dimensions that are added, changed one fact at a time, retired and taken up again', async () => {
    await seed()
    const users = { name: 'users', description: '', unit: 'Units', price: '0', retired: false }
    const storage = { ...users, name: 'sto:rage', unit: 'GB', price: '0.1' }
    const steps: readonly (readonly [words: string[], dimensions: object[]])[] = [
      [
        ['set-dimension', 'sto:rage', '--unit', 'GB', '--price', '0.1'],
        [users, storage],
      ],
      [
        ['set-dimension', 'sto:rage', '--price', '0.2'],
        [users, { ...storage, price: '0.2' }],
      ],
      [
        ['set-dimension', 'sto:rage', '--price', '0.1'],
        [users, storage],
      ],
      [
        ['retire-dimension', 'users'],
        [{ ...users, retired: true }, storage],
      ],
      [
        ['set-dimension', 'users', '--description', 'People'],
        [{ ...users, description: 'People' }, storage],
      ],
    ]
    for (const [[verb = '', ...words], dimensions] of steps) {
      const product = (await json('products', verb, PRODUCT, ...words)) as { dimensions: object[] }
      assert.deepEqual(product.dimensions, dimensions)
    }
    const said = await run('products', 'retire-dimension', PRODUCT, 'users')
    assert.equal(said.err, `The product ${PRODUCT} no longer has the dimension users.\n`)
  })

  it('are refused with one sentence, and nothing is changed', async () => {
    await seed()
    const product = ['products', 'create', '--seller', SELLER]
    for (const [words, expected, sentence] of [
      [['sellers', 'create', '5'], 1, /^marketmeter: 5: expected an account: twelve digits/],
      [['sellers', 'create', SELLER], 1, /There is a seller 1{4}2{4}3{4} already.*sellers rename/],
      [['sellers', 'create'], 2, /missing required argument 'ACCOUNT'/],
      [['sellers', 'retire', BUYER], 1, /There is no seller 222233334444/],
      [['buyers', 'create', BUYER], 1, /There is a buyer 222233334444 already/],
      [['buyers', 'retire', SELLER], 1, /There is no buyer 111122223333/],
      [
        ['buyers', 'create', '333344445555', '--customer-identifier', '999999999999'],
        1,
        /--customer-identifier: there is no seller 999999999999/,
      ],
      [
        ['buyers', 'create', '333344445555', '--customer-identifier', `${SELLER}:X`],
        1,
        /customer identifier X .* belongs to buyer 222233334444 for ever/,
      ],
      [['buyers', 'identify', BUYER], 2, /--customer-identifier/],
      [
        ['buyers', 'identify', '333344445555', '--customer-identifier', SELLER],
        1,
        /there is no buyer 333344445555/,
      ],
      [['products', 'create'], 2, /required option '--seller <ACCOUNT>'/],
      [['products', 'create', '--seller', '5'], 1, /^marketmeter: --seller: expected an account/],
      [[...product, '--code', PRODUCT], 1, /There is a product product-one already/],
      [[...product, '--code', 'a b'], 1, /^marketmeter: --code: expected a product code/],
      [[...product, '--agreements', 'many'], 2, /must be one of single, concurrent/],
      [[...product, '--dimension', 'a:b:c'], 1, /^marketmeter: --dimension: expected a price/],
      [[...product, '--dimension', 'a:b:1:2'], 2, /--dimension: expected NAME\[:UNIT\[:PRICE/],
      [[...product, '--dimension', 'a', '--dimension', 'a:B'], 2, /--dimension: a is named twice/],
      [['products', 'retire', 'none'], 1, /There is no product none/],
      [['products', 'rename', 'none', 'A'], 1, /There is no product none/],
      [['sellers', 'rename', BUYER, 'A'], 1, /There is no seller 222233334444/],
      [
        ['buyers', 'rename', BUYER, 'A\nB'],
        2,
        /^marketmeter: NAME: expected text of at most 1,000/,
      ],
      [['buyers', 'rename', BUYER], 2, /missing required argument 'NAME'/],
      [['products', 'set-dimension', 'none', 'users'], 1, /There is no product none/],
      [['products', 'set-dimension', PRODUCT, ''], 2, /^marketmeter: DIMENSION: expected a dim/],
      [['products', 'set-dimension', PRODUCT, 'a', '--price', 'free'], 2, /price in US dollars/],
      [
        ['products', 'retire-dimension', PRODUCT, 'Users'],
        1,
        /^marketmeter: The product product-one has no dimension Users\./,
      ],
    ] as const) {
      const { exitCode, out, err } = await run(...words)
      assert.deepEqual([exitCode, out], [expected, ''], `${words.join(' ')}: ${err}`)
      assert.match(err, sentence)
    }
    assert.equal((await run('products', 'list', '--json')).out.split('\n').length, 2)
    assert.equal((await run('buyers', 'list', '--json')).out.split('\n').length, 2)
  })
})

describe('agreements renew', () => {
  it('moves the end of the same agreement, there and back, by id or license', async () => {
    await seed()
    const { id = '', licenseArn = '' } = (await json(
      ...['agreements', 'create', '--product', PRODUCT, '--buyer', BUYER, '--end', 'now+1d'],
    )) as Record<string, string>
    const until = ['--end', '2999-12-01T00:00Z']
    const renewed = await run('agreements', 'renew', id, ...until)
    assert.equal(renewed.err, `Agreement ${id} ends at 2999-12-01T00:00:00Z.\n`)
    const open = (await json('agreements', 'renew', licenseArn, '--end', 'never')) as object
    assert.ok(!('end' in open))
    const again = await json('agreements', 'renew', licenseArn, ...until)
    assert.deepEqual(again, { ...open, end: '2999-12-01T00:00:00Z' })
  })

  it('refuses what cannot be', async () => {
    await seed()
    const { id = '' } = (await json(
      ...['agreements', 'create', '--product', PRODUCT, '--buyer', BUYER],
    )) as { id?: string }
    for (const [words, expected, sentence] of [
      [[id], 2, /required option '--end <INSTANT>'/],
      [[id, '--end', 'soon'], 2, /--end: expected an instant/],
      [[id, '--end', 'now-1d'], 1, /cannot end before it starts/],
      [['agmt-none', '--end', 'never'], 1, /there is no agreement agmt-none/],
    ] as const) {
      const { exitCode, err } = await run('agreements', 'renew', ...words)
      assert.equal(exitCode, expected, err)
      assert.match(err, sentence)
    }
    await run('agreements', 'cancel', id)
    const late = await run('agreements', 'renew', id, '--end', 'never')
    assert.equal(late.exitCode, 1)
    assert.match(late.err, /was cancelled; its dates stay/)
  })
})

async function seed(): Promise<void> {
  await run('sellers', 'create', SELLER)
  await run('products', 'create', '--seller', SELLER, '--code', PRODUCT, '--dimension', 'users')
  await run('buyers', 'create', BUYER, '--customer-identifier', `${SELLER}:X`)
}

async function json(...words: readonly string[]): Promise<unknown> {
  const { exitCode, out, err } = await run(...words, '--json')
  assert.equal(exitCode, 0, err)
  return JSON.parse(out)
}

function run(...words: readonly string[]) {
  return runIn(data, ...words)
}
