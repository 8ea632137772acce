/**
 * Registration tokens between programs: made by a command beside a service, resolved by the real SDK, alike on every replica
 * and after a restart, on each kind of ledger; and in no line that any of them says.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import {
  MarketplaceMeteringClient,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'
import { server, skip } from '../store/postgres/server.spec.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from './program.spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'registration-'))
after(() => rmSync(root, { recursive: true }))

const TWICE = path.join(root, 'twice.yaml')
writeFileSync(TWICE, 'name: twice\nregistrationTokenUsesMax: 2\n')

const PORTS = ['--port', '0', '--admin-port', '0']
const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b'
const BUYER = '222233334444'
const ANSWER = {
  CustomerIdentifier: 'X01DEMOACTV',
  ProductCode: PRODUCT,
  CustomerAWSAccountId: BUYER,
  LicenseArn: 'arn:aws:license-manager::123456789012:license:l-de300000000000000000000000000001',
}

interface Ready {
  readonly endpoint: string
  readonly adminEndpoint: string
  readonly adminToken: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

describe('a registration token in a folder', () => {
  it('is made beside the service, and good after a restart, but not oftener than the profile says', async () => {
    const place = ['--data', path.join(root, 'folder')]
    const first = startDemo(place)
    const ready = await readyLine(first)
    const token = await tokenFrom(place)
    assert.deepEqual(await resolve(ready, token), ANSWER)
    const said = await stopped(first)
    const second = startDemo(place)
    const again = await readyLine(second)
    assert.deepEqual(await resolve(again, token), ANSWER)
    assert.equal(await resolve(again, token), 'ExpiredTokenException')
    const revoked = await tokenFrom(place)
    await run(['tokens', 'revoke', '--product', PRODUCT, '--buyer', BUYER, ...place])
    // The service sees it at its next look, whoever asks meanwhile.
    while ((await resolve(again, revoked)) !== 'InvalidTokenException');
    assert.deepEqual(await resolve(again, await tokenFrom(place)), ANSWER)
    assert.equal(await resolve(again, `${token.slice(0, -2)}A=`), 'InvalidTokenException')
    for (const line of [said, await stopped(second)]) assert.ok(!line.includes(token.slice(0, 40)))
  })
})

describe('a registration token on PostgreSQL', { skip }, () => {
  it('is made by one replica and good on each, as often as the profile says in all', async () => {
    const place = ['--ledger', server().urlOf(await server().createDatabase())]
    const replicas = [startDemo(place), startDemo(place)]
    const [one, other] = await Promise.all(replicas.map(readyLine))
    assert.ok(one && other)
    const byCommand = await tokenFrom(place)
    assert.deepEqual(await resolve(one, byCommand), ANSWER)
    assert.deepEqual(await resolve(other, byCommand), ANSWER)
    const raced = await tokenFromApi(one)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => resolve(index % 2 === 0 ? one : other, raced)),
    )
    const refused = answers.filter((answer) => answer === 'ExpiredTokenException')
    assert.deepEqual([answers.length - refused.length, refused.length], [2, 6])
    for (const said of await Promise.all(replicas.map(stopped))) {
      assert.ok(!said.includes(raced.slice(0, 40)))
    }
  })
})

function startDemo(place: readonly string[]): Program {
  return startProgram(['demo', '--json', '--profile', TWICE, ...place, ...PORTS])
}

async function readyLine(program: Program): Promise<Ready> {
  return JSON.parse(await firstLineOf(program)) as Ready
}

async function stopped(program: Program): Promise<string> {
  program.kill('SIGTERM')
  const { code, out, err } = await endOf(program)
  assert.equal(code, 0, err)
  return out + err
}

async function tokenFrom(place: readonly string[]): Promise<string> {
  return (await run(['tokens', 'create', '--product', PRODUCT, '--buyer', BUYER, ...place])).trim()
}

async function run(words: readonly string[]): Promise<string> {
  const { code, out, err } = await runToEnd(words)
  assert.equal(code, 0, err)
  return out
}

async function tokenFromApi({ adminEndpoint, adminToken }: Ready): Promise<string> {
  const answer = await fetch(`${adminEndpoint}/v1/registration-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ product: PRODUCT, buyer: BUYER }),
  })
  assert.equal(answer.status, 201)
  return ((await answer.json()) as { readonly token: string }).token
}

/** The answer as the SDK reads it, or the name of its error. */
async function resolve(ready: Ready, token: string): Promise<unknown> {
  const { endpoint, accessKeyId, secretAccessKey } = ready
  const credentials = { accessKeyId, secretAccessKey }
  const client = new MarketplaceMeteringClient({ endpoint, region: 'us-east-1', credentials })
  try {
    const answer = await client.send(new ResolveCustomerCommand({ RegistrationToken: token }))
    const { $metadata, ...members } = answer
    assert.equal($metadata.httpStatusCode, 200)
    return members
  } catch (error) {
    return (error as Error).name
  } finally {
    client.destroy()
  }
}
