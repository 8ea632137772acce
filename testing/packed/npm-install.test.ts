/**
 * What npm itself makes of the tarball and of an example: installing.ts only links what the manifest names.
 *
 * Network   npm fetches the dependencies as it is configured to. Where it reaches no registry, and says so by one of its codes for
 *           that, this is skipped by name; any other failure of npm fails.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, it } from 'node:test'
import { run } from '../../conformance/sdk-runner/process.ts'
import { run as runTests } from './installing.ts'
import { ROOT, tarball } from './packing.ts'

const EXAMPLE = 'examples/javascript'
const NO_NETWORK =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/

it('an example installs the package with what it depends on, and takes it anew once it is packed anew', async (t) => {
  const checkout = await mkdtemp(path.join(tmpdir(), 'marketmeter-npm-'))
  after(() => rm(checkout, { recursive: true, force: true }))
  const packed = path.join(checkout, 'marketmeter-0.1.0.tgz')
  const project = path.join(checkout, EXAMPLE)
  const place = path.join(project, 'node_modules/marketmeter')
  await cp(tarball(), packed)
  await cp(path.join(ROOT, EXAMPLE), project, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  })

  const lack = await npm(project, 'install')
  if (lack !== undefined) {
    t.skip(lack)
    return
  }
  assert.ok(!existsSync(path.join(project, 'node_modules/.bin/node')), 'it brings a Node')
  assert.match(await runTests(process.execPath, ['--test'], project), /^(?:#|ℹ) pass [1-9]/m)

  await packAnew(packed, checkout)
  assert.equal(await npm(project, 'update', 'marketmeter'), undefined)
  assert.equal(await readFile(path.join(place, 'dist/anew.txt'), 'utf8'), 'anew')
  assert.ok(!existsSync(path.join(project, 'package-lock.json')), 'it writes into the checkout')
})

/** @returns Why it could not, if it reached no registry. */
async function npm(folder: string, ...words: readonly string[]): Promise<string | undefined> {
  const command = { program: 'npm', arguments: [...words, '--loglevel=error'] }
  const { exitCode, stdout, stderr } = await run(command, folder)
  if (exitCode === 0) return undefined
  const code = NO_NETWORK.exec(stderr)
  assert.ok(code, `npm ${words.join(' ')} failed:\n${stdout}${stderr}`)
  return `npm reaches no registry: ${code[0]}`
}

/** With one file more, under the same name, as `npm pack` does after a change. */
async function packAnew(packed: string, folder: string): Promise<void> {
  const unpacked = path.join(folder, 'unpacked')
  await mkdir(unpacked)
  await tar('-xzf', packed, '-C', unpacked)
  await writeFile(path.join(unpacked, 'package/dist/anew.txt'), 'anew')
  await tar('-czf', packed, '-C', unpacked, 'package')
}

async function tar(...words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run({ program: 'tar', arguments: words }, tmpdir())
  assert.equal(exitCode, 0, stderr)
}
