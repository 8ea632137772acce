/**
 * Two replicas as processes over one database: what one is told the other knows, what both are sent is one record, and who
 * does not fit is refused.
 *
 * Leaves out  Databases that fail (failover.test.ts), and races within the ledger (src/store/postgres/race.test.ts).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { NoAnswer } from '../bench/connection.ts'
import type { Caller } from '../bench/requests.ts'
import type { Credentials } from '../bench/signed-request.ts'
import type { BenchService } from '../bench/service.ts'
import { runToEnd } from '../src/cli/program.spec.ts'
import { CuttingProxy } from '../src/store/postgres/cutting-proxy.spec.ts'
import { server, skip } from '../src/store/postgres/server.spec.ts'
import { newSharedLedger, type SharedLedger, startReplica, surroundingsOf } from './replica.ts'
import { Refusal, Sender } from './sender.ts'
import { until } from './until.ts'
import { type Report, Witness } from './witness.ts'

const NOW_MS = Date.now()
/** What a change may take to reach every replica. */
const CHANGE_MS_MAX = 2_000
const BUYERS = 100
/** What it says is not for the one who runs the tests. */
const QUIET = { onTalk: () => undefined }
const SELLER = '900000000000'

interface Token {
  readonly token: string
}

describe('two replicas', { skip }, () => {
  let ledger: SharedLedger
  let replicas: readonly BenchService[] = []

  before(async () => {
    ledger = await newSharedLedger(await emptyDatabase(), { buyers: BUYERS, dimensions: 2 })
    replicas = await Promise.all([startReplica(ledger, QUIET), startReplica(ledger, QUIET)])
  })

  after(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()))
  })

  it('hold one record of what both are sent at once, and say the same id', async () => {
    const witness = new Witness()
    const senders = await Promise.all(
      replicas.map((replica) => Sender.open(callerOf(ledger), replica)),
    )
    for (let batch = 0; batch < 40; batch++) {
      const reports = Array.from({ length: 5 }, (_, index) => reportOf(ledger, batch * 5 + index))
      await Promise.all(senders.map((sender) => sender.send(reports, witness)))
    }
    assert.equal(witness.acknowledgedCount, 200)
    assert.equal(witness.repeatedCount, 200)
    for (const sender of senders) sender.close()
  })

  it('take a key that a command made, and no longer than two seconds one that it disabled', async (t) => {
    const made = await marketmeter('keys', 'create', '--account', SELLER, '--json')
    const key: Caller = { ...callerOf(ledger), ...(JSON.parse(made) as Credentials) }
    const startMs = performance.now()
    for (const replica of replicas) await until(() => isTaken(key, replica))
    t.diagnostic(`a new key was taken after ${Math.round(performance.now() - startMs)} ms`)
    await marketmeter('keys', 'disable', key.accessKeyId)
    await delay(CHANGE_MS_MAX)
    for (const replica of replicas) assert.equal(await isTaken(key, replica), false)
  })

  it('see what the admin API of the other changed', async () => {
    const { token } = JSON.parse(await marketmeter('admin-tokens', 'create', '--json')) as Token
    const [first, second] = replicas.map(({ adminEndpoint }) => `${adminEndpoint}/v1/sellers`)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ account: '900000000099', name: 'Newcomer' })
    const ask = (url = '', more: RequestInit = {}) => fetch(url, { headers, ...more })
    await until(async () => (await ask(first, { method: 'POST', body })).status === 201)
    await until(async () => (await (await ask(second)).text()).includes('Newcomer'))
  })

  it('tell the same refusals, whichever refused', async () => {
    const [first] = replicas
    assert.ok(first)
    const sender = await Sender.open(callerOf(ledger), first)
    await sender.send([{ ...reportOf(ledger, 0), quantity: 999_999 }], new Witness())
    sender.close()
    await until(async () => (await marketmeter('refusals')).includes('999999'))
  })

  it('keep records and catalog for every command, wherever it runs', async () => {
    await until(async () => (await marketmeter('records', '--json')).split('\n').length === 201)
    assert.match(await marketmeter('catalog', 'log'), /the catalog of a bench/)
    assert.match(await marketmeter('sellers', 'list', '--json'), /"account":"900000000000"/)
    assert.match(await marketmeter('keys', 'list'), /AKIA/)
  })

  async function isTaken(key: Caller, replica: BenchService): Promise<boolean> {
    const sender = await Sender.open(key, replica)
    try {
      await sender.send([reportOf(ledger, 0)], new Witness())
      return true
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    } finally {
      sender.close()
    }
  }

  async function marketmeter(...words: string[]): Promise<string> {
    const { code, out, err } = await runToEnd(words, { env: surroundingsOf(ledger) })
    assert.equal(code, 0, err)
    return out
  }
})

it(
  'a role that owns nothing serves with the rights that the page for operators grants',
  { skip },
  async () => {
    const ledger = await newSharedLedger(await emptyDatabase(), { buyers: BUYERS, dimensions: 2 })
    await run(ledger.url, grantsOf('docs/operating/postgres.md'))
    // Its sessions are those of the role that lets it be this one, so it must be let see them.
    await run(ledger.url, 'grant pg_read_all_stats to marketmeter_app')
    const url = new URL(ledger.url)
    url.searchParams.set('options', '-c role=marketmeter_app')
    const replica = await startReplica({ ...ledger, url: url.href }, QUIET)
    const witness = new Witness()
    const sender = await Sender.open(callerOf(ledger), replica)
    await sender.send([reportOf(ledger, 0)], witness)
    await sender.send([{ ...reportOf(ledger, 0), quantity: 7 }], witness)
    sender.close()
    await replica.stop()
    assert.deepEqual([witness.acknowledgedCount, witness.deniedCount], [1, 1])
    const words = ['refusals', '--json', '--ledger', url.href]
    assert.match((await runToEnd(words)).out, /DuplicateRecord/)
  },
)

describe('a replica whose database goes away', { skip }, () => {
  const PASSWORD = 'opensesame'
  let ledger: SharedLedger
  let proxy: CuttingProxy

  before(async () => {
    const url = await emptyDatabase()
    ledger = await newSharedLedger(url, { buyers: BUYERS, dimensions: 2 })
    proxy = await CuttingProxy.open(url)
  })

  after(() => proxy.close())

  it('never tells the password, wherever one looks', async () => {
    const url = new URL(proxy.urlOf(ledger.url))
    url.password = PASSWORD
    let told = ''
    const replica = await startReplica(ledger, {
      flags: ['--ledger', url.href, '--log-level', 'debug', '--metrics-open'],
      onTalk: (text) => (told += text),
    })
    const page = async (path: string) => (await fetch(`${replica.adminEndpoint}${path}`)).text()
    proxy.closed = true
    proxy.cutAll()
    await until(async () => (await page('/readyz')).includes('No PostgreSQL answers at 127.0.0.1'))
    await until(async () => told.includes('the catalog could not be read'))
    told += (await page('/readyz')) + (await page('/metrics')) + replica.readyLine
    if (process.platform === 'linux') told += readFileSync(`/proc/${replica.pid}/cmdline`, 'latin1')
    await replica.stop()
    assert.doesNotMatch(told, new RegExp(PASSWORD))
    proxy.closed = false
  })

  it('ends when it is told to, though the database says nothing', async () => {
    let told = ''
    const through = { ...ledger, url: proxy.urlOf(ledger.url) }
    const replica = await startReplica(through, {
      flags: ['--drain-seconds', '1', '--metrics-open'],
      onTalk: (text) => (told += text),
    })
    proxy.silent = true
    const sender = await Sender.open(callerOf(ledger), replica)
    const unanswered = sender.send([reportOf(ledger, 0)], new Witness())
    const gone = assert.rejects(unanswered, NoAnswer)
    await until(async () => (await metric(replica, 'marketmeter_requests_in_flight')) > 0)
    replica.child.kill('SIGTERM')
    assert.equal(await replica.exited, 0)
    await gone
    assert.match(told, /did not let go in time/)
    proxy.silent = false
  })
})

function callerOf({ callers: [caller] }: SharedLedger): Caller {
  assert.ok(caller)
  return caller
}

function reportOf(ledger: SharedLedger, index: number): Report {
  const caller = callerOf(ledger)
  return {
    caller,
    buyer: String(caller.firstBuyer + (index % BUYERS)),
    dimension: `dimension-${Math.floor(index / BUYERS)}`,
    timestampMs: NOW_MS,
    quantity: index,
  }
}

async function metric({ adminEndpoint }: BenchService, name: string): Promise<number> {
  const page = await (await fetch(`${adminEndpoint}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(page)?.[1])
}

const APP_ROLE = `do $$ begin
  create role marketmeter_app login;
exception when duplicate_object then null;
end $$`

/** The statements as they stand on a page; the role that they are for may be there already. */
function grantsOf(page: string): string {
  const text = readFileSync(path.join(import.meta.dirname, '..', page), 'utf8')
  const [, grants = ''] = /```sql\n(grant [^`]*)```/.exec(text) ?? []
  assert.match(grants, /to marketmeter_app/)
  return `${APP_ROLE}; ${grants}`
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

async function emptyDatabase(): Promise<string> {
  return server().urlOf(await server().createDatabase())
}
