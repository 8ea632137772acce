/** Commands on a ledger on PostgreSQL, as processes against a real server: what goes wrong, in a sentence. */
import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { Client } from 'pg'
import { emptyLedger, server, skip } from '../store/postgres/server.spec.ts'
import { runToEnd, type Surroundings } from './program.spec.ts'

const PASSWORD = 'opensesame'
const KEYS = { MARKETMETER_MASTER_KEYS: Buffer.alloc(32, 7).toString('base64') }
/** As if the optional package were not there, or were there in part. */
const [NO_DRIVER, BROKEN_DRIVER] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].map(
  (code) =>
    `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(name, context, next) {
      if (name === 'pg') throw Object.assign(new Error('not there'), { code: '${code}' })
      return next(name, context)
    },
  })
`)}`,
) as [string, string]

interface Row {
  readonly what: string
  /** A URL without a password; the test puts one in. */
  readonly url: () => Promise<string> | string
  readonly sentence: RegExp
  /** 3, if not said. */
  readonly exits?: number
  /** Where `migrate` differs. */
  readonly migrate?: { readonly sentence: RegExp; readonly exits: number } | 'works'
  /** Commands that it is not about. */
  readonly not?: readonly string[]
  readonly surroundings?: Surroundings
}

const strangers: Server[] = []
after(() => {
  for (const stranger of strangers) stranger.close()
})

const ROWS: readonly Row[] = [
  {
    what: 'a URL that names no database',
    url: () => 'postgres://role@127.0.0.1',
    sentence: /^--ledger: The ledger’s URL is not one of PostgreSQL: write postgres:/,
    exits: 2,
  },
  {
    what: 'a misspelt parameter',
    url: () => 'postgres://role@127.0.0.1/usage?ssl_mode=require',
    sentence: /^--ledger: The ledger’s URL has the parameter ssl_mode, which nothing knows/,
    exits: 2,
  },
  {
    what: 'a host where nothing answers',
    url: () => 'postgres://role@127.0.0.1:1/usage',
    sentence: /^No PostgreSQL answers at 127\.0\.0\.1:1\/usage \(ECONNREFUSED\)\. Check/,
  },
  {
    what: 'a host that there is not',
    url: () => 'postgres://role@nowhere.invalid/usage',
    sentence: /^No PostgreSQL answers at nowhere\.invalid:5432\/usage \((ENOTFOUND|EAI_AGAIN)\)/,
  },
  {
    what: 'a port that takes connections and says nothing',
    url: () => strangerSaying(''),
    sentence: /^No PostgreSQL answers at 127\.0\.0\.1:\d+\/usage \(.*time.*\)\. Check/i,
    surroundings: { env: { MARKETMETER_POSTGRES_CONNECT_MS: '300' } },
  },
  {
    what: 'a port where something else answers',
    url: () => strangerSaying('HTTP/1.1 400 Bad Request\r\n\r\n'),
    sentence: /^No PostgreSQL answers at 127\.0\.0\.1:\d+\/usage \(.*\)\. Check that it runs/,
  },
  {
    what: 'a database that there is not',
    url: () => server().urlOf('nowhere'),
    sentence: /\/nowhere does not exist\. Create it, or mend the URL\.$/,
  },
  {
    what: 'a role that there is not',
    url: async () => withUser(await emptyLedger(), 'nobody_at_all'),
    sentence: /refuses the role \(.*"nobody_at_all".*\)\. Check role, password and pg_hba\.conf\.$/,
  },
  {
    what: 'a database without a ledger',
    url: async () => server().urlOf(await server().createDatabase()),
    sentence: /holds no ledger yet\. Bring it to \d+: marketmeter migrate\.$/,
    migrate: 'works',
  },
  {
    what: 'an older schema',
    not: ['migrate'],
    url: () => withSchema('delete from marketmeter.schema_version where version > 1'),
    sentence: /has the older schema 1\. Bring it to \d+: marketmeter migrate\.$/,
  },
  {
    what: 'a newer schema',
    url: () => withSchema('insert into marketmeter.schema_version (version) values (99)'),
    sentence: /has schema 99, and this Marketmeter knows \d+ and older\. Use the Marketmeter that/,
    migrate: { sentence: /has schema 99, and this Marketmeter knows/, exits: 1 },
  },
  {
    what: 'a role without rights',
    url: () => asStranger(),
    sentence: /^The role has no rights for this at .* Let the owner of the ledger run migrate and/,
  },
  {
    what: 'a role that may only read',
    not: ['records', 'catalog show', 'migrate'],
    url: () => asReader(),
    sentence:
      /^The role has no rights for this at .* \(.*entry: insert, update.*\)\. Let the owner/,
  },
  {
    what: 'a server that only lets read',
    not: ['records', 'catalog show'],
    url: async () =>
      withQuery(await emptyLedger(), 'options', '-c default_transaction_read_only=on'),
    sentence: /only lets read\. Name the primary in the URL\.$/,
  },
  {
    what: 'a certificate of an authority that is not there',
    url: async () =>
      withQuery(await emptyLedger(), 'sslmode', 'verify-full', 'sslrootcert', '/no.pem'),
    sentence: /^A file that the URL .* names cannot be read \(ENOENT.*\)\. Mend sslrootcert, /,
  },
  {
    what: 'TLS with a server that has none',
    url: async () => withQuery(await emptyLedger(), 'sslmode', 'verify-full'),
    sentence:
      /^TLS to PostgreSQL at .* failed \(.*\)\. Check sslmode and sslrootcert in the URL\.$/,
  },
  {
    what: 'no driver',
    url: () => 'postgres://role@127.0.0.1:1/usage',
    sentence:
      /^A ledger on PostgreSQL needs the package pg, where Marketmeter is: npm install pg@8, or/,
    surroundings: { node: ['--import', NO_DRIVER] },
  },
  {
    what: 'half a driver',
    url: () => 'postgres://role@127.0.0.1:1/usage',
    sentence: /^The package pg cannot be loaded \(not there\)\. Install pg@8 anew\.$/,
    surroundings: { node: ['--import', BROKEN_DRIVER] },
  },
]

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  serve: ['serve', '--json', '--port', '0', '--admin-port', '0'],
  records: ['records'],
  'catalog show': ['catalog', 'show'],
  migrate: ['migrate'],
}

describe('a start on PostgreSQL', { skip, concurrency: 2 }, () => {
  for (const row of ROWS) {
    for (const [name, words] of Object.entries(COMMANDS)) {
      if (row.not?.includes(name) === true) continue
      const { sentence, exits } = expectedOf(row, name)
      it(`${name}: ${row.what} ${exits === 0 ? 'works' : `is a sentence, and exit code ${exits}`}`, async () => {
        const url = withPassword(await row.url())
        const { env, node = [] } = row.surroundings ?? {}
        const ended = await runToEnd([...words, '--ledger', url], {
          env: { ...KEYS, ...env },
          node,
        })
        assert.equal(ended.code, exits, ended.err)
        assert.doesNotMatch(ended.out + ended.err, new RegExp(PASSWORD))
        if (exits === 0) return
        assert.equal(ended.out, '')
        const [line = '', ...more] = ended.err.trimEnd().split('\n')
        assert.deepEqual(more, [])
        assert.match(line, /^marketmeter: /)
        assert.match(line.replace('marketmeter: ', ''), sentence)
      })
    }
  }
})

describe('what PostgreSQL has no need of', { skip }, () => {
  for (const [words, sentence] of [
    [['ledger', 'backup', '/tmp/never-made'], /^marketmeter: PostgreSQL backs itself up: pg_dump /],
    [['demo', '--in-memory'], /^marketmeter: --in-memory and --ledger exclude each other/],
    [['records', '--data', 'here'], /^marketmeter: --data and --ledger both say where the ledger/],
  ] as const) {
    it(`${words.join(' ')} is told so, and exit code 2`, async () => {
      const url = withPassword(server().urlOf('postgres'))
      const { code, err } = await runToEnd([...words, '--ledger', url])
      assert.equal(code, 2)
      assert.match(err, sentence)
      assert.doesNotMatch(err, new RegExp(PASSWORD))
    })
  }

  it('migrate of a folder is told that serve does it', async () => {
    const { code, err } = await runToEnd(['migrate', '--ledger', 'sqlite:data'])
    assert.equal(code, 2)
    assert.match(err, /^marketmeter: data\/ledger\.db \(sqlite\) needs no migrate: serve brings/)
  })
})

describe('migrate', { skip }, () => {
  it('says what it did, and the second time that there was nothing to do', async () => {
    const url = server().urlOf(await server().createDatabase())
    const { host, pathname } = new URL(url)
    const first = await runToEnd(['migrate', '--json', '--ledger', url])
    const { ledger, from, to, months } = JSON.parse(first.out) as Migrated
    assert.deepEqual([ledger, from, months.length], [`${host}${pathname} (postgres)`, 0, 6])
    const second = await runToEnd(['migrate'], { env: { MARKETMETER_LEDGER: url } })
    assert.equal(second.code, 0)
    assert.equal(second.out, `${ledger} has schema ${to} already. No month was missing.\n`)
  })
})

interface Migrated {
  readonly ledger: string
  readonly from: number
  readonly to: number
  readonly months: readonly string[]
}

function expectedOf({ sentence, exits = 3, migrate }: Row, command: string) {
  if (command !== 'migrate' || migrate === undefined) return { sentence, exits }
  return migrate === 'works' ? { sentence, exits: 0 } : migrate
}

function withPassword(url: string): string {
  const named = new URL(url)
  named.password = PASSWORD
  return named.href
}

function withUser(url: string, role: string): string {
  const named = new URL(url)
  named.username = role
  return named.href
}

function withQuery(url: string, ...pairs: readonly string[]): string {
  const named = new URL(url)
  for (let at = 0; at < pairs.length; at += 2) {
    named.searchParams.set(pairs[at] ?? '', pairs[at + 1] ?? '')
  }
  return named.href
}

async function withSchema(sql: string): Promise<string> {
  const url = await emptyLedger()
  await query(url, sql)
  return url
}

/** In another role of the same user, so that no server need let that role log in. */
async function asStranger(): Promise<string> {
  const url = await emptyLedger()
  await query(
    url,
    `do $$ begin create role marketmeter_stranger; exception when duplicate_object then null; end $$`,
  )
  return withQuery(url, 'options', '-c role=marketmeter_stranger')
}

async function asReader(): Promise<string> {
  const url = await emptyLedger()
  await query(
    url,
    `do $$ begin create role marketmeter_looker; exception when duplicate_object then null; end $$;
     grant usage on schema marketmeter to marketmeter_looker;
     grant select on all tables in schema marketmeter to marketmeter_looker`,
  )
  return withQuery(url, 'options', '-c role=marketmeter_looker')
}

async function strangerSaying(text: string): Promise<string> {
  const stranger = createServer((socket) => {
    socket.on('error', () => undefined)
    if (text !== '') socket.end(text)
  })
  strangers.push(stranger)
  stranger.listen(0, '127.0.0.1').unref()
  await once(stranger, 'listening')
  return `postgres://role@127.0.0.1:${(stranger.address() as AddressInfo).port}/usage`
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}
