/**
 * The pages for buyers in a real Chromium: a buyer comes with a link, accepts, and arrives at the seller's own origin with the
 * token, with JavaScript and without, through redirects that the policy of the page allows, and not through others.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, describe, it, type TestContext } from 'node:test'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../../testing/browser.ts'
import { openRegistration } from '../registration-tokens.ts'
import { BUYER, CONCURRENT, openSite, SINGLE, type Site } from './purchase-site.spec.ts'

const opened = await openBrowser(process.env)
const browser = 'reason' in opened ? undefined : opened
after(() => browser?.close())
// In CI there must be one; elsewhere the tests say why they are skipped.
const skip = 'reason' in opened && process.env['CI'] === undefined ? opened.reason : false

interface Seller {
  readonly origin: string
  /** What browsers brought by POST, in order. */
  readonly arrived: URLSearchParams[]
}

describe('a buyer with a browser', { skip }, () => {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'by itself' : 'by a button, without JavaScript'
    it(`accepts an offer and arrives at the seller ${how}`, async (test) => {
      const seller = await openSeller(test)
      const site = await siteOf(test, `${seller.origin}/register`)
      const page = await pageIn(test, { javaScriptEnabled })
      await page.goto(site.link())
      await page.getByRole('button', { name: 'Subscribe and continue' }).click()
      if (!javaScriptEnabled)
        await page.getByRole('button', { name: 'Set up your account' }).click()
      await page.waitForURL(`${seller.origin}/register`)
      assert.equal(await page.textContent('h1'), 'Arrived')
      const [form] = seller.arrived
      assert.deepEqual([...(form?.keys() ?? [])], ['x-amzn-marketplace-token'])
      const said = openRegistration(site.masterKeys, form?.get('x-amzn-marketplace-token') ?? '')
      assert.equal(said?.buyer, BUYER)
      assert.equal(site.agreements(SINGLE).length, 1)
    })
  }

  it('is sent on to another origin that stands beside the fulfilment URL', async (test) => {
    const app = await openSeller(test)
    const seller = await openSeller(test, `${app.origin}/welcome`)
    const site = await siteOf(test, `${seller.origin}/register`, [app.origin])
    const page = await pageIn(test)
    await page.goto(site.link())
    await page.getByRole('button').click()
    await page.waitForURL(`${app.origin}/welcome`)
    assert.equal(seller.arrived.length, 1)
  })

  it('is not sent on to an origin that does not', async (test) => {
    const app = await openSeller(test)
    const seller = await openSeller(test, `${app.origin}/welcome`)
    const site = await siteOf(test, `${seller.origin}/register`)
    const page = await pageIn(test)
    const refused = page.waitForEvent('console', (line) => line.text().includes('form-action'))
    await page.goto(site.link())
    await page.getByRole('button').click()
    await refused
    assert.equal(new URL(page.url()).origin, site.origin)
  })

  it('who clicks twice accepts once', async (test) => {
    const seller = await openSeller(test)
    const site = await siteOf(test, `${seller.origin}/register`)
    const page = await pageIn(test)
    await page.goto(site.link())
    await page.getByRole('button').dblclick()
    await page.waitForURL(`${seller.origin}/register`)
    assert.equal(site.agreements(SINGLE).length, 1)
  })

  it('reaches everything by keyboard alone', async (test) => {
    const seller = await openSeller(test)
    const site = await siteOf(test, `${seller.origin}/register`)
    await site.send(site.link(CONCURRENT))
    const page = await pageIn(test)
    await page.goto(site.link(CONCURRENT))
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    assert.equal(await page.getByRole('radio').nth(1).isChecked(), true)
    await page.keyboard.press('Tab')
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineWidth')
    assert.equal(outline, '3px')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${seller.origin}/register`)
    assert.equal(site.agreements(CONCURRENT).length, 1)
  })
})

describe('the pages for buyers', { skip }, () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`are accessible, in ${colorScheme} colours`, async (test) => {
      const seller = await openSeller(test)
      const site = await siteOf(test, `${seller.origin}/register`)
      await site.send(site.link(CONCURRENT))
      const page = await pageIn(test, { colorScheme, javaScriptEnabled: true })
      for (const url of [site.link(), site.link(CONCURRENT), `${site.origin}/none`]) {
        await page.goto(url)
        assert.deepEqual(await violationsOf(page), [], url)
      }
      // The page on the way to the seller leaves by itself, so its script is kept from it.
      await page.route('**/form.js', (route) => route.abort())
      await page.goto(site.link())
      await page.getByRole('button').click()
      await page.getByRole('button', { name: 'Set up your account' }).waitFor()
      assert.deepEqual(await violationsOf(page), [])
    })
  }
})

/** What axe has against the page, by the rules of WCAG 2.2 AA and of good practice. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate<axe.AxeResults>('axe.run()')
  return found.violations.map(({ id, help }) => `${id}: ${help}`)
}

async function siteOf(
  test: TestContext,
  fulfilmentUrl: string,
  redirectOrigins: readonly string[] = [],
): Promise<Site> {
  const site = await openSite(test)
  for (const code of [SINGLE, CONCURRENT]) {
    await site.change({ kind: 'product', where: '', code, fulfilmentUrl, redirectOrigins })
  }
  return site
}

async function pageIn(test: TestContext, options: BrowserContextOptions = {}): Promise<Page> {
  assert.ok(browser, 'reason' in opened ? opened.reason : '')
  const context = await (browser satisfies Browser).newContext(options)
  context.setDefaultTimeout(20_000)
  test.after(() => context.close())
  return context.newPage()
}

/** Takes what browsers bring, and answers a page, or sends them on. */
async function openSeller(test: TestContext, onwards?: string): Promise<Seller> {
  const arrived: URLSearchParams[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.method === 'POST') arrived.push(new URLSearchParams(body))
      if (onwards !== undefined) response.writeHead(302, { location: onwards }).end()
      else response.setHeader('content-type', 'text/html').end('<h1>Arrived</h1>')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  // Another host name than the site's, so another site altogether for the browser.
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, arrived }
}
