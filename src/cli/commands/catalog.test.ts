import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, beforeEach, describe, it } from 'node:test'
import { ControlState } from '../../server/control-state.ts'
import { findAdminToken } from '../../server/admin-tokens.ts'
import { openRegistration } from '../../server/registration-tokens.ts'
import { masterKeyIdOf } from '../../server/keys/sealed-text.ts'
import { openSecret } from '../../server/keys/secrets.ts'
import { SqliteControlStore } from '../../store/sqlite-control/store.ts'
import { COMMANDS } from '../commands.ts'
import { openMasterKeys } from '../master-keys.ts'
import { runProgram } from '../parse.ts'

const root = mkdtempSync(path.join(tmpdir(), 'catalog-'))
after(() => rmSync(root, { recursive: true }))

const SELLER = '111122223333'
const BUYER = '222233334444'
const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b'
const LICENSE = 'arn:aws:license-manager::123456789012:license:l-1'
const KEY = 'AKIAEXAMPLEEXAMPLEEX'
const SECRET = 'a-secret-that-is-not-in-the-file'

const CATALOG = `
version: 1
sellers:
  - { account: '${SELLER}', name: A Seller }
products:
  - code: ${PRODUCT}
    seller: '${SELLER}'
    dimensions:
      - { name: requests, price: 0.005 }
      - { name: users, price: '0.5' }
buyers:
  - account: '${BUYER}'
    customerIdentifiers:
      - { seller: '${SELLER}', identifier: CUSTOMER }
agreements:
  - { license: '${LICENSE}', id: agmt-one, product: ${PRODUCT}, buyer: '${BUYER}', start: now-30d }
accessKeys:
  - { id: ${KEY}, account: '${SELLER}', secret: 'env:SELLER_SECRET' }
`

const masterKeysOf = (folder: string) =>
  openMasterKeys({ kind: 'sqlite', folder }, undefined, { hasSecrets: true, isDemo: false })

let data = ''
let folderCount = 0
beforeEach(() => {
  data = path.join(root, `data-${++folderCount}`)
})

describe('catalog apply', () => {
  it('shows the difference, changes it, and the second time changes nothing', async () => {
    const first = await apply(CATALOG)
    assert.equal(first.exitCode, 0)
    assert.match(
      first.out,
      /^\+ product 4w1sbgfkdrl0bqj1j6gf93k2b .*dimension requests: Units · 0.005/m,
    )
    assert.match(
      first.err,
      /Changed 1 seller, 1 product, 1 buyer, 1 customer identifier, 1 agreement, 1 access key/,
    )
    const second = await apply(CATALOG)
    assert.deepEqual([second.exitCode, second.out, second.err], [0, '', 'Nothing to change.\n'])
    await withState(({ index, version }) => {
      assert.equal(version, 1)
      const opened = openSecret(masterKeysOf(data), KEY, index.accessKeys.get(KEY)?.secret ?? '')
      assert.deepEqual(opened, { ok: true, secret: SECRET })
    })
  })

  it('changes nothing unless somebody agrees', async () => {
    assert.equal((await apply(CATALOG, ['--dry-run'])).exitCode, 0)
    const unasked = await apply(CATALOG, [])
    assert.equal(unasked.exitCode, 4)
    assert.match(unasked.err, /Give --yes/)
    assert.equal((await apply(CATALOG.replace('0.005', '-1'))).exitCode, 1)
    assert.ok(!existsSync(data), 'not even an empty catalog was made')
    assert.equal((await apply(CATALOG, [], { interactive: true, input: 'no\n' })).exitCode, 4)
    await withState(({ version }) => assert.equal(version, 0))
    assert.equal((await apply(CATALOG, [], { interactive: true, input: 'y\n' })).exitCode, 0)
    await withState(({ version }) => assert.equal(version, 1))
  })

  it('tells every problem at once, each with its line and column', async () => {
    const file = `version: 1
sellers:
  - account: 111122223333
    nmae: A Seller
agreements:
  - status: paused
`
    const { exitCode, err, name } = await apply(file)
    assert.equal(exitCode, 1)
    assert.deepEqual(err.replaceAll(name, 'FILE').split('\n').slice(0, 3).sort(), [
      'FILE:3:14: sellers[0].account: expected text, got 111122223333; put it in quotes',
      'FILE:4:11: sellers[0].nmae: there is no such member; there are account, name, webhook, retired',
      'FILE:6:13: agreements[0].status: expected active or cancelled or suspended, got "paused"',
    ])
  })

  it('writes the very agreement that it showed, the names made for it included', async () => {
    const unnamed = CATALOG.replace(' id: agmt-one,', '')
    const lines = (await apply(unnamed, ['--yes', '--json'])).out.trim().split('\n')
    const changes = lines.map((line) => JSON.parse(line) as { kind: string; key: string })
    const shown = changes.find(({ kind }) => kind === 'agreement')
    const [held] = await withState(({ index }) => [...index.agreements.keys()])
    assert.equal(held, shown?.key)
  })

  it('tells what the rules refuse at the place where it was written', async () => {
    await apply(CATALOG)
    const { exitCode, err, name } = await apply(`version: 1
buyers:
  - account: '333344445555'
    customerIdentifiers: [{ seller: '${SELLER}', identifier: CUSTOMER }]
agreements:
  - { license: '${LICENSE}', buyer: '333344445555' }
  - { product: ${PRODUCT}, buyer: '333344445555' }
  - { license: '${LICENSE}2', product: ${PRODUCT}, buyer: '333344445555', start: 2026-02-30T00:00Z }
`)
    assert.equal(exitCode, 1)
    const lines = err.replaceAll(name, 'FILE')
    assert.match(
      lines,
      /FILE:4:27: buyers\[0\]\.customerIdentifiers\[0\]: customer identifier CUSTOMER .* for ever/,
    )
    assert.match(lines, /FILE:6:\d+: agreements\[0\]\.buyer: .* has buyer 222233334444 for ever/)
    assert.match(
      lines,
      /FILE:7:5: agreements\[1\]: needs a license or an id.*a free one is: arn:aws:/,
    )
    assert.match(lines, /FILE:8:\d+: agreements\[2\]\.start: expected an instant/)
  })

  for (const [written, answer] of [
    ['literal-secret-of-a-key', /must not stand in the file; write env:NAME or file:PATH/],
    ['env:NOT_THERE', /the environment has no NOT_THERE/],
    ['file:not-there', /cannot be read: ENOENT/],
    ['env:SHORT', /16 to 128 visible ASCII/],
  ] as const) {
    it(`refuses the secret ${written}`, async () => {
      const { exitCode, err } = await apply(CATALOG.replace('env:SELLER_SECRET', written))
      assert.equal(exitCode, 1)
      assert.match(err, answer)
      assert.doesNotMatch(err, /needs its secret/)
    })
  }

  it('takes a secret from a file beside the catalog, and refuses another one for the same key', async () => {
    writeFileSync(path.join(root, 'secret'), `${SECRET}\n`)
    const fromFile = CATALOG.replace('env:SELLER_SECRET', 'file:secret')
    assert.equal((await apply(fromFile)).exitCode, 0)
    writeFileSync(path.join(root, 'secret'), `${SECRET}-other\n`)
    const { exitCode, err } = await apply(fromFile)
    assert.equal(exitCode, 1)
    assert.match(err, /the secret of an access key never changes/)
  })

  it('leaves what the file does not name, and with --prune retires it', async () => {
    await apply(CATALOG)
    const less = `version: 1
sellers: [{ account: '${SELLER}' }]
products: [{ code: ${PRODUCT}, dimensions: [{ name: requests }] }]
buyers: []
agreements: []
`
    assert.equal((await apply(less)).err, 'Nothing to change.\n')
    const { out, exitCode } = await apply(less, ['--prune', '--yes'])
    assert.equal(exitCode, 0)
    assert.match(out, /~ agreement agmt-one .*status: active → cancelled/)
    await withState(({ index }) => {
      const [buyer] = index.buyers.values()
      assert.equal(buyer?.retired, true)
      const [product] = index.products.values()
      assert.deepEqual(
        product?.dimensions.map(({ retired }) => retired),
        [false, true],
      )
      // The file has no section of keys.
      assert.equal(index.accessKeys.get(KEY)?.status, 'active')
    })
    assert.equal((await apply(less, ['--prune', '--yes'])).err, 'Nothing to change.\n')
  })

  it('prints differences as JSON lines', async () => {
    const { out } = await apply(CATALOG, ['--dry-run', '--json'])
    const [seller] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    assert.deepEqual(seller, {
      kind: 'seller',
      key: SELLER,
      change: 'added',
      members: [
        { name: 'name', after: 'A Seller' },
        { name: 'retired', after: '' },
      ],
    })
    assert.doesNotMatch(out, new RegExp(SECRET))
  })
})

describe('catalog export', () => {
  it('writes what apply takes: on the same ledger no change, on another the same catalog', async () => {
    await apply(CATALOG)
    const exported = await run('catalog export')
    assert.equal((await apply(exported.out)).err, 'Nothing to change.\n')
    const before = await withState(({ index }) => [...index.agreements.values()])
    data = path.join(root, `data-${++folderCount}`)
    assert.equal((await apply(exported.out.replace(/^accessKeys:[^]*/m, ''))).exitCode, 0)
    assert.deepEqual(await withState(({ index }) => [...index.agreements.values()]), before)
  })

  it('says what to do where there is no catalog', async () => {
    const { exitCode, err } = await run('catalog export')
    assert.equal(exitCode, 3)
    assert.match(err, /There is no catalog in .*catalog apply FILE/)
  })
})

describe('catalog log', () => {
  it('tells who changed what and when, without secrets', async () => {
    await apply(CATALOG)
    await run('agreements cancel agmt-one')
    const { out } = await run('catalog log')
    assert.match(
      out,
      /^VERSION +AT +WHO +WHAT\n1 .* user:\w+ +catalog apply .*1 product.*\n2 .*agreements cancel agmt-one\n$/,
    )
    const [, second = ''] = (await run('catalog log --json')).out.trim().split('\n')
    const { what } = JSON.parse(second) as { what: { id: string; status: string }[] }
    assert.deepEqual(
      what.map(({ id, status }) => [id, status]),
      [['agmt-one', 'cancelled']],
    )
    const [first] = (await run('catalog log --after 0 --count 1 --json')).out.trim().split('\n')
    assert.match(first ?? '', new RegExp(KEY))
    assert.doesNotMatch(first ?? '', /"secret"/)
  })
})

describe('keys', () => {
  it('creates, lists, disables and enables; the secret shows once', async () => {
    await apply(CATALOG)
    const created = await run(`keys create --account ${SELLER} --json`)
    const { accessKeyId, secretAccessKey } = JSON.parse(created.out) as Record<string, string>
    assert.equal((await run(`keys create --account ${SELLER}`)).exitCode, 1)
    const listed = await run('keys list --json')
    assert.ok(accessKeyId && listed.out.includes(accessKeyId))
    assert.ok(secretAccessKey && !listed.out.includes(secretAccessKey))
    assert.equal((await run(`keys disable ${accessKeyId}`)).exitCode, 0)
    assert.equal((await run(`keys create --account ${SELLER}`)).exitCode, 0)
    const third = await run(`keys enable ${accessKeyId}`)
    assert.equal(third.exitCode, 1)
    assert.match(third.err, /may have 2 active keys; disable/)
  })

  it('creates temporary keys with a session token, kept as a hash', async () => {
    await apply(CATALOG)
    const created = await run(`keys create --account ${SELLER} --ttl 1h --resource worker --json`)
    const { accessKeyId = '', sessionToken = '' } = JSON.parse(created.out) as Record<
      string,
      string
    >
    await withState(({ index }) => {
      const { temporary, account } = index.accessKeys.get(accessKeyId) ?? {}
      assert.equal(account, SELLER)
      assert.equal(temporary?.resource, 'worker')
      assert.ok(temporary.expiresMs > Date.now() && temporary.expiresMs <= Date.now() + 3_600_000)
      assert.notEqual(temporary.sessionTokenHash, sessionToken)
    })
    assert.equal((await run(`keys create --account ${SELLER} --ttl 37h`)).exitCode, 2)
    assert.equal((await run(`keys create --account ${SELLER} --resource worker`)).exitCode, 2)
  })

  it('makes no master key where the one that secrets need is missing', async () => {
    await apply(CATALOG)
    const file = path.join(data, 'master.key')
    rmSync(file)
    const { exitCode, err } = await run(`keys create --account ${SELLER}`)
    assert.equal(exitCode, 3)
    assert.match(err, /master\.key is missing.*Put it back/)
    assert.ok(!existsSync(file))
  })

  it('rotates the master key: every secret under the new one, none lost', async () => {
    await apply(CATALOG)
    const sealed = await withState(({ index }) => index.accessKeys.get(KEY)?.secret ?? '')
    assert.match((await run('keys rotate-master')).err, /Encrypted 1 secrets under master key/)
    const ring = masterKeysOf(data)
    assert.equal(ring.keys.length, 2)
    const anew = await withState(({ index }) => index.accessKeys.get(KEY)?.secret ?? '')
    assert.equal(masterKeyIdOf(anew), ring.current.id)
    assert.notEqual(masterKeyIdOf(sealed), ring.current.id)
    assert.deepEqual(openSecret(ring, KEY, anew), { ok: true, secret: SECRET })
    assert.match((await run('keys rotate-master --keep')).err, /Encrypted 0 secrets/)
  })
})

describe('agreements', () => {
  it('go from creation to suspension, resumption and cancellation, and no further', async () => {
    await apply(CATALOG)
    const args = `--product ${PRODUCT} --buyer 333344445555 --json`
    const created = await run(`agreements create ${args}`)
    const { id = '', licenseArn = '' } = JSON.parse(created.out) as Record<string, string>
    assert.match(licenseArn, /^arn:aws:license-manager::\d{12}:license:l-[0-9a-f]{32}$/)
    assert.equal((await run(`agreements suspend ${id}`)).exitCode, 0)
    assert.equal((await run(`agreements resume ${licenseArn}`)).exitCode, 0)
    assert.equal((await run(`agreements cancel ${id}`)).exitCode, 0)
    const resumed = await run(`agreements resume ${id}`)
    assert.equal(resumed.exitCode, 1)
    assert.match(resumed.err, /was cancelled and stays so/)
    const listed = await run('agreements list --buyer 333344445555 --json')
    const [shown] = listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    assert.equal(shown?.['status'], 'cancelled')
    assert.match(shown['end'] ?? '', /^\d{4}-.*Z$/)
  })

  it('names the option or the thing that is wrong, and says each sentence once', async () => {
    await apply(CATALOG)
    const overlapping = `agreements create --product ${PRODUCT} --buyer ${BUYER}`
    for (const [words, line] of [
      [
        'agreements create --product none --buyer 5',
        /^marketmeter: --buyer: expected an account.*$/m,
      ],
      [overlapping, /^marketmeter: it overlaps agmt-\w+ of the same buyer/],
      ['agreements cancel none', /^marketmeter: none: expected an agreement id/],
      ['keys create --account 5', /^marketmeter: --account: expected an account/],
      ['admin-tokens create --seller 5', /^marketmeter: --seller: expected an account/],
    ] as const) {
      const { exitCode, err } = await run(words)
      assert.equal(exitCode, 1, words)
      assert.match(err, line)
      const lines = err.trim().split('\n')
      assert.equal(new Set(lines).size, lines.length)
    }
  })

  it('are shown as JSON by each command that changes them, as keys and tokens are, without secrets', async () => {
    await apply(CATALOG)
    const token = JSON.parse((await run('admin-tokens create --json')).out) as { id: string }
    for (const [words, member, value] of [
      ['agreements suspend agmt-one', 'status', 'suspended'],
      ['agreements resume agmt-one', 'status', 'active'],
      [`keys disable ${KEY}`, 'status', 'disabled'],
      [`keys enable ${KEY}`, 'status', 'active'],
      ['keys rotate-master', 'encrypted', 1],
      [`admin-tokens revoke ${token.id}`, 'revoked', true],
    ] as const) {
      const { out } = await run(`${words} --json`)
      assert.equal((JSON.parse(out) as Record<string, unknown>)[member], value, words)
      assert.doesNotMatch(out, /"secret|"hash|mmk|aes/i)
    }
  })

  it('refuses words that could only find nothing, or make something useless', async () => {
    await apply(CATALOG)
    for (const [words, line] of [
      ['agreements list --status nonsense', /must be one of active, suspended, cancelled/],
      ['agreements list --buyer x', /--buyer.*Expected an account/],
      ['keys list --account x', /--account.*Expected an account/],
      ['refusals --code Nonsense', /--code.*such as DuplicateRecord/],
      ['refusals --seller x', /--seller.*Expected an account/],
      [`keys create --account ${SELLER} --operation Nonsense`, /must be one of BatchMeterUsage, /],
    ] as const) {
      const { exitCode, err, out } = await run(words)
      assert.deepEqual([exitCode, out], [2, ''], words)
      assert.match(err, line)
    }
    const catalog = CATALOG.replace("'env:SELLER_SECRET'", '$&, operations: [Nonsense]')
    const { exitCode, err } = await apply(catalog)
    assert.equal(exitCode, 1)
    assert.match(err, /operations\[0\]: expected one of BatchMeterUsage, .* got "Nonsense"/)
    const key = `keys create --account ${SELLER} --operation BatchMeterUsage --operation MeterUsage`
    assert.equal((await run(key)).exitCode, 0)
  })

  it('refuses an unknown one and an existing license with a sentence', async () => {
    await apply(CATALOG)
    assert.match((await run('agreements cancel agmt-none')).err, /there is no agreement agmt-none/)
    const again = `agreements create --product ${PRODUCT} --buyer ${BUYER} --license ${LICENSE}`
    assert.match((await run(again)).err, /already/)
  })
})

describe('registration tokens', () => {
  const create = `tokens create --product ${PRODUCT} --buyer ${BUYER}`

  it('are printed alone, or with what they say', async () => {
    await apply(CATALOG)
    const plain = await run(create)
    assert.deepEqual([plain.exitCode, plain.err], [0, ''])
    const registration = openRegistration(masterKeysOf(data), plain.out.trim())
    assert.equal(registration?.buyer, BUYER)
    const { token, issued, ...facts } = JSON.parse((await run(`${create} --json`)).out) as Record<
      string,
      string
    >
    assert.ok(openRegistration(masterKeysOf(data), token ?? ''))
    assert.match(issued ?? '', /Z$/)
    const parties = { seller: SELLER, product: PRODUCT, buyer: BUYER }
    const names = { licenseArn: LICENSE, customerIdentifier: 'CUSTOMER', agreement: 'agmt-one' }
    assert.deepEqual(facts, { ...parties, ...names })
  })

  it('give a buyer of a legacy product a customer identifier, once, and of a new one none', async () => {
    await apply(CATALOG.replace(/customerIdentifiers:\n.*\n/, 'name: A Buyer\n'))
    const named = async () =>
      (JSON.parse((await run(`${create} --json`)).out) as Record<string, string>)[
        'customerIdentifier'
      ]
    const first = await named()
    assert.match(first ?? '', /^[A-Z0-9]{11}$/)
    assert.equal(await named(), first)
    await run(`products set-fulfilment ${PRODUCT} --integration new`)
    assert.equal(await named(), undefined)
  })

  it('are for who has an agreement that is not over', async () => {
    await apply(CATALOG)
    for (const [words, sentence] of [
      ['tokens create', /required option '--product <CODE>'/],
      [`tokens create --product none --buyer ${BUYER}`, /^marketmeter: there is no product none/],
      [
        `tokens create --product ${PRODUCT} --buyer 5`,
        /^marketmeter: buyer 5 has no agreement for/,
      ],
      [`${create} --agreement agmt-two`, /has no agreement agmt-two for product/],
    ] as const) {
      const { exitCode, out, err } = await run(words)
      assert.notEqual(exitCode, 0)
      assert.deepEqual(out, '')
      assert.match(err, sentence)
    }
  })
})

describe('how buyers arrive', () => {
  const set = `products set-fulfilment ${PRODUCT}`
  const facts = async () => {
    const product = (await withState(({ index }) => [...index.products.values()]))[0]
    return [product?.integration, product?.fulfilmentUrl, product?.redirectOrigins]
  }

  it('is set, kept, taken away, and said by the file', async () => {
    await apply(CATALOG)
    const url = '--fulfilment-url https://a.example/register'
    await run(
      `${set} ${url} --redirect-origin https://b.example --redirect-origin https://c.example`,
    )
    await run(`${set} --integration new`)
    const all = ['new', 'https://a.example/register', ['https://b.example', 'https://c.example']]
    assert.deepEqual(await facts(), all)
    const { out } = await run('catalog export')
    assert.match(out, /integration: new\n +fulfilmentUrl: https:\/\/a\.example\/register/)
    assert.equal((await apply(out.replace(/^accessKeys:[^]*/m, ''))).err, 'Nothing to change.\n')
    await run(`${set} --fulfilment-url none`)
    assert.deepEqual(await facts(), ['new', undefined, undefined])
  })

  it('is refused in the words of the command line', async () => {
    await apply(CATALOG)
    for (const [words, sentence] of [
      [
        `${set} --fulfilment-url http://a.example`,
        /^marketmeter: --fulfilment-url: expected a fulfil/,
      ],
      [
        `${set} --redirect-origin https://b.example`,
        /^marketmeter: --redirect-origin: redirect orig/,
      ],
      [`${set} --integration old`, /legacy, new/],
    ] as const) {
      assert.match((await run(words)).err, sentence)
    }
  })
})

describe('tokens for the admin API', () => {
  it('are shown once, found by their hash, and gone when revoked', async () => {
    await apply(CATALOG)
    const created = await run(`admin-tokens create --seller ${SELLER} --read-only --json`)
    const { id = '', token = '' } = JSON.parse(created.out) as Record<string, string>
    assert.doesNotMatch((await run('admin-tokens list --json')).out, new RegExp(token))
    const find = () => withState(({ index }) => findAdminToken(index, token, Date.now()))
    const { seller, readOnly } = (await find()) ?? {}
    assert.deepEqual({ seller, readOnly }, { seller: SELLER, readOnly: true })
    assert.equal((await run(`admin-tokens revoke ${id}`)).exitCode, 0)
    assert.equal(await find(), undefined)
  })
})

describe('lists', () => {
  it('show people tables and scripts objects', async () => {
    await apply(CATALOG)
    assert.match(
      (await run('sellers list')).out,
      /^SELLER +NAME +STATE\n111122223333 +A Seller +in use\n$/,
    )
    assert.match((await run('buyers list')).out, /222233334444 .*CUSTOMER@111122223333/)
    assert.match((await run('products list --json')).out, /"dimensions":\[\{"name":"requests"/)
    assert.match((await run('catalog show')).out, /Agreements: 1 active, 0 suspended, 0 cancelled/)
    assert.match((await run('admin-tokens list')).out, /^TOKEN/)
  })
})

interface Ran {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

async function run(line: string, streams: Streams = {}): Promise<Ran> {
  const words = line.split(' ').filter((word) => word !== '')
  return runWords([...words, '--data', data], streams)
}

interface Streams {
  readonly interactive?: boolean
  readonly input?: string
}

async function runWords(words: readonly string[], streams: Streams): Promise<Ran> {
  const [out, err, input] = [new PassThrough(), new PassThrough(), new PassThrough()]
  if (streams.input !== undefined) input.write(streams.input)
  const env = { SELLER_SECRET: SECRET, SHORT: 'short' }
  const { interactive = false } = streams
  const program = { name: 'marketmeter', about: '', version: '0', commands: COMMANDS }
  const exitCode = await runProgram(program, words, { out, err, in: input, interactive, env })
  out.end()
  err.end()
  return { exitCode, out: await text(out), err: await text(err) }
}

async function apply(
  catalog: string,
  options: readonly string[] = ['--yes'],
  streams: Streams = {},
): Promise<Ran & { readonly name: string }> {
  const name = path.join(root, 'catalog.yaml')
  writeFileSync(name, catalog)
  const words = ['catalog', 'apply', name, ...options, '--data', data]
  return { ...(await runWords(words, streams)), name }
}

async function withState<Result>(use: (state: ControlState) => Result): Promise<Result> {
  const store = new SqliteControlStore(path.join(data, 'control.db'))
  try {
    return use(await ControlState.open(store))
  } finally {
    await store.close()
  }
}
