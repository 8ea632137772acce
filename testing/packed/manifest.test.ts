/** What the tarball promises to tools: that its exports are there, in the format and with the types that they say. */
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { run } from './installing.ts'
import { projectOf, typecheck } from './project.ts'

const SDK = '@aws-sdk/client-marketplace-metering'
const UNPACKED_BYTES_MAX = 7 * 2 ** 20

describe('the packed package', async () => {
  const project = await projectOf('testing/packed/projects/typescript', SDK)
  const place = path.join(project, 'node_modules/marketmeter')

  it('has nothing that publint complains of', async () => {
    const { messages, pkg } = await publint({ pkgDir: place, strict: true, pack: false })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    )
  })

  it('has types for ESM and for CommonJS', async () => {
    await typecheck(project, { module: 'nodenext', files: ['esm.ts', 'commonjs.cts'] })
  })

  it('has types for bundlers, also for a project that knows no newer JavaScript', async () => {
    const options = { module: 'esnext', moduleResolution: 'bundler', target: 'es2022' }
    await typecheck(project, { ...options, files: ['esm.ts'] })
  })

  it('needs the types of no package but the AWS SDK', async () => {
    const folder = path.join(place, 'dist/exports')
    const files = (await readdir(folder)).filter((file) => /\.d\.c?ts$/.test(file))
    const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')))
    assert.equal(files.length, 4)
    assert.deepEqual(
      [...new Set(texts.flatMap((text) => text.match(/(?<=from ["']).*(?=["'])/g) ?? []))],
      [SDK],
    )
  })

  it('says which version it is, and brings no Node that would take over the project’s own', async () => {
    const { version } = JSON.parse(await readFile(path.join(place, 'package.json'), 'utf8')) as {
      readonly version: string
    }
    const printed = await run(
      process.execPath,
      [path.join(place, 'dist/cli/main.js'), '-V'],
      project,
    )
    assert.equal(printed.trim(), version)
    assert.deepEqual((await readdir(place)).sort(), [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'examples',
      'package.json',
    ])
  })

  it('stays small', async () => {
    const entries = await readdir(place, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const sizes = await Promise.all(
      files.map(async ({ parentPath, name }) => (await stat(path.join(parentPath, name))).size),
    )
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(bytes < UNPACKED_BYTES_MAX, `${bytes} bytes`)
  })
})
