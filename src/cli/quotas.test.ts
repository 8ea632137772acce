/**
 * The switch of quotas, wherever there is one: by a profile that lets one call of ResolveCustomer through in a thousand seconds, so that
 * nothing here hangs on how fast it runs.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import {
  MarketplaceMeteringClient,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'
import { createSandbox } from '../sandbox/index.ts'
import { firstLineOf, runToEnd, startProgram } from './program.spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'quotas-'))
after(() => {
  rmSync(root, { recursive: true })
})
const profileFile = path.join(root, 'one.yaml')
writeFileSync(profileFile, 'name: one\nquotas: { ResolveCustomer: 0.001 }\n')

interface Ready {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What two calls are refused for, one after the other. */
async function refusedTwice({ endpoint, ...credentials }: Ready): Promise<readonly string[]> {
  const region = 'us-east-1'
  const client = new MarketplaceMeteringClient({ endpoint, region, credentials, maxAttempts: 1 })
  const names: string[] = []
  for (const RegistrationToken of ['one', 'two']) {
    const error: unknown = await client
      .send(new ResolveCustomerCommand({ RegistrationToken }))
      .catch((thrown: unknown) => thrown)
    names.push(error instanceof Error ? error.name : String(error))
  }
  client.destroy()
  return names
}

async function inCode(test: TestContext, quotas: boolean): Promise<Ready> {
  const profile = { quotas: { ResolveCustomer: 0.001 } }
  const sandbox = await createSandbox({ profile, quotas })
  test.after(() => sandbox.close())
  const { endpoint, credentials } = sandbox.clientConfig
  return { endpoint, ...credentials }
}

async function started(test: TestContext, words: readonly string[]) {
  const program = startProgram([...words, '--json', '--port', '0', '--profile', profileFile])
  test.after(() => program.kill('SIGKILL'))
  return JSON.parse(await firstLineOf(program)) as Ready & { readonly controlEndpoint: string }
}

const flag = (quotas: boolean) => (quotas ? ['--quotas'] : [])

function ofProgram(test: TestContext, quotas: boolean): Promise<Ready> {
  return started(test, ['sandbox', ...flag(quotas)])
}

async function overHttp(test: TestContext, quotas: boolean): Promise<Ready> {
  const { controlEndpoint } = await started(test, ['sandbox', ...flag(!quotas)])
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ quotas })
  const made = await fetch(`${controlEndpoint}/workspaces`, { method: 'POST', headers, body })
  return (await made.json()) as Ready
}

async function ofService(test: TestContext, quotas: boolean): Promise<Ready> {
  const place = ['--data', mkdtempSync(path.join(root, 'data-'))]
  const seller = '111122223333'
  await runToEnd(['sellers', 'create', seller, ...place])
  const made = await runToEnd(['keys', 'create', '--account', seller, '--json', ...place])
  assert.equal(made.code, 0, made.err)
  const key = JSON.parse(made.out) as Pick<Ready, 'accessKeyId' | 'secretAccessKey'>
  const words = ['serve', '--admin-port', '0', ...flag(quotas), ...place]
  return { ...key, endpoint: (await started(test, words)).endpoint }
}

describe('quotas', () => {
  const places = {
    createSandbox: inCode,
    sandbox: ofProgram,
    workspace: overHttp,
    serve: ofService,
  }
  for (const [place, open] of Object.entries(places)) {
    it(`are in force where they are turned on, and only there: ${place}`, async (t) => {
      const [invalid, throttled] = ['InvalidTokenException', 'ThrottlingException']
      assert.deepEqual(await refusedTwice(await open(t, true)), [invalid, throttled])
      assert.deepEqual(await refusedTwice(await open(t, false)), [invalid, invalid])
    })
  }
})
