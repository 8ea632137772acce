/**
 * The text of docs/sandbox/seeds.md: what each seed has is made from the seeds themselves.
 *
 * Checked by  seeds-page.test.ts, which compares the file with this, and plants the seed that the page shows. `npm run docs` writes it.
 */
import { keysOf, type SandboxKey } from '../src/sandbox/facts.ts'
import { prepared, type Seed } from '../src/sandbox/seed.ts'
import { SEED_NAMES, SEEDS, type SeedName } from '../src/sandbox/seeds/index.ts'

/** What to ask of a seed, and what to expect. */
const ANSWERS: Readonly<Record<SeedName, string>> = {
  'saas-subscription': `The active buyer's usage is \`Success\`; that of the suspended one, and of the one who left, \`CustomerNotSubscribed\`.`,
  'saas-contract': `\`GetEntitlements\` answers what each contract entitles to, and nothing of the one that ran out. \`api_calls\` is what goes
beyond the contract, metered by \`BatchMeterUsage\`.`,
  'concurrent-agreements': `Goes by \`aws-2026\` unless you choose a profile. Each record names \`CustomerAWSAccountId\` and \`LicenseArn\`, and the batch no
\`ProductCode\`; a record without a license is refused with \`InvalidLicenseException\`. The same hour of the two licenses of one
buyer is two records. \`sandbox.buyers\` has the licenses.`,
  'legacy-customer-identifiers': `Both names of the buyer of two names are one buyer, so the same hour under each is one record. The buyer without an
agreement is \`CustomerNotSubscribed\`; another seller's identifier, or one that nobody has, is \`InvalidCustomerIdentifierException\`.`,
  'ami-container-metering': `\`MeterUsage\` and \`RegisterUsage\` are signed by buyers, so the first key is a buyer's. It meters the first product as it is. The second
product is metered by resource: take \`sandbox.clientConfigFor('222233334444', 'task-1')\`; a key without a resource gets
\`AccessDeniedException\`. \`RegisterUsage\` takes \`PublicKeyVersion: 1\`, and \`sandbox.publicKeys\` has the key that proves its
\`Signature\`, the same everywhere. The buyer without an agreement gets \`CustomerNotEntitledException\`.`,
  'last-hour': `Usage from before the end is taken for an hour after it: of the buyer who was cancelled half an hour ago it is \`Success\` until
the clock has moved on by 30 minutes, of the one of two hours ago it is \`CustomerNotSubscribed\`. The third is active, and ends while a
test runs: \`sandbox.clock.advance({ minutes: 31 })\`.`,
  'large-catalog': `200 products \`2b9lsandboxlargepr0duct001\` to \`…200\` with the dimensions \`requests\` and \`users\`; 500 buyers \`222255550001\` to
\`222255550500\` with the customer identifiers \`X40SANDBOX0001\` and so on; 2,000 agreements. Buyer n has the four products from
4n-3 on, beginning anew after 200, so each product has ten buyers.`,
}

const INTRODUCTION = `<!-- Made by \`npm run docs\` from src/sandbox/seeds and scripts/seeds-page.ts. -->

# Seeds

What a sandbox begins with: sellers, products, buyers, agreements and keys. Every name, key and license here is the same in every
process and after every reset, so a test may write them down. Times are relative to the sandbox's now.

\`\`\`ts
const sandbox = await createSandbox({ seed: 'last-hour', now: '2026-11-23T12:00:00Z' })
\`\`\`

    $ marketmeter sandbox --seed last-hour --now 2026-11-23T12:00:00Z

`

export const EXAMPLE = `# yaml-language-server: $schema=docs/sandbox/seed.schema.json
version: 1
now: 2026-11-23T12:00:00Z # where the clock stands; leave it out for the machine's, running
profile: { extends: aws-2026, lastHourMs: 7200000 }
regions: [us-east-1, eu-west-1] # clients are given the first
sellers:
  - account: '111122223333'
products:
  - code: our-api
    seller: '111122223333'
    dimensions: [{ name: requests }]
  - code: our-agent
    seller: '111122223333'
    meteredBy: MeterUsage
    dimensions: [{ name: hosts }]
buyers:
  - account: '222233334444'
    customerIdentifiers: [{ seller: '111122223333', identifier: OURCUSTOMER }]
agreements:
  - { id: agmt-api, product: our-api, buyer: '222233334444', start: now-30d, end: now-10m }
  - { id: agmt-agent, product: our-agent, buyer: '222233334444', start: now-30d }
accessKeys:
  - { id: AKIAOURSELLERSKEY001, account: '111122223333', secret: a-secret-of-our-tests }
temporaryKeys: # as roles of tasks have them; MeterUsage keeps hours apart by resource
  - id: ASIAOURBUYERSTASK001
    account: '222233334444'
    secret: a-secret-of-our-tests
    sessionToken: a-token-of-our-tests
    resource: task-1
publicKeys: # for RegisterUsage; one is made where you give none
  - product: our-agent
usage: # held before anybody sent any
  - { agreement: agmt-api, dimension: requests, quantity: 7, timestamp: now-2h }
`

const OWN = `## One of your own

A [catalog file](../catalog.md) and what a sandbox needs beside it, in YAML or JSON; or the same as an object of the type \`Seed\`.
What has a slash or ends in \`.yaml\`, \`.yml\` or \`.json\` is a path: \`createSandbox({ seed: './seed.yaml' })\`,
\`marketmeter sandbox --seed ./seed.yaml\`. Options take the place of what the seed says of clock, profile and Regions.
Editors know the members by [seed.schema.json](seed.schema.json).

\`\`\`yaml
${EXAMPLE}\`\`\`

Agreements without a license get one that is made of the id. Secrets stand in the seed itself, for they are secrets of nothing. Temporary
keys never expire unless \`expires\` says when; that is judged by the clock that is nearest to the signature, and SDKs sign by the
machine's.

Everything that is wrong is told at once, with file, line, column, member, rule and value:

    seed.yaml:11:9: usage[0]: needs timestamp
    seed.yaml:11:63: usage[0].quantity: must be >= 0, got -1
    seed.yaml:12:8: clock: expected frozen or running, got "stopped"

What the rules of catalogs forbid is told when the form is right: an agreement of a product that is not there, or one that overlaps
another.

## Whose signature counts

Signatures are verified in full, and the keys above are the ones that there are. With \`anyCredentials: true\`
(\`marketmeter sandbox --any-credentials\`) whatever an SDK signs with is taken: the form is read, the Region too, but
signature, session token and age are not compared. A key of the seed acts as its account. Another one acts as the first
seller; for \`MeterUsage\` and \`RegisterUsage\` as the first buyer of a product that is metered so, on a resource of the key's name.
\`serve\` has no such switch.

\`sandbox.credentials()\` lists the keys with account and role, \`sandbox.clientConfigFor(account, resource)\` is what a client is made with.

## In the middle of a test

\`\`\`ts
await sandbox.apply({ agreements: [{ id: 'agmt-sandboxactive', status: 'suspended' }] }) // part of a seed; all else stays
await sandbox.cancelAgreement(sandbox.buyers[0])
const { token } = await sandbox.tokens.create({ product, buyer }) // for ResolveCustomer
\`\`\`

Afterwards:

| function | what it tells |
|---|---|
| \`records({ buyer, product, dimension, hour, from, to, quantity, license })\` | the records held. A buyer is an account, also as one of \`buyers\`, and means all of its agreements: \`license\` means one |
| \`zeroQuantityRecords(…)\` | those of quantity zero |
| \`refusals({ code, buyer, product, dimension, from, to })\` | usage that was refused and why, equal ones counted: the newest 100,000 of a seller, and 1,000 of each buyer that signs. Calls that a fault struck are in \`faults.fired()\` |
| \`duplicates({ buyer, product, dimension })\` | records that came again: \`repeats\` with the same quantity, \`conflicts\` with others, the first 100 of them, and \`conflictCount\`, how many came. Of 10,000 records, the first that came again |
| \`hoursWithoutRecord({ from, to, buyer, product, dimension })\` | hours that an agreement covers and nothing was sent for, zero included: of every dimension but those that a contract entitles to, which is bought beforehand; name one and it is looked at, too |
| \`calls({ operation, account })\` | calls by operation, by who signed and by error |

Of a batch that is refused whole \`refusals\` has the one record that was to blame, not those beside it; of a \`ValidationException\` none, so neither
\`buyer\` nor \`dimension\` finds it: ask by \`code\`, or look at \`exchanges()\`.

A call is counted as the service answered it, also where a fault kept the answer from the client.
`

export async function seedsPage(): Promise<string> {
  const sections: string[] = []
  for (const name of SEED_NAMES) sections.push(sectionOf(name, await prepared(SEEDS[name])))
  return `${INTRODUCTION}${overview()}\n${keySection()}\n${sections.join('\n')}\n${OWN}`
}

function overview(): string {
  const rows = SEED_NAMES.map((name) => [`[\`${name}\`](#${name})`, SEEDS[name].description])
  return table(['seed', 'what it has'], rows)
}

function keySection(): string {
  const seedsOf = new Map<string, { key: SandboxKey; names: SeedName[] }>()
  for (const name of SEED_NAMES) {
    for (const key of keysOf(SEEDS[name])) {
      const one = seedsOf.get(key.accessKeyId) ?? { key, names: [] }
      one.names.push(name)
      seedsOf.set(key.accessKeyId, one)
    }
  }
  const rows = [...seedsOf.values()].map(({ key, names }) => [
    `\`${key.accessKeyId}\``,
    `\`${key.secretAccessKey}\``,
    key.sessionToken === undefined ? '' : `\`${key.sessionToken}\``,
    `${key.role} ${key.account}`,
    names.length === SEED_NAMES.length ? 'all' : names.join(', '),
  ])
  const header = ['access key id', 'secret access key', 'session token', 'of', 'seeds']
  return `## Keys

Fixed and public; they open nothing but sandboxes. \`clientConfig\` has the first key of the seed.

${table(header, rows)}`
}

function sectionOf(name: SeedName, seed: Seed): string {
  const parts = [`## ${name}`, `${seed.description ?? ''}.`]
  if (name !== 'large-catalog') parts.push(productTable(seed), agreementTable(seed))
  parts.push(ANSWERS[name])
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`
}

function productTable({ products = [] }: Seed): string {
  const rows = products.map(({ code, name, meteredBy = 'BatchMeterUsage', dimensions = [] }) => [
    `\`${code}\``,
    name,
    `\`${meteredBy}\``,
    dimensions.map((one) => `\`${one.name}\``).join(', '),
  ])
  return table(['product', 'name', 'metered by', 'dimensions'], rows)
}

/** A row for each agreement, and for each buyer without one. */
function agreementTable({ buyers = [], agreements = [] }: Seed): string {
  const rows = buyers.flatMap(({ account, name, customerIdentifiers = [] }) => {
    const who = [
      account,
      name,
      customerIdentifiers.map(({ identifier }) => `\`${identifier}\``).join(', '),
    ]
    const own = agreements.filter(({ buyer }) => buyer === account)
    if (own.length === 0) return [[...who, 'none', '', '']]
    return own.map(({ id, product, start, end, status = 'active' }) => {
      const span = end === undefined ? `from ${start ?? ''}` : `${start ?? ''} to ${end}`
      return [...who, `\`${id ?? ''}\``, `\`${product ?? ''}\``, `${status}, ${span}`]
    })
  })
  return table(['buyer', 'name', 'customer identifiers', 'agreement', 'of product', 'state'], rows)
}

function table(
  header: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
): string {
  const line = (cells: readonly (string | undefined)[]) =>
    `|${cells.map((cell = '') => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|\n`
  const rule = `|${header.map(() => '---').join('|')}|\n`
  return `${line(header)}${rule}${rows.map(line).join('')}`
}
