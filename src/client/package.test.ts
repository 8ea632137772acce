/**
 * The client as a seller gets it: compiled, packed, unpacked in a stranger's folder, type-checked and run there.
 *
 * Only what the client reaches is compiled, into a folder of its own, so that the test needs no finished build of
 * the rest and disturbs none.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'

const ROOT = path.join(import.meta.dirname, '../..')
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc')
const NODE_TYPES = { types: ['node'], typeRoots: [path.join(ROOT, 'node_modules/@types')] }

/** What npm installs beside the package, taken from this checkout. */
const INSTALLED = ['p-limit', 'p-retry', '@aws-sdk/client-marketplace-metering']

const PROGRAM = `
import { BatchMeterUsageRequest, MeteringClient, type Outcome } from 'marketmeter/client'

const record = { Timestamp: new Date(0), Dimension: 'requests', CustomerAWSAccountId: '111122223333' }
const request = new BatchMeterUsageRequest({ ProductCode: 'code', UsageRecords: [record] })
const exceptions: string[] = request
  .check({ profile: 'aws-2026', now: new Date(86_400_000) })
  .map((breach) => breach.exception)

const client = new MeteringClient({
  config: {
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  },
})
const outcomes: readonly Outcome[] = await client.send([{ ...record, productCode: 'code' }])
client.close()

// @ts-expect-error a quantity is a number
new BatchMeterUsageRequest({ UsageRecords: [{ ...record, Quantity: '1' }] })
// @ts-expect-error nobody changes a request
if (exceptions.length > 9) request.UsageRecords = []

console.log(JSON.stringify([exceptions, outcomes.map(({ status }) => status)]))
`

const folder = mkdtempSync(path.join(tmpdir(), 'marketmeter-client-'))
const consumer = path.join(folder, 'consumer')

describe('marketmeter/client, packed', () => {
  before(() => {
    compile()
    unpack(pack())
    write('consumer/main.ts', PROGRAM)
    write('consumer/package.json', { type: 'module' })
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2025',
      strict: true,
      exactOptionalPropertyTypes: true,
    }
    write('consumer/tsconfig.json', {
      compilerOptions: { ...compilerOptions, ...NODE_TYPES },
      files: ['main.ts'],
    })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('type-checks in a stranger’s strict project, its own declarations included', () => {
    run(process.execPath, [TSC, '-p', '.', '--noEmit'], consumer)
  })

  it('checks and sends from there', () => {
    run(process.execPath, [TSC, '-p', '.'], consumer)
    const printed: unknown = JSON.parse(run(process.execPath, ['main.js'], consumer))
    assert.deepEqual(printed, [['TimestampOutOfBoundsException'], ['unknown']])
  })

  it('without the SDK still has the container, and says what to install', () => {
    rmSync(path.join(consumer, 'node_modules/@aws-sdk'), { recursive: true })
    const program = `
      import { BatchMeterUsageRequest, MeteringClient } from 'marketmeter/client'
      new BatchMeterUsageRequest({ UsageRecords: [] })
      await new MeteringClient().send([]).catch((error) => console.log(error.message))`
    const printed = run(process.execPath, ['--input-type=module', '--eval', program], consumer)
    assert.match(printed, /npm install @aws-sdk\/client-marketplace-metering/)
  })
})

function compile(): void {
  write('tsconfig.json', {
    extends: path.join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { rootDir: path.join(ROOT, 'src'), outDir: 'package/dist', ...NODE_TYPES },
    files: [path.join(ROOT, 'src/client/index.ts')],
    include: [],
  })
  run(process.execPath, [TSC, '-p', '.'], folder)
  cpSync(path.join(ROOT, 'package.json'), path.join(folder, 'package/package.json'))
}

function pack(): string {
  const place = path.join(folder, 'package')
  const printed = run('npm', ['pack', '--ignore-scripts', '--json', '--workspaces=false'], place)
  const [packed] = JSON.parse(printed) as [{ readonly filename: string }]
  return path.join(place, packed.filename)
}

function unpack(tarball: string): void {
  const place = path.join(consumer, 'node_modules/marketmeter')
  mkdirSync(place, { recursive: true })
  run('tar', ['-xzf', tarball, '--strip-components=1'], place)
  for (const name of INSTALLED) {
    const link = path.join(consumer, 'node_modules', name)
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(path.join(ROOT, 'node_modules', name), link)
  }
}

function write(name: string, content: string | object): void {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}
