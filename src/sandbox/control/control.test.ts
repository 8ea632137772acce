/** The control API over HTTP: what other languages, the commands and the page ask of a sandbox. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import type { Exchange } from '../exchange.ts'
import { Journal, JournalBudget } from '../journal.ts'
import { settingsOf, type WorkspaceOptions } from '../options.ts'
import { openWirePort } from '../port.ts'
import { Workspaces } from '../workspaces.ts'
import { follow, LINES } from './follow.ts'
import { openControlPort } from './port.ts'
import type { WorkspaceView } from './views.ts'

const NOON = '2026-08-23T12:00:00Z'

/** Of form, settings, catalog and usage. */
const SEED_WITH_MISTAKES = {
  version: 1,
  clock: 'stopped',
  regions: ['Paris'],
  sellers: [{ account: '111122223333' }],
  products: [{ code: 'api', seller: '999999999999' }],
  usage: [{ agreement: 'agmt-gone', dimension: 'd', quantity: 1, timestamp: 'now' }],
}

interface Answer {
  readonly status: number
  readonly value: Record<string, unknown>
}

async function opened(
  test: TestContext,
  allowedHosts: readonly string[] = [],
  defaults: WorkspaceOptions = {},
) {
  const workspaces = new Workspaces()
  await workspaces.openDefault(await settingsOf({ now: NOON, ...defaults }))
  const wire = await openWirePort(workspaces.handle, { host: '127.0.0.1', port: 0 })
  const endpoints = { endpoint: wire.endpoint, controlEndpoint: '' }
  const failures: unknown[] = []
  const control = await openControlPort(
    {
      workspaces,
      endpoints: () => endpoints,
      defaults,
      allowedHosts,
      failed: (error) => failures.push(error),
    },
    { host: '127.0.0.1', port: 0 },
  )
  endpoints.controlEndpoint = control.endpoint
  test.after(async () => {
    await Promise.all([wire.close(), control.close()])
    assert.deepEqual(failures, [])
  })
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${control.endpoint}${path}`, {
      method,
      ...(body !== undefined && {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const answered = await answer.text()
    const value = answered === '' ? {} : (JSON.parse(answered) as Record<string, unknown>)
    return { status: answer.status, value }
  }
  return { ask, endpoint: control.endpoint, workspaces }
}

async function meter(workspace: WorkspaceView, Quantity = 5): Promise<string | undefined> {
  const { endpoint, region, accessKeyId, secretAccessKey, now } = workspace
  const credentials = { accessKeyId, secretAccessKey }
  const client = new MarketplaceMeteringClient({ endpoint, region, credentials, maxAttempts: 1 })
  const [product] = workspace.products
  const [buyer] = workspace.buyers
  const record = {
    Timestamp: new Date(now),
    Dimension: product?.dimensions[0] ?? '',
    CustomerAWSAccountId: buyer?.awsAccountId,
    Quantity,
  }
  const { Results } = await client.send(
    new BatchMeterUsageCommand({ ProductCode: product?.code, UsageRecords: [record] }),
  )
  client.destroy()
  return Results?.[0]?.Status
}

describe('a workspace over HTTP', () => {
  it('is made, used, moved, remembered, taken back and ended', async (t) => {
    const { ask } = await opened(t)
    const made = await ask('POST', '/workspaces', { now: NOON, profile: 'aws-2026' })
    assert.equal(made.status, 201)
    const workspace = made.value as unknown as WorkspaceView
    const path = `/workspaces/${workspace.id}`
    assert.equal(await meter(workspace), 'Success')
    const moved = await ask('POST', `${path}/clock/advance`, { hours: 2, minutes: 30 })
    assert.deepEqual(moved.value, { now: '2026-08-23T14:30:00.000Z', clock: 'frozen' })
    await ask('POST', `${path}/snapshots`, { name: 'half past two' })
    await ask('POST', `${path}/reset`)
    assert.deepEqual((await ask('GET', `${path}/records`)).value, { records: [] })
    await ask('POST', `${path}/snapshots/half%20past%20two/restore`)
    const { records } = (await ask('GET', `${path}/records?buyer=222233334444`)).value
    assert.equal((records as unknown[]).length, 1)
    assert.deepEqual((await ask('GET', `${path}/clock`)).value, moved.value)
    const { value: other } = await ask('GET', '/workspaces/default/records')
    assert.deepEqual(other, { records: [] })
    assert.equal((await ask('DELETE', path)).status, 204)
    assert.equal((await ask('GET', path)).status, 404)
  })

  it('is made as the process was started, but for what is asked for', async (t) => {
    const { ask } = await opened(t, [], { seed: 'saas-contract', profile: 'aws-2026', now: NOON })
    const { value: same } = await ask('POST', '/workspaces')
    const { value: other } = await ask('POST', '/workspaces', { profile: 'aws-2025' })
    const { value: first } = await ask('GET', '/workspaces/default')
    assert.deepEqual(
      [same, other].map(({ profile, now, clock, products }) => [profile, now, clock, products]),
      ['aws-2026', 'aws-2025'].map((profile) => [
        profile,
        first['now'],
        'frozen',
        first['products'],
      ]),
    )
  })

  it('is refused for all that is wrong with its seed at once', async (t) => {
    const { ask } = await opened(t)
    const { status, value } = await ask('POST', '/workspaces', { seed: SEED_WITH_MISTAKES })
    const problems = value['problems'] as readonly { readonly where: string }[]
    assert.equal(status, 400)
    assert.deepEqual(
      problems.map(({ where }) => where),
      ['clock', 'regions[0]', 'products[0].seller', 'usage[0].agreement'],
    )
  })

  it('relates now to its own clock', async (t) => {
    const { ask } = await opened(t)
    const { value } = await ask('PUT', '/workspaces/default/clock', { now: 'now+1h' })
    assert.equal(value['now'], '2026-08-23T13:00:00.000Z')
  })

  const REFUSED: readonly (readonly [string, string, unknown, number, RegExp])[] = [
    ['POST', '/workspaces', { seed: 'nope' }, 400, /no seed "nope"\. There are: saas-subscription/],
    ['POST', '/workspaces', { seed: './seed.yaml' }, 400, /no seed "\.\/seed\.yaml"/],
    [
      'POST',
      '/workspaces',
      { profile: '/etc/passwd' },
      400,
      /no profile "\/etc\/passwd"\. There are: aws-2025, aws-2026/,
    ],
    ['POST', '/workspaces', { sed: 'x' }, 400, /no member "sed".*seed, now, clock/],
    ['POST', '/workspaces', { now: 'noon' }, 400, /"noon" is no instant/],
    ['POST', '/workspaces', { quotas: 'yes' }, 400, /quotas is "yes"; expected true or false/],
    ['POST', '/workspaces', { seed: null }, 400, /no seed null/],
    ['POST', '/workspaces', { now: null }, 400, /now is null; expected an instant/],
    ['POST', '/workspaces', { now: -1 }, 400, /-1 is no instant/],
    ['POST', '/workspaces', { clock: null }, 400, /clock is null; expected frozen or running/],
    ['POST', '/workspaces', { profile: null }, 400, /profile is null; expected/],
    ['POST', '/workspaces', { profile: [] }, 400, /profile is \[\]; expected/],
    ['POST', '/workspaces', { regions: {} }, 400, /regions is \{\}; expected a list/],
    ['POST', '/workspaces', { regions: 'us-east-1' }, 400, /expected a list of Regions/],
    ['POST', '/workspaces', { faultSeed: null }, 400, /whole number/],
    ['PUT', '/workspaces/default/clock', { now: 1e300 }, 400, /no instant/],
    ['POST', '/workspaces/default/clock/advance', { days: 1e9 }, 400, /no further/],
    ['POST', '/workspaces/default/clock/advance', { days: -1e12 }, 409, /forward only/],
    ['POST', '/workspaces', '{', 400, /no JSON/],
    ['POST', '/workspaces', '[]', 400, /no JSON object/],
    ['GET', '/workspaces/ws-none', undefined, 404, /no workspace "ws-none"/],
    ['DELETE', '/workspaces/default', undefined, 409, /does not end; reset it/],
    ['PUT', '/workspaces/default/clock', { now: '2026-08-23T11:59:59Z' }, 409, /forward only/],
    [
      'PUT',
      '/workspaces/default/clock',
      { clock: 'stopped' },
      400,
      /no clock "stopped"\. There are: frozen, running/,
    ],
    ['POST', '/workspaces/default/clock/advance', { hours: -1 }, 409, /forward only/],
    ['POST', '/workspaces/default/clock/advance', { hours: '1' }, 400, /no span of time/],
    ['POST', '/workspaces/default/clock/advance', { weeks: 1 }, 400, /no member "weeks".*days/],
    ['POST', '/workspaces/default/snapshots', {}, 400, /needs a name/],
    ['POST', '/workspaces/default/snapshots/x/restore', undefined, 404, /None was taken/],
    ['GET', '/workspaces/default/records?buyer=1', undefined, 400, /no buyer "1".*2222/],
    ['GET', '/workspaces/default/records?dimension=nope', undefined, 400, /There are: requests/],
    ['GET', '/workspaces/default/refusals?buyer=1', undefined, 400, /buyer: expected an account/],
    ['GET', '/workspaces/default/records?hour=now&from=now', undefined, 400, /not both/],
    ['GET', '/workspaces/default/calls?account=1&account=2', undefined, 400, /given more often/],
    ['GET', '/workspaces/default/refusals?quantity=1', undefined, 400, /no "quantity".*buyer/],
    ['GET', '/workspaces/default/exchanges?after=-1', undefined, 400, /number of an exchange/],
    ['POST', '/workspaces', { regions: ['nowhere'] }, 400, /a Region such as us-east-1/],
    ['POST', '/workspaces', { seed: { version: 2 } }, 400, /seed is not good/],
    ['POST', '/workspaces/default/faults', { kind: 'slow' }, 400, /kind of fault.*throttle/],
    ['POST', '/workspaces/default/faults', undefined, 400, /A fault is an object.*none was given/],
    ['GET', '/workspaces/default/faults?x=1', undefined, 400, /no "x"\. It has none/],
    ['GET', '/workspaces/default/faults/fired?limit=1', undefined, 400, /no "limit"/],
    ['PUT', '/workspaces/default/faults/seed', {}, 400, /^seed: expected a whole number/],
    ['DELETE', '/workspaces/default/faults/x', undefined, 404, /x/],
    ['PUT', '/workspaces/default/faults/seed', { seed: 'x' }, 400, /whole number/],
    ['GET', '/workspaces/default/records?quantity=x', undefined, 400, /whole number/],
    ['GET', '/workspaces/default/records?by=x', undefined, 400, /no "by".*buyer/],
    ['GET', '/workspaces/default/hours-without-record', undefined, 400, /such as now-24h/],
    ['GET', '/workspaces/default/refusals?code=Nope', undefined, 400, /"Nope"/],
    ['POST', '/workspaces/default/catalog', { product: [] }, 400, /no member "product".*products/],
    ['POST', '/workspaces/default/agreements/x/cancel', undefined, 404, /no agreement "x"/],
    ['POST', '/workspaces/default/tokens', { product: 'p' }, 400, /buyer is missing/],
    ['POST', '/workspaces/default/tokens', { product: 'p', buyer: '1' }, 409, /./],
    ['GET', '/nope', undefined, 404, /no GET \/nope here/],
  ]
  for (const [method, path, body, status, error] of REFUSED) {
    it(`refuses ${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`, async (t) => {
      const { ask } = await opened(t)
      const answer = await ask(method, path, body)
      assert.equal(answer.status, status)
      assert.match(String(answer.value['error']), error)
    })
  }
})

describe('a fault over HTTP', () => {
  it('is added, strikes, is listed as fired, shows in the exchange, and is cleared', async (t) => {
    const { ask } = await opened(t)
    const workspace = (await ask('GET', '/workspaces/default')).value as unknown as WorkspaceView
    const path = '/workspaces/default/faults'
    const fault = { kind: 'throttle', operation: 'BatchMeterUsage', times: 'untilCleared' }
    const { status, value } = await ask('POST', path, fault)
    assert.equal(status, 201)
    await assert.rejects(meter(workspace), { name: 'ThrottlingException' })
    const { fired } = (await ask('GET', `${path}/fired`)).value
    assert.equal((fired as unknown[]).length, 1)
    const { exchanges } = (await ask('GET', '/workspaces/default/exchanges')).value
    assert.deepEqual(
      (exchanges as Exchange[]).map(({ faults }) => faults),
      [[`throttle ${String(value['id'])}`]],
    )
    assert.equal((await ask('DELETE', `${path}/${String(value['id'])}`)).status, 204)
    assert.equal(await meter(workspace), 'Success')
  })
})

describe('questions over HTTP', () => {
  it('are answered as the functions of a sandbox answer them', async (t) => {
    const { ask } = await opened(t)
    const path = '/workspaces/default'
    const workspace = (await ask('GET', path)).value as unknown as WorkspaceView
    for (const quantity of [0, 0, 6]) await meter(workspace, quantity)
    const listed = async (what: string) => {
      const [list] = Object.values((await ask('GET', `${path}/${what}`)).value)
      return (list as unknown[]).length
    }
    const counts = {
      'records?quantity=0&hour=now': 1,
      'records?quantity=6': 0,
      'zero-quantity-records': 1,
      'refusals?code=DuplicateRecord': 1,
      'calls?operation=BatchMeterUsage': 1,
      duplicates: 1,
      'hours-without-record?from=now-3h&dimension=users': 1,
    }
    for (const [what, count] of Object.entries(counts))
      assert.equal(await listed(what), count, what)
    const { value: moved } = await ask('POST', `${path}/clock/advance`, { hours: 1 })
    assert.equal(await meter({ ...workspace, now: String(moved['now']) }, 5), 'Success')
    assert.deepEqual([await listed('records'), await listed('zero-quantity-records')], [2, 1])
  })

  it('and the catalog is changed, and a buyer’s token made', async (t) => {
    const { ask } = await opened(t)
    const path = '/workspaces/default'
    const workspace = (await ask('GET', path)).value as unknown as WorkspaceView
    const [{ awsAccountId: buyer, productCode: product, licenseArn } = assert.fail()] =
      workspace.buyers
    const token = await ask('POST', `${path}/tokens`, { product, buyer })
    assert.equal(token.status, 201)
    assert.match(String(token.value['token']), /[+/]/)
    const cancel = `${path}/agreements/${encodeURIComponent(licenseArn)}/cancel`
    assert.equal((await ask('POST', cancel)).status, 204)
    assert.deepEqual((await ask('GET', path)).value['buyers'], [])
    const buyers = [{ account: '999988887777', name: 'Late Buyer' }]
    assert.equal((await ask('POST', `${path}/catalog`, { buyers })).status, 204)
  })
})

describe('a seed of one’s own over HTTP', () => {
  it('is planted, or refused with everything that is wrong', async (t) => {
    const { ask } = await opened(t)
    const seller = '111122223333'
    const good = { version: 1, sellers: [{ account: seller }] }
    assert.equal((await ask('POST', '/workspaces', { seed: good })).status, 201)
    const bad = { version: 1, sellers: [{ account: 'x' }], products: [{ code: 'p', sold: 1 }] }
    const { status, value } = await ask('POST', '/workspaces', { seed: bad })
    assert.equal(status, 400)
    assert.match(JSON.stringify(value['problems']), /products\[0\]\.sold/)
  })
})

describe('exchanges', () => {
  it('are shown whole, with what became of each record and why, and with secrets masked', async (t) => {
    const { ask, endpoint } = await opened(t)
    const workspace = (await ask('GET', '/workspaces/default')).value as unknown as WorkspaceView
    const stream = await fetch(`${endpoint}/workspaces/default/exchanges/stream`)
    await meter(workspace, 5)
    await meter(workspace, 6)
    assert.ok(stream.body)
    const lines = createInterface({ input: Readable.fromWeb(stream.body) })[Symbol.asyncIterator]()
    const streamed = [await lines.next(), await lines.next()].map(
      ({ value }) => JSON.parse(String(value)) as Exchange,
    )
    const kept = (await ask('GET', '/workspaces/default/exchanges')).value['exchanges']
    assert.deepEqual(kept, streamed)
    const [first, second] = streamed
    assert.deepEqual(
      streamed.map(({ number, operation, account, answer }) => [
        number,
        operation,
        account,
        answer.status,
      ]),
      [
        [1, 'BatchMeterUsage', '111122223333', 200],
        [2, 'BatchMeterUsage', '111122223333', 200],
      ],
    )
    assert.deepEqual(
      streamed.map(({ records }) => records.map(({ outcome, why }) => [outcome, why])),
      [
        [['added', 'nothing was held for this billing line, dimension and hour']],
        [['conflicting', 'the hour is held with the quantity 5']],
      ],
    )
    assert.equal(second?.records[0]?.held?.quantity, 5)
    const authorization = first?.request.headers.find(([name]) => /authorization/i.test(name))
    assert.match(authorization?.[1] ?? '', /Credential=AKIASANDBOX.*Signature=\(masked\)$/)
    assert.match(first?.request.body ?? '', /"Quantity":5/)
    const after = (await ask('GET', '/workspaces/default/exchanges?after=1')).value['exchanges']
    assert.deepEqual(after, [second])
  })

  it('show no token that came as a form, in a query, or under another spelling', async (t) => {
    const { ask } = await opened(t)
    const { endpoint } = (await ask('GET', '/workspaces/default')).value as unknown as WorkspaceView
    const body = 'x-amzn-marketplace-token=SECRET&a=1'
    await fetch(`${endpoint}/?X-Amz-Security-Token=SECRET&X-Amz-Signature=SECRET`, {
      method: 'POST',
      body,
    })
    await fetch(endpoint, { method: 'POST', body: '{"registrationToken": "SECRET"}' })
    const { exchanges } = (await ask('GET', '/workspaces/default/exchanges')).value
    assert.equal((exchanges as unknown[]).length, 2)
    assert.doesNotMatch(JSON.stringify(exchanges), /SECRET/)
  })

  it('are streamed however much was kept, and however slowly somebody reads', async () => {
    const journal = new Journal(new JournalBudget())
    const body = 'x'.repeat(60_000)
    for (let count = 0; count < 200; count++) journal.add(anExchange(journal.next(), body))
    const lines = createInterface({
      input: Readable.fromWeb(follow(journal, { number: 0 }, LINES)),
    })
    let seen = 0
    for await (const line of lines) {
      seen += 1
      assert.equal((JSON.parse(line) as Exchange).number, seen)
      if (seen === 200) journal.add(anExchange(journal.next(), 'the last'))
      if (seen === 201) break
    }
    lines.close()
  })

  it('are watched once while somebody follows, and not after they leave', async () => {
    const journal = new Journal(new JournalBudget())
    const watchers = new Set<object>()
    const watch = journal.watch.bind(journal)
    journal.watch = (watcher) => {
      const leave = watch(watcher)
      watchers.add(watcher)
      return () => {
        watchers.delete(watcher)
        leave()
      }
    }
    const reader = follow(journal, { number: 0 }, LINES).getReader()
    for (let count = 0; count < 3; count++) {
      const read = reader.read()
      await nextTurn()
      journal.add(anExchange(journal.next(), ''))
      await read
    }
    const last = reader.read()
    await nextTurn()
    assert.deepEqual([watchers.size, journal.isWatched], [1, true])
    await reader.cancel()
    await last
    assert.deepEqual([watchers.size, journal.isWatched], [0, false])
  })

  it('are watched by nobody who asks for the head of their stream alone', async (t) => {
    const { endpoint, workspaces } = await opened(t)
    const url = `${endpoint}/workspaces/default/exchanges/stream`
    const answer = await fetch(url, { method: 'HEAD' })
    assert.deepEqual([answer.status, await answer.text()], [200, ''])
    assert.equal(workspaces.get('default').journal.isWatched, false)
  })

  it('are streamed until the workspace ends', async (t) => {
    const { ask, endpoint } = await opened(t)
    const { value } = await ask('POST', '/workspaces')
    const path = `/workspaces/${String(value['id'])}`
    const stream = await fetch(`${endpoint}${path}/exchanges/stream`)
    assert.equal((await ask('DELETE', path)).status, 204)
    assert.equal(await stream.text(), '')
  })

  it('come to a page as events that it can go on from', async (t) => {
    const { ask, endpoint } = await opened(t)
    const workspace = (await ask('GET', '/workspaces/default')).value as unknown as WorkspaceView
    await meter(workspace)
    await meter(workspace)
    const eventAfter = async (id: string) => {
      const headers = { accept: 'text/event-stream', 'last-event-id': id }
      const stream = await fetch(`${endpoint}/workspaces/default/exchanges/stream`, { headers })
      assert.match(stream.headers.get('content-type') ?? '', /^text\/event-stream/)
      const reader = stream.body?.getReader()
      const read = await reader?.read()
      await reader?.cancel()
      return Buffer.from(read?.value ?? []).toString()
    }
    const second = await eventAfter('1')
    assert.match(second, /^id: [0-9a-f]{12}-2\ndata: \{"number":2,.*\}\n\n$/)
    const [, era = ''] = /^id: ([0-9a-f]+)-/.exec(second) ?? []
    assert.equal(await eventAfter(`${era}-1`), second)
    // After a reset, or by another process: what it has is gone, and what comes is told from the first.
    const told = await eventAfter('0123456789ab-900')
    assert.ok(told.startsWith(`id: ${era}-0\nevent: reset\ndata:\n\n`), told)
    await ask('POST', '/workspaces/default/reset')
    assert.match(await eventAfter(`${era}-2`), /^id: [0-9a-f]{12}-0\nevent: reset\ndata:\n\n$/)
  })
})

function anExchange(number: number, body: string): Exchange {
  const request = { method: 'POST', target: '/', headers: [], body }
  const facts = { requestId: '', at: '', machineAt: '', milliseconds: 0, profile: '' }
  return { ...facts, number, request, answer: { status: 200, body: '' }, records: [] }
}

/** `fetch` lets nobody choose these headers. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      void text(response).then(() => {
        resolve(response.statusCode)
      }, reject)
    })
    asked.once('error', reject).end()
  })
}

describe('the control port', () => {
  const rows: readonly (readonly [string, Record<string, string>, number])[] = [
    ['a name of this machine', { host: 'localhost:7071' }, 200],
    ['its address', { host: '[::1]:7071' }, 200],
    ['a name that was allowed', { host: 'sandbox.internal:7071' }, 200],
    ['another name that leads here', { host: 'evil.example:7071' }, 403],
    ['what is no name', { host: '-' }, 403],
    ['a page of its own', { host: 'localhost:7071', origin: 'http://localhost:7071' }, 200],
    ['a page of another port', { host: 'localhost:7071', origin: 'http://localhost:3000' }, 403],
    ['a page of another site', { host: 'localhost:7071', origin: 'https://evil.example' }, 403],
    ['a page without an origin', { host: 'localhost:7071', origin: 'null' }, 403],
    ['an image of another site', { host: 'localhost', 'sec-fetch-site': 'cross-site' }, 403],
    ['another port without an origin', { host: 'localhost', 'sec-fetch-site': 'same-site' }, 403],
    ['a page of its own that says so', { host: 'localhost', 'sec-fetch-site': 'same-origin' }, 200],
  ]
  it('lets whoever follows a link see the page, and nothing else', async (t) => {
    const { endpoint } = await opened(t)
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    const statuses = await Promise.all(
      ['/', '/workspaces', '/workspaces/default/records'].map((path) =>
        statusOf(`${endpoint}${path}`, headers),
      ),
    )
    assert.deepEqual(statuses, [200, 403, 403])
  })

  it('lets no script of anybody run, on the page or in an answer', async (t) => {
    const { endpoint } = await opened(t)
    const headersOf = async (path: string) => {
      const { headers } = await fetch(`${endpoint}${path}`)
      return [headers.get('content-security-policy'), headers.get('x-content-type-options')]
    }
    const page =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    assert.deepEqual(await headersOf('/'), [page, 'nosniff'])
    const answer = "default-src 'none'; frame-ancestors 'none'"
    const refused = await fetch(endpoint, { headers: { origin: 'https://evil.example' } })
    assert.deepEqual(
      [refused.status, refused.headers.get('content-security-policy')],
      [403, answer],
    )
    for (const path of ['/workspaces', '/nope', '/workspaces/none']) {
      assert.deepEqual(await headersOf(path), [answer, 'nosniff'], path)
    }
  })

  for (const [what, headers, status] of rows) {
    it(`answers ${what} with ${status}`, async (t) => {
      const { endpoint } = await opened(t, ['sandbox.internal'])
      assert.equal(await statusOf(`${endpoint}/workspaces`, headers), status)
    })
  }

  it('takes no form', async (t) => {
    const { endpoint } = await opened(t)
    const body = new URLSearchParams({ seed: 'saas-subscription' })
    const answer = await fetch(`${endpoint}/workspaces`, { method: 'POST', body })
    assert.equal(answer.status, 400)
  })
})
