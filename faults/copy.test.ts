/**
 * `copy` as a process, hurt from outside: beside a service that goes on taking usage, killed again and again, twice at once, and
 * into a PostgreSQL that is killed or full. Whatever happens, the same command completes it, and both sides agree.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { seedCatalog } from '../bench/catalog.ts'
import { fillLedger } from '../bench/fill.ts'
import type { Caller } from '../bench/requests.ts'
import { commandWords, newDataFolder, serveWords, startService } from '../bench/service.ts'
import type { InstantMs } from '../src/core/usage.ts'
import type { LedgerFinding } from '../src/store/ledger.ts'
import { migrate } from '../src/store/postgres/migrate.ts'
import { ownServer, run, server, skip, skipOwn } from '../src/store/postgres/server.spec.ts'
import { verifyLedger } from '../src/store/postgres/verify.ts'
import type { TestServer } from '../src/testing/postgres.ts'
import { ended } from './command.ts'
import { recordsIn } from './ledger-file.ts'
import { startReplica } from './replica.ts'
import { Sender } from './sender.ts'
import { recordsAt } from './shared-ledger.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { Witness } from './witness.ts'

const SIZE = { buyers: BUYERS, dimensions: DIMENSIONS }
/** Of each hour that is filled. */
const RECORDS = BUYERS * DIMENSIONS
/** More than one round of a copy, so that it has somewhere to go on from. */
const LONG_HOURS = 3
const BATCHES = 100
const SEED = 11
/** How much is there when it is killed: before the first, between, and while all is compared. */
const KILLED_AT = [0, 0.1, 0.3, 0.6, 0.9, 1]

it(
  'moves a ledger away from a service that goes on taking usage; clients go on in the new place',
  { skip },
  async (t) => {
    const { folder, url, callers } = await aLedger(t)
    const witness = new Witness()
    // The other seller's usage is there already.
    const traffic = new Traffic(callers.slice(1), SEED)
    const service = await startService(folder, { onTalk: () => undefined })
    endsWith(t, service.child)
    await send(traffic, witness, service)
    const copy = startCopy(t, folder, url)
    await Promise.all([copy.says(/Now stop what writes/), send(traffic, witness, service)])
    await send(traffic, witness, service)
    await service.stop()
    assert.equal(await copy.ended, 0, copy.talk())

    const records = await recordsAt(url)
    assert.deepEqual(records, recordsIn(folder))
    witness.compareWith(records.filter(isOfTraffic))
    assert.deepEqual(await findingsAt(url), [])
    const old = await ended(serveWords(folder))
    assert.equal(old.code, 3)
    assert.match(old.talk, /^marketmeter: .*ledger\.db was moved to PostgreSQL at 127\.0\.0\.1:/)

    const keys = readFileSync(join(folder, 'master.key'), 'utf8').replace(/^#.*$/gm, '').trim()
    const replica = await startReplica({ url, masterKeys: keys }, { onTalk: () => undefined })
    endsWith(t, replica.child)
    await send(traffic, witness, replica)
    await replica.stop()
    witness.compareWith((await recordsAt(url)).filter(isOfTraffic))
    t.diagnostic(
      `${records.length} records moved; ${witness.acknowledgedCount} acknowledged before and after, ${witness.repeatedCount} repeats with the same id`,
    )
  },
)

it('is completed after it was killed again and again', { skip }, async (t) => {
  const { folder, url } = await aLedger(t, { hours: LONG_HOURS })
  const count = RECORDS * LONG_HOURS
  for (const part of KILLED_AT) {
    const copy = startCopy(t, folder, url)
    await Promise.race([reaches(url, count * part), copy.ended])
    copy.child.kill('SIGKILL')
    await copy.ended
    t.diagnostic(`killed when ${await countAt(url)} of ${count} records were there`)
  }
  await completes(t, folder, url)
})

it('is done by two processes at once', { skip }, async (t) => {
  const { folder, url } = await aLedger(t)
  const both = [startCopy(t, folder, url), startCopy(t, folder, url)]
  for (const copy of both) assert.equal(await copy.ended, 0, copy.talk())
  await completes(t, folder, url)
})

it(
  'waits for a PostgreSQL that is killed under it and comes back',
  { skip: skipOwn },
  async (t) => {
    const own = await ownServer()
    const { folder, url } = await aLedger(t, { on: own })
    const copy = startCopy(t, folder, url)
    for (const part of [0.2, 0.6]) {
      await reaches(url, RECORDS * part)
      await own.kill()
      await own.start()
    }
    assert.equal(await copy.ended, 0, copy.talk())
    await completes(t, folder, url)
  },
)

it(
  'ends with a sentence when the disk of PostgreSQL is full, and is completed when there is room',
  { skip },
  async (t) => {
    const { folder, url } = await aLedger(t)
    // What a server answers whose disk is full, from the second half of the buckets on.
    await run(
      url,
      `create function full_disk() returns trigger language plpgsql as
       $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
     create trigger full_disk before insert on call_group for each row
       when (new.bucket >= 32) execute function full_disk()`,
    )
    const copy = startCopy(t, folder, url)
    assert.equal(await copy.ended, 3)
    assert.match(copy.talk(), /^marketmeter: The disk of PostgreSQL at .* is full\..*\n$/m)
    assert((await countAt(url)) < RECORDS)
    await (await startService(folder, { onTalk: () => undefined })).stop()
    await run(url, 'drop trigger full_disk on call_group')
    await completes(t, folder, url)
  },
)

type Ending = Pick<TestContext, 'after'>

/** A test that failed leaves no process behind. */
function endsWith(t: Ending, child: ChildProcess): void {
  t.after(() => child.kill('SIGKILL'))
}

/** A folder with some records in it and a catalog, and a database with nothing but the schema. */
async function aLedger(
  t: Ending,
  { on = server(), hours = 1 }: { readonly on?: TestServer; readonly hours?: number } = {},
): Promise<{ readonly folder: string; readonly url: string; readonly callers: readonly Caller[] }> {
  const folder = newDataFolder()
  t.after(folder.remove)
  const callers = await seedCatalog(folder.path, SIZE, 2)
  await fillLedger(folder.path, { size: SIZE, hours, mark: 'production' })
  const url = on.urlOf(await on.createDatabase())
  await migrate(url, Date.now() as InstantMs)
  return { folder: folder.path, url, callers }
}

interface Copying {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  talk(): string
  /** Resolves when it has said so; rejects if it ends before. */
  says(text: RegExp): Promise<void>
}

function startCopy(t: Ending, folder: string, url: string): Copying {
  const words = commandWords(['copy', '--from', `sqlite:${folder}/ledger.db`, '--to', url])
  const child = spawn(process.execPath, [...words], { stdio: ['ignore', 'inherit', 'pipe'] })
  endsWith(t, child)
  let talk = ''
  child.stderr.on('data', (chunk: Buffer) => (talk += String(chunk)))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const says = async (text: RegExp) => {
    while (!text.test(talk)) await Promise.race([once(child.stderr, 'data'), failsAt(ended)])
  }
  return { child, ended, talk: () => talk, says }
}

async function failsAt(ended: Promise<unknown>): Promise<never> {
  throw new Error(`it ended too early: ${String(await ended)}`)
}

/** One more run, after which all is as it should be. */
async function completes(t: Ending, folder: string, url: string): Promise<void> {
  const copy = startCopy(t, folder, url)
  assert.equal(await copy.ended, 0, copy.talk())
  const records = await recordsAt(url)
  assert(records.length >= RECORDS)
  assert.deepEqual(records, recordsIn(folder))
  assert.deepEqual(await findingsAt(url), [])
}

async function send(
  traffic: Traffic,
  witness: Witness,
  address: { readonly host: string; readonly port: number },
): Promise<void> {
  const clients = [0, 1].map(async (client) => {
    const caller = traffic.caller(client)
    const sender = await Sender.open(caller, address)
    for (let batch = 0; batch < BATCHES; batch++) await sender.send(traffic.batch(caller), witness)
    sender.close()
  })
  await Promise.all(clients)
}

/** The other records were there before. */
function isOfTraffic({ call }: { readonly call: { readonly userAgent: string } }): boolean {
  return call.userAgent !== 'bench'
}

async function reaches(url: string, count: number): Promise<void> {
  while ((await countAt(url)) < count) await delay(5)
}

/** 0 while nobody answers. */
async function countAt(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ count: string }>(
      'select count(*) from marketmeter.record',
    )
    return Number(rows[0]?.count)
  } catch {
    return 0
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function findingsAt(url: string): Promise<readonly LedgerFinding[]> {
  const findings: LedgerFinding[] = []
  const settings = { url, connectMsMax: 5_000, onProgress: () => undefined }
  for await (const finding of verifyLedger(settings)) findings.push(finding)
  return findings
}
