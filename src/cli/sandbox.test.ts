/** `marketmeter sandbox` as a program, the commands that talk to it, and a service, which has nothing of it. */
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'
import type { WorkspaceView } from '../sandbox/control/views.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from './program.spec.ts'
import { meter, type Ready } from './sandbox-program.spec.ts'

function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

describe('marketmeter sandbox', () => {
  let program: Program
  let ready: Ready
  before(async () => {
    program = startProgram(['sandbox', '--json', '--port', '0', '--now', '2026-08-23T12:00:00Z'])
    ready = JSON.parse(await firstLineOf(program)) as Ready
  })
  after(async () => {
    program.kill('SIGTERM')
    assert.deepEqual(await endOf(program), { code: 0, out: '', err: '' })
  })
  const tell = (...words: string[]) => runToEnd([...words, '--url', ready.controlEndpoint])

  it('tells SDKs where it is and by which key, and they find it', async () => {
    const { out, code } = await tell('sandbox', 'env', '--form', 'json')
    assert.equal(code, 0)
    const variables = JSON.parse(out) as Record<string, string>
    const client = new MarketplaceMeteringClient({
      endpoint: variables['AWS_ENDPOINT_URL_MARKETPLACE_METERING'] ?? '',
      region: variables['AWS_REGION'] ?? '',
      credentials: {
        accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    })
    const [product] = ready.products
    const [buyer] = ready.buyers
    const record = {
      Timestamp: new Date(ready.now),
      Dimension: product?.dimensions[0] ?? '',
      CustomerAWSAccountId: buyer?.awsAccountId,
      Quantity: 5,
    }
    const { Results } = await client.send(
      new BatchMeterUsageCommand({ ProductCode: product?.code, UsageRecords: [record] }),
    )
    client.destroy()
    assert.equal(Results?.[0]?.Status, 'Success')
    const { out: lines } = await runToEnd(['sandbox', 'env', '--url', ready.controlEndpoint])
    assert.match(lines, /^export AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE='http:/m)
    assert.match(
      lines,
      /^unset AWS_SESSION_TOKEN AWS_PROFILE AWS_IGNORE_CONFIGURED_ENDPOINT_URLS$/m,
    )
  })

  it('tells of a temporary key its session token, too', async () => {
    const asked = await fetch(`${ready.controlEndpoint}/workspaces`, {
      method: 'POST',
      body: JSON.stringify({ seed: 'ami-container-metering' }),
      headers: { 'content-type': 'application/json' },
    })
    const { id, keys } = (await asked.json()) as WorkspaceView
    const temporary = keys.find(({ sessionToken }) => sessionToken !== undefined)
    const { account = '', resource = '' } = temporary ?? {}
    const words = ['--workspace', id, '--account', account, '--resource', resource]
    const { out } = await tell('sandbox', 'env', ...words)
    assert.ok(out.includes(`export AWS_SESSION_TOKEN='${temporary?.sessionToken ?? ''}'\n`))
    assert.match(out, /^unset AWS_PROFILE AWS_IGNORE/m)
  })

  it('has its clock moved, shown, remembered and taken back', async () => {
    assert.match(
      (await tell('sandbox', 'clock', '--advance', '7h')).out,
      /^2026-08-23T19:00.*frozen/,
    )
    assert.equal((await tell('sandbox', 'snapshot', 'evening')).code, 0)
    const back = await tell('sandbox', 'clock', '--set', '2026-08-23T18:00:00Z')
    assert.equal(back.code, 1)
    assert.match(back.err, /goes forward only/)
    assert.match((await tell('sandbox', 'reset')).err, /frozen at 2026-08-23T12:00/)
    assert.match((await tell('sandbox', 'restore', 'evening')).err, /2026-08-23T19:00/)
    assert.match((await tell('sandbox', 'restore', 'morning')).err, /There are: evening/)
  })

  it('fails when it is told to, and no more when it is told so', async () => {
    const added = await tell('sandbox', 'add-fault', 'throttle', '--times', '3')
    assert.equal(added.code, 0)
    const id = added.out.trim()
    assert.match((await tell('sandbox', 'faults')).out, new RegExp(`${id} +throttle +all +0 +3`))
    assert.equal((await tell('sandbox', 'clear-faults', id)).code, 0)
    assert.doesNotMatch((await tell('sandbox', 'faults')).out, /throttle/)
    const unknown = await tell('sandbox', 'add-fault', 'explode')
    assert.match(unknown.err, /throttle, internal-error/)
    const wrong = await tell('sandbox', 'add-fault', 'latency', '--ms', 'long')
    assert.deepEqual([wrong.code, wrong.err.includes('--ms: expected a number')], [2, true])
  })

  it('adds a fault just as it is told, and lists it and what it struck', async () => {
    const product = ready.products[0]?.code ?? ''
    const buyer = ready.buyers[0]?.awsAccountId ?? ''
    const words =
      '--id mine --operation BatchMeterUsage --times untilCleared --after 1 --records 0,2'
    const about = ['--product', product, '--buyer', buyer]
    const added = await tell('sandbox', 'add-fault', 'unprocessed', ...words.split(' '), ...about)
    assert.deepEqual([added.code, added.out], [0, 'mine\n'])
    const { out } = await tell('sandbox', 'faults', '--json')
    const facts = { id: 'mine', kind: 'unprocessed', operation: 'BatchMeterUsage', product, buyer }
    const counts = { times: 'untilCleared', left: 'untilCleared', after: 1, fired: 0 }
    assert.deepEqual(JSON.parse(out), { ...facts, ...counts, probability: 1, records: [0, 2] })
    assert.equal((await tell('sandbox', 'clear-faults')).code, 0)
    await tell('sandbox', 'add-fault', 'throttle', '--id', 'slower')
    await meter(ready, 7)
    const fired = await tell('sandbox', 'faults', '--fired')
    assert.match(fired.out, /^AT +ID +KIND +OPERATION +REQUEST\n2026-\S+ +slower +throttle +BatchM/)
    const [firing] = jsonLines((await tell('sandbox', 'faults', '--fired', '--json')).out)
    assert.equal(firing?.['fault'], 'slower')
    await tell('sandbox', 'clear-faults')
  })

  it('is asked the questions of a test, narrowed as they say', async () => {
    await tell('sandbox', 'reset')
    await meter(ready, 3)
    await meter(ready, 3)
    await meter(ready, 4)
    await meter(ready, 0)
    const buyer = ready.buyers[0]?.awsAccountId ?? ''
    const ask = async (...words: string[]) =>
      jsonLines((await tell('sandbox', 'ask', ...words)).out).length
    assert.equal(await ask('records', '--buyer', buyer, '--quantity', '3'), 1)
    assert.equal(await ask('records', '--quantity', '4'), 0)
    assert.equal(await ask('zero-quantity-records'), 0)
    assert.equal(await ask('refusals', '--code', 'DuplicateRecord'), 2)
    assert.equal(await ask('duplicates', '--buyer', buyer), 1)
    assert.ok((await ask('hours-without-record', '--from', '2026-08-23T10:00:00Z')) > 0)
    const calls = await tell('sandbox', 'ask', 'calls', '--operation', 'BatchMeterUsage')
    assert.deepEqual(
      jsonLines(calls.out).map(({ count }) => count),
      [4],
    )
    const wrong = await tell('sandbox', 'ask', 'calls', '--buyer', buyer)
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /buyer/)
  })

  it('makes a token that ResolveCustomer takes', async () => {
    const [product] = ready.products
    const [buyer] = ready.buyers
    const about = ['--product', product?.code ?? '', '--buyer', buyer?.awsAccountId ?? '']
    const { out, code } = await tell('sandbox', 'token', ...about)
    assert.equal(code, 0)
    const client = new MarketplaceMeteringClient({
      endpoint: ready.endpoint,
      region: ready.region,
      credentials: ready,
    })
    const asked = new ResolveCustomerCommand({ RegistrationToken: out.trim() })
    assert.equal((await client.send(asked)).ProductCode, product?.code)
    client.destroy()
    const nobody = ['--product', product?.code ?? '', '--buyer', '999999999999']
    const refused = await tell('sandbox', 'token', ...nobody)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /999999999999/)
  })

  it('has its clock run on, and moved by spans that add up', async () => {
    const moved = await tell('sandbox', 'clock', '--advance', '1h30m')
    assert.match(moved.out, /^2026-08-23T13:30\S+ frozen$/m)
    assert.match((await tell('sandbox', 'clock', '--run')).out, / running$/m)
    assert.match((await tell('sandbox', 'clock', '--freeze')).out, / frozen$/m)
    for (const span of ['1h30', '1h30x', 'h', '-1h']) {
      const wrong = await tell('sandbox', 'clock', `--advance=${span}`)
      assert.equal(wrong.code, 2, span)
    }
    await tell('sandbox', 'reset')
  })

  it('begins chance where it is told to', async () => {
    const other = startProgram(['sandbox', '--json', '--port', '0', '--fault-seed', '7'])
    const { controlEndpoint } = JSON.parse(await firstLineOf(other)) as Ready
    const answer = await fetch(`${controlEndpoint}/workspaces/default/faults`)
    assert.deepEqual(await answer.json(), { faults: [], seed: 7 })
    other.kill('SIGTERM')
    await endOf(other)
  })

  it('has helps that are no wider than their options, but for examples', async () => {
    for (const words of [['sandbox'], ['sandbox', 'add-fault'], ['sandbox', 'env']]) {
      const { out, err, code } = await runToEnd([...words, '--help'])
      assert.deepEqual([code, err], [0, ''])
      const prose = out.split('\n').filter((line) => !/^ *\$ /.test(line))
      assert.deepEqual(
        prose.filter((line) => line.length > 80),
        [],
      )
    }
  })

  it('says to people how to reach it where it is not at its usual place', async () => {
    const other = startProgram(['sandbox', '--port', '0'])
    const lines: string[] = []
    for await (const line of createInterface({ input: other.stdout })) {
      lines.push(line)
      if (line.startsWith('Ctrl-C')) other.kill('SIGTERM')
    }
    const [, place] = /control API on (\S+)\/ /.exec(lines.join('\n')) ?? []
    assert.ok(place)
    for (const told of ['env', 'tail']) {
      assert.ok(lines.join('\n').includes(`marketmeter sandbox ${told} --url ${place}`), told)
    }
  })

  it('refuses what it does not know with a sentence that names what there is', async () => {
    const rows: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['sandbox', '--seed', 'nope'], 2, /no seed "nope"\. There are: saas-subscription/],
      [['sandbox', '--profile', 'aws-1999'], 2, /no profile "aws-1999"\. There are: aws-2025/],
      [['sandbox', '--now', 'noon'], 2, /"noon" is no instant/],
      [['sandbox', 'clock', '--url', 'http://127.0.0.1:9'], 1, /No sandbox answers/],
      [['sandbox', 'env', '--workspace', 'x', '--url', ready.controlEndpoint], 1, /workspace "x"/],
      [['sandbox', 'env', '--account', '1', '--url', ready.controlEndpoint], 2, /111122223333/],
      [
        ['sandbox', '--port', new URL(ready.endpoint).port],
        3,
        /taken by another process\. .* with --port or --control-port /,
      ],
      [
        ['sandbox', '--port', '0', '--control-port', new URL(ready.controlEndpoint).port],
        3,
        /taken by another process\. .* with --port or --control-port /,
      ],
      [['sandbox', '--host', '300.1.1.1'], 3, /: 300\.1\.1\.1 is no address of this machine/],
      [['sandbox', 'nonsense'], 2, /unknown command 'sandbox nonsense'\. There are: env, tail, /],
      [['sandbox', 'faults', '--url', ready.endpoint], 1, /is no control endpoint of a sandbox/],
      [
        ['sandbox', 'faults', '--url', 'file:///x'],
        2,
        /--url: expected the control endpoint and no more, such as http:/,
      ],
      [['sandbox', 'add-fault', 'throttle', '--times', 'forever'], 2, /number or untilCleared/],
      [['sandbox', 'ask', 'nonsense'], 2, /no question "nonsense"\. There are: records, /],
      [['sandbox', 'restore', ''], 2, /NAME: nothing is called ""/],
      [['sandbox', 'restore', '.'], 2, /NAME: nothing is called "\."/],
      [['sandbox', 'env', '--workspace', ''], 2, /--workspace: nothing is called ""/],
      [['sandbox', 'clear-faults', ''], 2, /ID: nothing is called ""/],
      [['sandbox', 'snapshot', '..', '--url', ready.controlEndpoint], 1, /needs a name/],
    ]
    for (const [words, code, sentence] of rows) {
      const ended = await runToEnd(words)
      assert.equal(ended.code, code, words.join(' '))
      assert.match(ended.err, sentence)
      assert.doesNotMatch(ended.err, /^ +at /m)
    }
  })
})

describe('a service that is no sandbox', () => {
  it('has no path, no flag and no header of one', async () => {
    const words = ['demo', '--json', '--in-memory', '--port', '0']
    const program = startProgram(words)
    const line = JSON.parse(await firstLineOf(program)) as Record<string, string>
    const { endpoint = '', adminEndpoint = '', purchaseEndpoint = '', adminToken } = line
    for (const place of [endpoint, adminEndpoint, purchaseEndpoint]) {
      for (const [method, path] of [
        ['POST', '/workspaces'],
        ['GET', '/workspaces/default'],
        ['PUT', '/workspaces/default/clock'],
        ['POST', '/workspaces/default/clock/advance'],
        ['POST', '/workspaces/default/faults'],
        ['POST', '/workspaces/default/reset'],
        ['GET', '/workspaces/default/exchanges'],
        ['GET', '/inspector.js'],
      ] as const) {
        const answer = await fetch(`${place}${path}`, {
          method,
          headers: { authorization: `Bearer ${adminToken ?? ''}` },
        })
        assert.equal(answer.status, 404, `${method} ${path}`)
        await answer.body?.cancel()
      }
    }
    program.kill('SIGTERM')
    await endOf(program)
    for (const flag of ['--now', '--clock', '--any-credentials', '--fault-seed', '--seed']) {
      const ended = await runToEnd(['serve', flag, 'x'])
      assert.equal(ended.code, 2)
      assert.match(ended.err, /unknown option/)
    }
  })
})
