/**
 * `npm start` as a script sees it: the real npm, the real demo, the printed `aws` line run as it stands.
 *
 * Leaves out  Installing (scripts/launch.test.ts), and the aws line where no AWS CLI is on the PATH: skipped by name.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'

const ROOT = path.join(import.meta.dirname, '../..')
const PORTS = ['--port', '0', '--admin-port', '0']

const READY_MEMBERS = [
  'endpoint',
  'adminEndpoint',
  'adminToken',
  'profile',
  'region',
  'products',
  'buyers',
  'accessKeyId',
  'secretAccessKey',
]

const AWS = spawnSync('aws', ['--version'])
const NEEDS_AWS = AWS.status === 0 ? {} : { skip: 'no AWS CLI on the PATH' }

const folders: string[] = []
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

describe('npm start', () => {
  it('prints one JSON line first, with all that a script needs', async () => {
    const npm = npmStart('--json', '--in-memory', ...PORTS)
    const ready: unknown = JSON.parse(await lineOf(npm))
    await stopped(npm)
    assert.ok(typeof ready === 'object' && ready !== null)
    const members = Object.keys(ready)
    for (const name of READY_MEMBERS) assert.ok(members.includes(name), `${name} is missing`)
  })

  it('ends on SIGTERM to npm with exit code 0, and nobody listens any more', async () => {
    const npm = npmStart('--json', '--in-memory', ...PORTS)
    const { endpoint } = JSON.parse(await lineOf(npm)) as { endpoint: string }
    assert.equal((await fetch(`${endpoint}/readyz`)).status, 200)
    assert.equal(await stopped(npm), 0)
    await assert.rejects(fetch(`${endpoint}/readyz`))
  })

  it('keeps the ledger between starts, and refuses a second one meanwhile', async () => {
    const folder = await aFolder()
    const npm = npmStart('--json', '--data', folder, ...PORTS)
    await lineOf(npm)
    const second = npmStart('--json', '--data', folder, ...PORTS)
    const [talk, code] = await Promise.all([
      text(second.stderr ?? Readable.from([])),
      exitCode(second),
    ])
    await stopped(npm)
    assert.match(talk, /ledger\.db/)
    assert.equal(code, 3)
    const again = npmStart('--json', '--data', folder, ...PORTS)
    await lineOf(again)
    assert.equal(await stopped(again), 0)
  })

  it('is refused by serve, because everybody knows its keys; and serve by the demo', async () => {
    const [demo, production] = [await aFolder(), await aFolder()]
    const seeded = npmStart('--json', '--data', demo, ...PORTS)
    await lineOf(seeded)
    await stopped(seeded)
    const served = marketmeter('serve', '--json', '--data', production, ...PORTS)
    await lineOf(served)
    await stopped(served)
    for (const [name, folder] of [
      ['serve', demo],
      ['demo', production],
    ] as const) {
      const refused = marketmeter(name, '--json', '--data', folder, ...PORTS)
      const [talk, code] = await Promise.all([
        text(refused.stderr ?? Readable.from([])),
        exitCode(refused),
      ])
      assert.equal(code, 3, talk)
      assert.match(talk, /demo/)
    }
  })

  it('keeps its ledger where MARKETMETER_DATA says, as the commands that read it do', async () => {
    const folder = await aFolder()
    const env = { ...process.env, MARKETMETER_DATA: folder }
    const demo = spawnMarketmeter(['demo', '--json', ...PORTS], env)
    await lineOf(demo)
    await stopped(demo)
    const read = spawnMarketmeter(['agreements', 'list', '--json'], env)
    assert.match(await lineOf(read), /"id":"agmt-demo/)
    assert.ok((await readdir(folder)).includes('ledger.db'))
  })

  it('refuses --in-memory with --data, for one of them would be ignored', async () => {
    const folder = await aFolder()
    const refused = marketmeter('demo', '--in-memory', '--data', folder, ...PORTS)
    const [talk, code] = await Promise.all([
      text(refused.stderr ?? Readable.from([])),
      exitCode(refused),
    ])
    assert.equal(code, 2)
    assert.match(talk, /^marketmeter: --in-memory and --data exclude each other/)
    assert.deepEqual(await readdir(folder), [])
  })

  it('ends, and lets go of the metering port, when the admin port is taken', async () => {
    const first = npmStart('--json', '--in-memory', ...PORTS)
    const { adminEndpoint } = JSON.parse(await lineOf(first)) as { adminEndpoint: string }
    const taken = new URL(adminEndpoint).port
    const second = npmStart('--json', '--in-memory', '--port', '0', '--admin-port', taken)
    const [talk, code] = await Promise.all([
      text(second.stderr ?? Readable.from([])),
      exitCode(second),
    ])
    await stopped(first)
    assert.equal(code, 3)
    assert.match(talk, /taken by another process/)
  })

  it('prints an aws command that answers Success, then the same id', NEEDS_AWS, async () => {
    const npm = npmStart('--in-memory', ...PORTS)
    const command = await awsCommand(npm)
    const answers = [sh(command), sh(command)].map(
      (out) =>
        (JSON.parse(out) as { Results: { Status: string; MeteringRecordId: string }[] }).Results[0],
    )
    await stopped(npm)
    assert.deepEqual(
      answers.map((result) => result?.Status),
      ['Success', 'Success'],
    )
    assert.equal(answers[0]?.MeteringRecordId, answers[1]?.MeteringRecordId)
  })
})

function npmStart(...args: string[]): ChildProcess {
  return spawn('npm', ['start', '--', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
}

function marketmeter(...args: string[]): ChildProcess {
  return spawnMarketmeter(args, process.env)
}

function spawnMarketmeter(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const flags = ['--disable-warning=ExperimentalWarning', 'src/cli/main.ts']
  return spawn(process.execPath, [...flags, ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function lineOf({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout)
  for await (const line of createInterface({ input: stdout })) return line
  throw new Error('it ended before it was ready')
}

/** The lines from `Try:` to the end of its continuation. */
async function awsCommand({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout)
  let command = ''
  for await (const line of createInterface({ input: stdout })) {
    if (line.startsWith('Try:') || command !== '') command += `${line.replace('Try:', '')}\n`
    if (command !== '' && !line.endsWith('\\')) return command
  }
  throw new Error('no command was printed')
}

function sh(command: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

async function stopped(child: ChildProcess): Promise<number | null> {
  const ended = exitCode(child)
  child.kill('SIGTERM')
  return ended
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'marketmeter-demo-'))
  folders.push(folder)
  return folder
}
