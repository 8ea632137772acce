/**
 * What `npm start` promises to whoever spawns it: a clean stdout, one install, honest failures, a clean end.
 *
 * Method      Spawns the machine's npm in a small checkout of its own: the real launcher, .npmrc and scripts,
 *             a stand-in for the program, and no packages, so that installing needs no network.
 * Leaves out  The download itself (.ci/run on a fresh clone does it) and npm 9, which swallows SIGTERM.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'

const ROOT = path.join(import.meta.dirname, '..')
const PROGRAM = `
if (process.argv.includes('--stay')) {
  process.on('SIGTERM', () => process.exit(0))
  setInterval(() => {}, 1_000)
}
console.log(JSON.stringify({ args: process.argv.slice(2), node: process.version, pid: process.pid }))
`
const LOCK = {
  name: 'marketmeter',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'marketmeter', workspaces: ['runtime'] },
    'node_modules/runtime': { resolved: 'runtime', link: true },
    runtime: {},
  },
}

const checkouts: string[] = []
after(() => Promise.all(checkouts.map((checkout) => rm(checkout, { recursive: true }))))

describe('npm start', () => {
  it('prints what the program prints, and nothing before it', async () => {
    const { code, stdout } = await run(await aCheckout(), '--json', '--port', '0')
    assert.equal(code, 0)
    assert.deepEqual(readyLine(stdout).args, ['demo', '--json', '--port', '0'])
    assert.equal(stdout.trim().split('\n').length, 1)
  })

  it('runs the program on Node 24 or later, whatever npm itself runs on', async () => {
    const { stdout } = await run(await aCheckout())
    assert.ok(Number(readyLine(stdout).node.slice(1).split('.')[0]) >= 24)
  })

  it('installs once, says so on stderr, and then starts at once', async () => {
    const checkout = await aCheckout()
    const first = await run(checkout)
    const second = await run(checkout)
    assert.match(first.stderr, /installing what package-lock\.json names/)
    assert.equal(second.stderr, '')
  })

  it('installs again after the lock file changed', async () => {
    const checkout = await aCheckout()
    await run(checkout)
    await writeLock(checkout, { ...LOCK, version: '0.0.1' })
    assert.match((await run(checkout)).stderr, /installing/)
  })

  it('lets one of two starts install and the other wait for it', async () => {
    const checkout = await aCheckout()
    const both = await Promise.all([run(checkout), run(checkout)])
    const talk = both.map(({ stderr }) => stderr).join('')
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    )
    assert.equal(talk.match(/installing what/g)?.length, 1, talk)
  })

  it('takes the lock over from a start that died', async () => {
    const checkout = await aCheckout()
    const dead = spawnSync(process.execPath, ['--version'])
    await symlink(String(dead.pid), path.join(checkout, '.install-lock'))
    assert.equal((await run(checkout)).code, 0)
  })

  it('says why an install failed, starts nothing, and leaves stdout empty', async () => {
    const checkout = await aCheckout()
    await addUnreachablePackage(checkout)
    const { code, stdout, stderr } = await run(checkout)
    assert.notEqual(code, 0)
    assert.equal(stdout, '')
    assert.match(stderr, /ECONNREFUSED/)
    assert.match(stderr, /marketmeter: the install failed/)
  })

  it('ends the install too on SIGTERM to npm, and the next start can install', async () => {
    const checkout = await aCheckout()
    const registry = createServer().listen(0, '127.0.0.1')
    await once(registry, 'listening')
    await addUnreachablePackage(checkout, (registry.address() as AddressInfo).port)
    const npm = spawnNpm(checkout, [])
    const ended = once(npm, 'exit')
    const [request] = (await once(registry, 'request')) as [IncomingMessage]
    npm.kill('SIGTERM')
    await Promise.all([ended, once(request.socket, 'close')])
    await once(registry.close(), 'close')
    assert.equal(existsSync(path.join(checkout, '.install-lock')), false)
  })

  it('ends on SIGTERM to npm with exit code 0, and no child is left', async () => {
    const npm = spawnNpm(await aCheckout(), ['--stay'])
    const ended = once(npm, 'exit')
    const { pid } = readyLine(await firstLine(npm))
    npm.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    assert.equal(isAlive(pid), false)
  })
})

async function aCheckout(): Promise<string> {
  const checkout = await mkdtemp(path.join(tmpdir(), 'marketmeter-launch-'))
  checkouts.push(checkout)
  const manifest: unknown = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'))
  assert.ok(typeof manifest === 'object' && manifest !== null && 'scripts' in manifest)
  const { scripts } = manifest
  await mkdir(path.join(checkout, 'runtime'))
  await mkdir(path.join(checkout, 'src/cli'), { recursive: true })
  await cp(path.join(ROOT, '.npmrc'), path.join(checkout, '.npmrc'))
  await cp(path.join(ROOT, 'scripts'), path.join(checkout, 'scripts'), { recursive: true })
  await writeFile(path.join(checkout, 'runtime/package.json'), '{ "name": "runtime" }')
  await writeFile(path.join(checkout, 'src/cli/main.ts'), PROGRAM)
  await writeManifest(checkout, { name: 'marketmeter', scripts, workspaces: ['runtime'] })
  await writeLock(checkout, LOCK)
  return checkout
}

function writeManifest(checkout: string, manifest: object): Promise<void> {
  return writeFile(path.join(checkout, 'package.json'), JSON.stringify(manifest))
}

function writeLock(checkout: string, lock: object): Promise<void> {
  return writeFile(path.join(checkout, 'package-lock.json'), JSON.stringify(lock))
}

/** The package stands in the lock; at its registry's port nobody listens, or nobody answers. */
async function addUnreachablePackage(checkout: string, port = 9): Promise<void> {
  const dependencies = { unreachable: '1.0.0' }
  const lock = {
    ...LOCK,
    packages: {
      ...LOCK.packages,
      '': { ...LOCK.packages[''], dependencies },
      'node_modules/unreachable': {
        version: '1.0.0',
        resolved: `http://127.0.0.1:${port}/unreachable-1.0.0.tgz`,
        integrity: `sha512-${'A'.repeat(86)}==`,
      },
    },
  }
  const scripts = { start: 'exec sh scripts/launch.sh start' }
  const workspaces = ['runtime']
  await writeManifest(checkout, { name: 'marketmeter', scripts, workspaces, dependencies })
  await writeLock(checkout, lock)
}

function spawnNpm(checkout: string, args: readonly string[]): ChildProcess {
  // An npm above us must not lend its settings, nor its Node: the machine has no Node 24 package here.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  return spawn('npm', ['start', '--', ...args], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(inherited),
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      npm_config_cache: path.join(checkout, '.cache'),
      npm_config_fetch_retries: '0',
    },
  })
}

async function run(checkout: string, ...args: string[]) {
  const npm = spawnNpm(checkout, args)
  assert.ok(npm.stdout && npm.stderr)
  const [stdout, stderr, [code]] = await Promise.all([
    text(npm.stdout),
    text(npm.stderr),
    once(npm, 'exit') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

async function firstLine(npm: ChildProcess): Promise<string> {
  assert.ok(npm.stdout)
  const [chunk] = (await once(npm.stdout, 'data')) as [Buffer]
  return chunk.toString()
}

function readyLine(line: string): { args: string[]; node: string; pid: number } {
  return JSON.parse(line) as { args: string[]; node: string; pid: number }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
