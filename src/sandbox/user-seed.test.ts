/** Seeds of the user's own: as a file, with every mistake told at once, and in code. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { PROFILE_CHANGES } from '../server/profile-file.ts'
import { createSandbox, type SandboxOptions, type Seed, SeedRefused } from './index.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'seed-'))
after(() => {
  rmSync(folder, { recursive: true })
})

function fileOf(text: string, ending = 'yaml'): string {
  const file = path.join(folder, `seed.${ending}`)
  writeFileSync(file, text)
  return file
}

const CATALOG = `version: 1
sellers: [{ account: '111122223333' }]
products:
  - { code: api, seller: '111122223333', dimensions: [{ name: requests }] }
  - { code: agent, seller: '111122223333', meteredBy: MeterUsage, dimensions: [{ name: hosts }] }
buyers: [{ account: '222233334444' }]
agreements:
  - { id: agmt-one, product: api, buyer: '222233334444', start: now-2d, end: now-1h }
  - { id: agmt-two, product: agent, buyer: '222233334444', start: now-2d }
accessKeys: [{ id: AKIA000000000001, account: '111122223333', secret: a-secret-of-a-test }]
`

async function planted(text: string, options: SandboxOptions = {}) {
  await using sandbox = await createSandbox({ seed: fileOf(text), ...options })
  return { sandbox, records: await sandbox.records(), now: sandbox.clock.now() }
}

async function problemsOf(text: string): Promise<readonly string[]> {
  const file = fileOf(text)
  try {
    const sandbox = await createSandbox({ seed: file })
    await sandbox.close()
    return []
  } catch (error) {
    assert.ok(error instanceof SeedRefused, String(error))
    return error.message.replaceAll(file, 'F').split('\n').sort()
  }
}

describe('a seed of one’s own', () => {
  it('is a catalog file, and says where the clock stands, the profile and the Regions', async () => {
    const settings = `now: 2026-08-23T12:00:00Z
profile: { extends: aws-2026, lastHourMs: 0 }
regions: [eu-west-1, us-east-1]
`
    const { sandbox, now } = await planted(CATALOG + settings)
    assert.equal(now, Date.parse('2026-08-23T12:00:00Z'))
    assert.equal(sandbox.clientConfig.region, 'eu-west-1')
    const [one] = sandbox.agreements
    assert.deepEqual(
      [one?.start, one?.end],
      ['2026-08-21T12:00:00.000Z', '2026-08-23T11:00:00.000Z'],
    )
  })

  it('is told by options where they say something else', async () => {
    const text = `${CATALOG}now: 2026-08-23T12:00:00Z
profile: aws-2026
regions: [eu-west-1]
usage: [{ agreement: agmt-one, dimension: requests, quantity: 1, timestamp: now-5h }]
`
    const { sandbox, now, records } = await planted(text, {
      now: '2026-09-01T00:00:00Z',
      profile: 'aws-2025',
      regions: ['us-west-2'],
    })
    assert.deepEqual(
      records.map(({ call, region }) => [call.profile, region]),
      [['aws-2025', 'us-west-2']],
    )
    assert.equal(now, Date.parse('2026-09-01T00:00:00Z'))
    assert.equal(sandbox.clientConfig.region, 'us-west-2')
  })

  it('has usage that is held before anybody sent any', async () => {
    const usage = `now: 2026-08-23T12:34:56Z
usage:
  - { agreement: agmt-one, dimension: requests, quantity: 7, timestamp: now-20h }
  - { agreement: agmt-two, dimension: hosts, quantity: 0, timestamp: now-30m, resource: task-1 }
`
    const { records } = await planted(CATALOG + usage)
    assert.deepEqual(
      records.map(({ billingLine, quantity, timestamp, resource, call }) => {
        return [billingLine, quantity, timestamp, resource, call.operation]
      }),
      [
        ['api#222233334444', 7, '2026-08-22T16:34:56.000Z', undefined, 'BatchMeterUsage'],
        ['agent#222233334444', 0, '2026-08-23T12:00:00.000Z', 'task-1', 'MeterUsage'],
      ],
    )
  })

  it('keeps what was made for it through a reset', async () => {
    const text = `${CATALOG}publicKeys: [{ product: agent }]\n`
    await using sandbox = await createSandbox({ seed: fileOf(text) })
    const before = [sandbox.publicKeys[0]?.publicKey, sandbox.agreements[0]?.licenseArn]
    await sandbox.reset()
    assert.deepEqual([sandbox.publicKeys[0]?.publicKey, sandbox.agreements[0]?.licenseArn], before)
    assert.match(before[0] ?? '', /BEGIN PUBLIC KEY/)
  })

  it('may be JSON, and may stand in code', async () => {
    const seed: Seed = { version: 1, sellers: [{ account: '111122223333' }] }
    await using fromFile = await createSandbox({ seed: fileOf(JSON.stringify(seed), 'json') })
    await using fromCode = await createSandbox({ seed })
    assert.deepEqual([fromFile.products, fromCode.products], [[], []])
  })
})

const MANY = `version: 1
now: noon
clock: stopped
profile: { extends: aws-2026, ageMax: 1 }
regions: [Paris]
sellers:
  - { account: '111122223333' }
  - { account: 12 }
products:
  - { code: api, seller: '111122223333', dimensions: [{ name: requests }] }
  - { code: lost, seller: '111122223333', dimensions: requests }
buyers:
  - { account: '22223333444' }
  - { account: '222233335555' }
agreements:
  - { id: agmt-oflost, product: lost, buyer: '222233335555', start: now-2d }
  - { id: agmt-ofnone, product: none, buyer: '222233335555', start: now-2d }
  - { id: agmt-ofnobody, product: api, buyer: '22223333444', start: now-2d }
  - { id: agmt-good, product: api, buyer: '222233335555', start: now-2d }
  - { id: agmt-when, product: api, buyer: '222233335555', start: yesterday }
accessKeys:
  - { id: AKIA000000000001, account: '111122223333', secret: short }
temporaryKeys:
  - { id: ASIA000000000001, account: '111122223333', secret: a-secret-of-a-test, sessionToken: t, expires: soon }
publicKeys:
  - { product: api, privateKey: none }
usage:
  - { agreement: agmt-oflost, dimension: requests, quantity: 1, timestamp: now-5h }
  - { agreement: agmt-good, dimension: users, quantity: 1, timestamp: now-5h }
  - { agreement: agmt-good, dimension: requests, quantity: -1, timestamp: now-5h }
  - { agreement: agmt-good, dimension: requests, quantity: 1, timestamp: noon }
  - { agreement: agmt-good, dimension: requests, quantity: 1, timestamp: now-3d }
  - { agreement: agmt-gone, dimension: requests, quantity: 1, timestamp: now-5h }
surprise: 5
`

const INSTANT =
  'expected an instant such as 2026-12-01T00:00Z, with its zone, or now, now-30d, now+1h'

const MEMBERS =
  'version, sellers, products, buyers, agreements, accessKeys, description, now, clock, profile, regions, temporaryKeys, publicKeys, usage, $schema'

const MANY_LINES: readonly string[] = [
  `F:2:6: now: ${INSTANT}, got "noon"`,
  'F:3:8: clock: expected frozen or running, got "stopped"',
  `F:4:39: profile.ageMax: there is no such member; there are ${Object.keys(PROFILE_CHANGES.properties).join(', ')}, got 1`,
  'F:5:11: regions[0]: expected a Region such as us-east-1, got "Paris"',
  'F:8:16: sellers[1].account: expected text, got 12; put it in quotes',
  'F:11:55: products[1].dimensions: expected a list, got "requests"',
  'F:13:16: buyers[0].account: expected an account: twelve digits, in quotes where zeros lead, got "22223333444"',
  'F:17:33: agreements[1].product: there is no product none; add it first, or in the same change',
  `F:20:66: agreements[4].start: ${INSTANT}, got "yesterday"`,
  'F:22:62: accessKeys[0].secret: a secret has 16 to 128 visible ASCII characters, and nothing around them',
  `F:24:108: temporaryKeys[0].expires: ${INSTANT}, got "soon"`,
  'F:26:33: publicKeys[0].privateKey: expected an RSA private key in PEM',
  'F:29:40: usage[1].dimension: product api has no dimension users',
  'F:30:60: usage[2].quantity: must be >= 0, got -1',
  `F:31:74: usage[3].timestamp: ${INSTANT}, got "noon"`,
  'F:32:74: usage[4].timestamp: agreement agmt-good does not cover now-3d',
  'F:33:18: usage[5].agreement: there is no agreement agmt-gone',
  `F:34:11: surprise: there is no such member; there are ${MEMBERS}, got 5`,
]

async function linesOf(text: string): Promise<readonly string[]> {
  const file = fileOf(text)
  const error = await createSandbox({ seed: file }).catch((failed: unknown) => failed)
  assert.ok(error instanceof SeedRefused)
  return error.message.replaceAll(file, 'F').split('\n')
}

// Read each row as: a seed that ends so is refused with these lines.
const MISTAKES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'of its form, all at once',
    'usage: [{ agreement: agmt-one, dimension: requests, quantity: -1 }]\nclock: stopped\nprofil: aws-2026\n',
    [
      'F:11:9: usage[0]: needs timestamp',
      'F:11:63: usage[0].quantity: must be >= 0, got -1',
      'F:12:8: clock: expected frozen or running, got "stopped"',
      'F:13:9: profil: there is no such member; there are version, sellers, products, buyers, agreements, accessKeys, description, now, clock, profile, regions, temporaryKeys, publicKeys, usage',
    ],
  ],
  [
    'of the profile that it changes',
    'profile: { extends: aws-2026, ageMax: 1 }\n',
    ['F:11:39: profile.ageMax: there is no such member'],
  ],
  [
    'of what it says beside its catalog, all at once',
    'now: noon\nregions: [us-east-1, Paris]\nprofile: ./aws.yaml\n',
    [
      'F:11:6: now: expected an instant such as 2026-12-01T00:00Z, with its zone, or now, now-30d, now+1h, got "noon"',
      'F:12:22: regions[1]: expected a Region such as us-east-1, got "Paris"',
      'F:13:10: profile: there is no profile "./aws.yaml". There are: aws-2025, aws-2026',
    ],
  ],
  [
    'of its keys',
    "temporaryKeys: [{ id: AKIA000000000002, account: '999999999999', secret: a-secret-of-a-test, sessionToken: t }]\npublicKeys: [{ product: api, privateKey: none }]\n",
    [
      'F:11:23: temporaryKeys[0].id: expected a temporary access key id: ASIA and 12 to 124 upper-case letters or digits, got "AKIA000000000002"',
      'F:12:42: publicKeys[0].privateKey: expected an RSA private key in PEM',
    ],
  ],
  [
    'a secret that stands elsewhere',
    "temporaryKeys: [{ id: ASIA000000000002, account: '111122223333', secret: env:SECRET, sessionToken: t }]\n",
    ['F:11:74: temporaryKeys[0].secret: a seed holds the secrets of its test keys themselves'],
  ],
  [
    'usage that its agreement does not cover',
    'usage: [{ agreement: agmt-one, dimension: requests, quantity: 1, timestamp: now-1m }]\n',
    ['F:11:77: usage[0].timestamp: agreement agmt-one does not cover now-1m'],
  ],
  [
    'usage of no resource',
    'usage: [{ agreement: agmt-two, dimension: hosts, quantity: 1, timestamp: now-1m }]\n',
    ['F:11:9: usage[0].resource: needed where a product is metered by resource, and only there'],
  ],
  [
    'usage of one hour twice',
    'usage:\n  - &a { agreement: agmt-one, dimension: requests, quantity: 1, timestamp: now-5h }\n  - *a\n',
    ['F:13:5: usage[1]: the seed has usage of this agreement, dimension and hour already'],
  ],
]

describe('a mistake in a seed', () => {
  for (const [name, text, expected] of MISTAKES) {
    it(`is told with its place, the rule and the value: ${name}`, async () => {
      const problems = await problemsOf(CATALOG + text)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const [index, line] of [...expected].sort().entries()) {
        assert.ok(problems[index]?.startsWith(line), problems[index])
      }
    })
  }

  it('is told with all others, of whatever kind they are, and without what follows from them', async () => {
    assert.deepEqual(await linesOf(MANY), MANY_LINES)
    const value = parse(MANY) as Seed
    const inCode = await createSandbox({ seed: value }).catch((error: unknown) => error)
    assert.ok(inCode instanceof SeedRefused)
    assert.deepEqual(
      inCode.message.split('\n'),
      MANY_LINES.map((line) => line.replace(/^F:\d+:\d+: /, '')),
    )
  })

  it('hides no other behind a section that is lost', async () => {
    const text = CATALOG.replace('products:', 'product:').replace('version: 1', 'version: 2')
    assert.deepEqual(
      (await linesOf(`${text}now: noon\n`)).map((line) => line.replace(/;.*/, '')),
      [
        'F:1:10: version: expected 1, got 2',
        'F:4:3: product: there is no such member',
        'F:11:6: now: expected an instant such as 2026-12-01T00:00Z, with its zone, or now, now-30d, now+1h, got "noon"',
      ],
    )
  })

  it('is told of the rules of catalogs too', async () => {
    const wrong = CATALOG.replace('product: api, buyer', 'product: none, buyer')
    assert.deepEqual(await problemsOf(wrong), [
      'F:8:30: agreements[0].product: there is no product none; add it first, or in the same change',
    ])
  })

  it('is told of a file that cannot be read', async () => {
    await assert.rejects(createSandbox({ seed: path.join(folder, 'none.yaml') }), {
      name: 'SeedRefused',
      message: /^the seed .*none\.yaml cannot be read: ENOENT: no such file or directory$/,
    })
  })

  it('is told of members that JavaScript has names for', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const seed = JSON.parse(`{ "version": 1, "${name}": { "x": 1 } }`) as Seed
      await assert.rejects(createSandbox({ seed }), {
        name: 'SeedRefused',
        message: new RegExp(`^${name}: there is no such member; there are version, `),
      })
    }
  })

  it('is told of what is no seed at all', async () => {
    for (const none of [null, 7]) {
      await assert.rejects(createSandbox({ seed: none as unknown as Seed }), {
        name: 'SandboxRefused',
        message: new RegExp(`^There is no seed ${none}\\. There are: saas-subscription, `),
      })
    }
  })

  it('is told of a seed in code by its path', async () => {
    const seed = { version: 1, sellers: [{ account: 1 }] } as unknown as Seed
    await assert.rejects(createSandbox({ seed }), {
      message: 'sellers[0].account: expected text, got 1; put it in quotes',
    })
  })
})
