/** Seeds of the user's own: as a file, with every mistake told at once, and in code. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
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
    const { sandbox, now } = await planted(`${CATALOG}now: 2026-08-23T12:00:00Z\n`, {
      now: '2026-09-01T00:00:00Z',
      regions: ['us-west-2'],
    })
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
