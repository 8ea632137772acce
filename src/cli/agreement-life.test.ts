/**
 * One buyer's whole life at one seller, as a seller's integration lives it: subscribe → token → resolve → meter → cancel → last
 * hour → refused. A real browser buys, the unmodified SDK resolves and meters, the admin API cancels.
 *
 * The service is the demo's, in this process and over real sockets, so that the test can move its domain time; all else, the
 * SDK's signatures with it, goes by the machine's.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'
import { openBrowser } from '../testing/browser.ts'
import { aDomainClock, admin, clientOf, type DemoMarket, startDemo } from './demo-host.spec.ts'

const opened = await openBrowser(process.env)
after(() => ('reason' in opened ? undefined : opened.close()))
const skip = 'reason' in opened && process.env['CI'] === undefined ? opened.reason : false

const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b'
const BUYER = '222233338888'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

it(
  'a buyer subscribes, is resolved, used and billed, cancels, has a last hour, and is refused',
  { skip },
  async (test) => {
    const clock = aDomainClock()
    const market = await startDemo(test, clock)
    const seller = await openLandingPage(test)
    await admin(market, 'PATCH', `products/${PRODUCT}`, { fulfilmentUrl: seller.url })
    const sdk = clientOf(test, market)

    // Subscribe: the buyer accepts the product, and the browser brings the token to the seller's own page.
    await buyInBrowser(test, market)
    const token = await seller.token

    // Resolve: the token becomes the names that a seller keeps.
    const customer = await sdk.send(new ResolveCustomerCommand({ RegistrationToken: token }))
    assert.equal(customer.ProductCode, PRODUCT)
    assert.equal(customer.CustomerAWSAccountId, BUYER)

    // Meter: usage is added once, whichever name of the buyer it comes under.
    const meter = async (dimension: string, atMs: number, buyer: object) => {
      const record = { ...buyer, Dimension: dimension, Quantity: 5, Timestamp: new Date(atMs) }
      const batch = { ProductCode: PRODUCT, UsageRecords: [record] }
      const { Results = [] } = await sdk.send(new BatchMeterUsageCommand(batch))
      return Results[0]
    }
    const { CustomerIdentifier } = customer
    const buyer = { CustomerAWSAccountId: BUYER }
    clock.goOn(10 * MINUTE)
    const byAccount = await meter('requests', clock.nowMs, buyer)
    const byIdentifier = await meter('requests', clock.nowMs, { CustomerIdentifier })
    assert.equal(byAccount?.Status, 'Success')
    assert.equal(byIdentifier?.MeteringRecordId, byAccount.MeteringRecordId)

    // Cancel: from here on the agreement has an end.
    clock.goOn(10 * MINUTE)
    const endMs = await cancel(market)
    assert.equal(endMs, clock.nowMs)

    // The last hour: what was used up to the end is still taken, and what came after it is not.
    clock.goOn(HOUR - 1)
    const final = await meter('users', endMs, buyer)
    assert.equal(final?.Status, 'Success')
    assert.equal((await meter('storage_gb', endMs + 1, buyer))?.Status, 'CustomerNotSubscribed')

    // Refused: the last hour is over. What was taken stays taken, and is answered as before.
    clock.goOn(1)
    assert.equal((await meter('storage_gb', endMs, buyer))?.Status, 'CustomerNotSubscribed')
    const again = await meter('users', endMs, buyer)
    assert.deepEqual([again?.Status, again?.MeteringRecordId], ['Success', final.MeteringRecordId])
  },
)

async function buyInBrowser(test: TestContext, { purchaseEndpoint }: DemoMarket): Promise<void> {
  assert.ok(!('reason' in opened), 'reason' in opened ? opened.reason : '')
  const page = await opened.newPage()
  test.after(() => page.close())
  await page.goto(`${purchaseEndpoint}/`)
  await page.getByLabel('Product').selectOption(PRODUCT)
  await page.getByLabel('You are').selectOption(BUYER)
  await page.getByRole('button', { name: 'See the offer' }).click()
  await page.getByRole('button', { name: 'Subscribe and continue' }).click()
  await page.getByRole('heading', { name: 'Welcome' }).waitFor()
}

/** The seller's page, at which a browser arrives with a form. */
async function openLandingPage(test: TestContext) {
  const arrived = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    void text(request).then((form) => {
      const token = new URLSearchParams(form).get('x-amzn-marketplace-token')
      if (request.method === 'POST' && token !== null) arrived.resolve(token)
      response.setHeader('content-type', 'text/html').end('<h1>Welcome</h1>')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://localhost:${port}/register`, token: arrived.promise }
}

/** @returns The end that the agreement has then. */
async function cancel(market: DemoMarket): Promise<number> {
  const path = `agreements?product=${PRODUCT}&buyer=${BUYER}`
  const { items } = (await admin(market, 'GET', path)) as { items: readonly { id: string }[] }
  assert.equal(items.length, 1)
  const cancelled = await admin(market, 'POST', `agreements/${items[0]?.id ?? ''}/cancel`)
  return Date.parse((cancelled as { end: string }).end)
}
