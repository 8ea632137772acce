/**
 * The buyer's way in as programs show it: the demo's marketplace in a real browser, up to a seller that has resolved the token;
 * and `serve`, where only a link of the admin API opens the page.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { openBrowser } from '../testing/browser.ts'
import { firstLineOf, runToEnd, startProgram } from './program.spec.ts'

const opened = await openBrowser(process.env)
after(() => ('reason' in opened ? undefined : opened.close()))
const skip = 'reason' in opened && process.env['CI'] === undefined ? opened.reason : false
const root = mkdtempSync(path.join(tmpdir(), 'purchase-'))
after(() => rmSync(root, { recursive: true }))

const PORTS = ['--port', '0', '--admin-port', '0', '--purchase-port', '0']
const PRODUCT = 'the-product'
const [SELLER, BUYER] = ['111122223333', '222233334444']

interface Ready {
  readonly adminEndpoint: string
  readonly purchaseEndpoint?: string
}

it(
  'in the demo a picked buyer arrives at the example seller, who has resolved the token',
  { skip },
  async (test) => {
    const { purchaseEndpoint = '' } = await started(test, ['demo', '--in-memory'])
    assert.ok(!('reason' in opened), 'reason' in opened ? opened.reason : '')
    const page = await opened.newPage()
    test.after(() => page.close())
    await page.goto(`${purchaseEndpoint}/`)
    await page.getByLabel('Product').selectOption('Demo API')
    await page.getByLabel('You are').selectOption('Buyer of Two Licenses (222233338888)')
    await page.getByRole('button', { name: 'See the offer' }).click()
    await page.getByRole('button', { name: 'Subscribe and continue' }).click()
    await page.getByRole('heading', { name: 'Welcome to the example seller' }).waitFor()
    const names = await page.locator('dt').allTextContents()
    const values = await page.locator('dd').allTextContents()
    const customer = Object.fromEntries(names.map((name, index) => [name, values[index]]))
    const { CustomerIdentifier, LicenseArn, ...said } = customer
    assert.match(CustomerIdentifier ?? '', /./)
    assert.match(LicenseArn ?? '', /^arn:aws:license-manager:/)
    const expected = {
      ProductCode: '4w1sbgfkdrl0bqj1j6gf93k2b',
      CustomerAWSAccountId: '222233338888',
    }
    assert.deepEqual(said, expected)
  },
)

describe('serve', () => {
  it('has no pages for buyers, and says how to turn them on', async (test) => {
    const place = await aLedger('off')
    const token = await tokenOf(place)
    const ready = await started(test, ['serve', ...place])
    assert.equal(ready.purchaseEndpoint, undefined)
    const answer = await linkFrom(ready, token)
    assert.equal(answer.status, 503)
    assert.match(await answer.text(), /start serve with --purchase-url/)
  })

  it('opens the page by a link of the admin API alone, once, for that buyer and product', async (test) => {
    const place = await aLedger('on')
    const token = await tokenOf(place)
    const words = ['serve', '--purchase-url', 'https://buy.example', ...place]
    const ready = await started(test, words)
    const { purchaseEndpoint = '' } = ready
    assert.equal((await fetch(`${purchaseEndpoint}/`)).status, 404)
    assert.equal((await fetch(`${purchaseEndpoint}/links`, { method: 'POST' })).status, 404)
    const answer = await linkFrom(ready, token)
    const said = await answer.text()
    assert.equal(answer.status, 201, said)
    const { url } = JSON.parse(said) as { url: string }
    const link = url.replace('https://buy.example', purchaseEndpoint)
    assert.notEqual(link, url)
    assert.match(await (await fetch(link)).text(), /Subscribe to The product/)
    const accept = () =>
      fetch(link, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ agreement: 'new' }),
      })
    assert.match(await (await accept()).text(), /action="https:\/\/seller\.example\/register"/)
    assert.equal((await accept()).status, 410)
    const listed = await runToEnd(['agreements', 'list', '--json', ...place])
    const [agreement] = listed.out.trim().split('\n')
    const { product, buyer, status } = JSON.parse(agreement ?? '') as Record<string, string>
    assert.deepEqual(
      { product, buyer, status },
      { product: PRODUCT, buyer: BUYER, status: 'active' },
    )
  })
})

async function started(test: TestContext, words: readonly string[]): Promise<Ready> {
  const program = startProgram([...words, '--json', ...PORTS])
  test.after(() => program.kill())
  return JSON.parse(await firstLineOf(program)) as Ready
}

/** A ledger with a product, its seller, and a buyer of nothing. */
async function aLedger(name: string): Promise<readonly string[]> {
  const place = ['--data', path.join(root, name)]
  const fulfilment = ['--fulfilment-url', 'https://seller.example/register']
  for (const words of [
    ['sellers', 'create', SELLER],
    ['buyers', 'create', BUYER],
    [
      'products',
      'create',
      '--seller',
      SELLER,
      '--code',
      PRODUCT,
      '--name',
      'The product',
      ...fulfilment,
    ],
  ]) {
    const { code, err } = await runToEnd([...words, ...place])
    assert.equal(code, 0, err)
  }
  return place
}

async function tokenOf(place: readonly string[]): Promise<string> {
  const { code, out, err } = await runToEnd(['admin-tokens', 'create', '--json', ...place])
  assert.equal(code, 0, err)
  return (JSON.parse(out) as { readonly token: string }).token
}

function linkFrom({ adminEndpoint }: Ready, token: string): Promise<Response> {
  return fetch(`${adminEndpoint}/v1/purchase-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ product: PRODUCT, buyer: BUYER }),
  })
}
