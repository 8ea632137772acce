/**
 * A real PostgreSQL for tests: started here in a folder of its own, or one that is running already.
 *
 * Why ours    A behaviour suite against something like PostgreSQL proves nothing about PostgreSQL.
 * Which       The one that is named, else the binaries from npm (the private workspace testing/postgres), else a
 *             server found on the machine.
 * As root     PostgreSQL refuses to run, so it runs as `postgres` or `nobody`, on copies that they may read.
 * Ends        With the process that started it, however that ends: a shell between them waits for its stdin to close.
 * Limits      Linux and macOS. Nothing is synced while the folder is made; the server itself syncs unless told.
 * Checked by  src/store/postgres/*.test.ts, all of which stand on it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { type Binaries, binariesWith, findBinaries, runnable } from './postgres-binaries.ts'

const START_MS_MAX = 30_000

/**
 * SIGINT: ends every session, then itself. A line on stdin is our wish; a stdin that closes without one means that
 * we are no more, and nobody else would remove the folder ($0).
 */
const UNTIL_STDIN_CLOSES =
  '"$@" & server=$!; read -r line; kill -INT $server; wait $server; [ -n "$line" ] || rm -rf "$0"'

/** In the log of a server that ended while it started; the others only turn a session away for now. */
const GAVE_UP = /FATAL: {2}(?!the database system|terminating)/

interface Account {
  readonly uid: number
  readonly gid: number
}

/** A server that anybody may have started. */
export interface TestServer {
  /** The URL of one of its databases. */
  urlOf(database: string): string
  /** Makes an empty database, or a copy of another that nobody is connected to. */
  createDatabase(template?: string): Promise<string>
  /** Runs SQL in the database that every server has. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  stop(): Promise<void>
}

/** A server of our own, which a test may kill. */
export interface OwnServer extends TestServer {
  readonly port: number
  /** From now on only sessions over TLS are let in. Not even `query` is. */
  hostsWithTlsOnly(): Promise<void>
  /** Gives a place, and what is in it, to the account that it runs as. */
  own(place: string): Promise<void>
  /** Ends it at once, as a power cut to its process would. */
  kill(): Promise<void>
  /** Ends it in order: its sessions first. What it holds stays, for `start`. */
  halt(): Promise<void>
  start(): Promise<void>
  /**
   * Makes a server that follows this one, which from now on commits nothing before the other has it on its disk. It is
   * promoted by `select pg_promote()`, and must be stopped first.
   */
  addStandby(): Promise<OwnServer>
}

export interface NoServer {
  /** Why there is none, and what would help. */
  readonly reason: string
}

/** @param url A running server's; its role must be allowed to create databases. */
export function runningServer(url: string): TestServer {
  const urlOf = (database: string) => {
    const named = new URL(url)
    named.pathname = `/${database}`
    return named.href
  }
  const made: string[] = []
  const query = (sql: string) => runSql(url, sql)
  return {
    urlOf,
    query,
    async createDatabase(template = 'template1') {
      const name = `marketmeter_${randomBytes(8).toString('hex')}`
      await query(`create database ${name} template ${template}`)
      made.push(name)
      return name
    },
    async stop() {
      for (const name of made) await query(`drop database if exists ${name} with (force)`)
    },
  }
}

export interface ServerNeeds {
  /** By name: what lies in the server's folder, for it alone to read. */
  readonly files?: Readonly<Record<string, string>>
  /** That the server must be able to load. */
  readonly extension?: string
}

/** @param settings Of postgresql.conf, as `name=value`. */
export async function startServer(
  settings: readonly string[] = [],
  { files = {}, extension }: ServerNeeds = {},
): Promise<OwnServer | NoServer> {
  const means = meansToStart(extension)
  if ('reason' in means) return means
  const { account, binaries } = means
  const folder = await mkdtemp(path.join(tmpdir(), 'marketmeter-postgres-'))
  await chmod(folder, 0o755)
  const server = new Server(folder, await runnable(binaries, folder), account, settings)
  await server.create(files)
  await server.start()
  return server
}

interface Means {
  readonly account: Account | 'self'
  readonly binaries: Binaries
}

/** What a server of our own takes, or why none can be started here. */
export function meansToStart(extension?: string): Means | NoServer {
  const account = unprivilegedAccount()
  if (account === undefined) {
    return { reason: 'PostgreSQL refuses to run as root, and there is neither postgres nor nobody' }
  }
  const binaries = extension === undefined ? findBinaries() : binariesWith(extension)
  if (binaries !== undefined) return { account, binaries }
  const wanted = extension === undefined ? '' : ` with the extension ${extension}`
  const platform = `${process.platform} ${process.arch}`
  return { reason: `no PostgreSQL${wanted} for ${platform} from npm or on this machine` }
}

class Server implements OwnServer {
  readonly #folder: string
  readonly #binaries: string
  readonly #account: Account | 'self'
  readonly #settings: readonly string[]
  #process: ChildProcess | undefined
  #port = 0
  #log = ''

  constructor(
    folder: string,
    binaries: string,
    account: Account | 'self',
    settings: readonly string[],
  ) {
    this.#folder = folder
    this.#binaries = binaries
    this.#account = account
    this.#settings = settings
  }

  get port(): number {
    return this.#port
  }

  get #data(): string {
    return path.join(this.#folder, 'data')
  }

  async addStandby(): Promise<OwnServer> {
    const standby = new Server(path.join(this.#folder, 'standby'), this.#binaries, this.#account, [
      ...this.#settings,
      `primary_conninfo=host=127.0.0.1 port=${this.#port} user=postgres`,
    ])
    // No pg_basebackup comes from npm; what a server that is not running holds may simply be copied.
    await this.halt()
    await standby.#copyOf(this.#data)
    await this.start()
    await standby.start()
    await this.query(`alter system set synchronous_standby_names = '*'`)
    await this.query('select pg_reload_conf()')
    const states = `select from pg_stat_replication where sync_state = 'sync'`
    while ((await this.query(states)).length === 0) await sleep(20)
    return standby
  }

  async #copyOf(data: string): Promise<void> {
    await cp(data, this.#data, { recursive: true })
    await writeFile(path.join(this.#data, 'standby.signal'), '')
    await this.own(this.#folder)
    await chmod(this.#data, 0o700)
    this.#port = await freePort()
  }

  async create(files: Readonly<Record<string, string>>): Promise<void> {
    await this.own(this.#folder)
    const command = [path.join(this.#binaries, 'initdb'), '-D', this.#data, '-U', 'postgres']
    const kind = ['-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    await promisify(execFile)('/bin/sh', ['-c', 'exec "$@"', 'sh', ...command, ...kind], this.#as())
    for (const [name, content] of Object.entries(files)) {
      await writeFile(path.join(this.#data, name), content, { mode: 0o600 })
      await this.own(path.join(this.#data, name))
    }
    this.#port = await freePort()
  }

  async own(place: string): Promise<void> {
    if (this.#account === 'self') return
    const owner = `${this.#account.uid}:${this.#account.gid}`
    await promisify(execFile)('chown', ['-R', owner, place])
  }

  async start(): Promise<void> {
    const endMs = Date.now() + START_MS_MAX
    while (!(await this.#started())) {
      // After a kill, the server's other processes may still hold its memory for a moment.
      if (Date.now() > endMs) throw new Error(`PostgreSQL does not start:\n${this.#log}`)
      await sleep(50)
    }
  }

  async #started(): Promise<boolean> {
    if (this.#process === undefined) this.#spawn()
    try {
      await this.query('select 1')
      return true
    } catch {
      if (GAVE_UP.test(this.#log)) await this.#shellEnds()
      return false
    }
  }

  #spawn(): void {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      `port=${this.#port}`,
      'max_connections=100',
      ...this.#settings,
    ].flatMap((setting) => ['-c', setting])
    const server = [path.join(this.#binaries, 'postgres'), '-D', this.#data, ...settings]
    const child = spawn('/bin/sh', ['-c', UNTIL_STDIN_CLOSES, this.#folder, ...server], {
      ...this.#as(),
      cwd: '/',
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#log = ''
    child.stderr.on('data', (text: Buffer) => {
      this.#log = (this.#log + text.toString()).slice(-4_000)
    })
    // Neither the server nor its log keeps the tests' process alive.
    child.unref()
    for (const stream of [child.stdin, child.stderr]) if (stream instanceof Socket) stream.unref()
    this.#process = child
  }

  urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/${database}`
  }

  async createDatabase(template = 'template1'): Promise<string> {
    const name = `marketmeter_${randomBytes(8).toString('hex')}`
    await this.query(`create database ${name} template ${template}`)
    return name
  }

  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return runSql(this.urlOf('postgres'), sql)
  }

  async hostsWithTlsOnly(): Promise<void> {
    await writeFile(path.join(this.#data, 'pg_hba.conf'), 'hostssl all all all trust\n')
    await this.query('select pg_reload_conf()')
    while (await this.#letsIn()) await sleep(20)
  }

  #letsIn(): Promise<boolean> {
    return this.query('select').then(
      () => true,
      () => false,
    )
  }

  async kill(): Promise<void> {
    const [pid = ''] = (await readFile(path.join(this.#data, 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGKILL')
    await this.#shellEnds()
  }

  async halt(): Promise<void> {
    await this.#shellEnds()
  }

  async stop(): Promise<void> {
    await this.#shellEnds()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #shellEnds(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child?.exitCode !== null) return
    const ended = once(child, 'exit')
    child.ref()
    child.stdin?.end('end\n')
    await ended
  }

  #as(): { env: Record<string, string>; cwd: string; uid?: number; gid?: number } {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
    const place = { env, cwd: this.#folder }
    return this.#account === 'self' ? place : { ...place, ...this.#account }
  }
}

function unprivilegedAccount(): Account | 'self' | undefined {
  if (process.getuid?.() !== 0) return 'self'
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}

/** Free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Runs SQL, of one statement or several, on a connection of its own. */
export async function runSql(
  url: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
