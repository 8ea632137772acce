/** A purchase link's life: what it offers, what comes of it, once, and all that does not go through. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  BUYER,
  CONCURRENT,
  NOW_MS,
  openSite,
  OTHER_BUYER,
  OWN_PAGE,
  pageOf,
  registrationIn,
  SELLER,
  SINGLE,
} from './purchase-site.spec.ts'

const MINUTE_MS = 60_000

describe('a purchase link', () => {
  it('shows the offer to its buyer, with names and prices', async (test) => {
    const site = await openSite(test)
    const page = await site.open(site.link())
    assert.equal(page.status, 200)
    assert.equal(page.title, `Subscribe to ${SINGLE}`)
    for (const shown of ['The Seller', `The Buyer (${BUYER})`, 'Users', '0.05']) {
      assert.ok(page.text.includes(shown), shown)
    }
    assert.deepEqual(site.agreements(SINGLE), [])
  })

  it('makes the agreement, and a token of it for the fulfilment URL', async (test) => {
    const site = await openSite(test)
    const page = await site.send(site.link())
    assert.equal(page.status, 200)
    assert.ok(page.text.includes('action="https://seller.example/register?from=market"'))
    const [agreement = ''] = site.agreements(SINGLE)
    const { licenseArn, startMs } = site.control.index.agreements.get(agreement as never)!
    const { customerIdentifier, ...said } = registrationIn(site, page)!
    assert.match(String(customerIdentifier), /./)
    assert.equal(startMs, NOW_MS)
    const parties = { seller: SELLER, product: SINGLE, buyer: BUYER }
    assert.deepEqual(said, { ...parties, licenseArn, issuedMs: NOW_MS })
  })

  it('is good once, however many use it at once', async (test) => {
    const site = await openSite(test)
    const link = site.link(CONCURRENT)
    const pages = await Promise.all(Array.from({ length: 20 }, () => site.send(link)))
    assert.equal(pages.filter(({ status }) => status === 200).length, 1)
    assert.equal(pages.filter(({ title }) => title === 'This link was used already').length, 19)
    assert.equal(site.agreements(CONCURRENT).length, 1)
  })

  it('leads a buyer who has the product back to the seller, and makes nothing new', async (test) => {
    const site = await openSite(test)
    await site.send(site.link())
    const [agreement = ''] = site.agreements(SINGLE)
    const link = site.link()
    const offer = await site.open(link)
    assert.equal(offer.title, `Set up ${SINGLE}`)
    assert.ok(offer.text.includes(`value="${agreement}"`))
    const page = await site.send(link, agreement)
    assert.equal(page.status, 200)
    assert.deepEqual(site.agreements(SINGLE), [agreement])
    assert.equal((await site.send(link, agreement)).status, 410)
  })

  it('offers a new agreement beside the ones there are, where agreements are concurrent', async (test) => {
    const site = await openSite(test)
    await site.send(site.link(CONCURRENT))
    const [first = ''] = site.agreements(CONCURRENT)
    const offer = await site.open(site.link(CONCURRENT))
    for (const value of ['new', first]) assert.ok(offer.text.includes(`value="${value}"`), value)
    await site.send(site.link(CONCURRENT), first)
    assert.equal(site.agreements(CONCURRENT).length, 1)
    await site.send(site.link(CONCURRENT), 'new')
    assert.equal(site.agreements(CONCURRENT).length, 2)
  })

  for (const [aheadMs, status] of [
    [5 * MINUTE_MS - 1, 200],
    [5 * MINUTE_MS, 410],
  ] as const) {
    it(`made for five minutes answers ${status} after ${aheadMs} ms`, async (test) => {
      let nowMs = NOW_MS
      const site = await openSite(test, { machineNowMs: () => nowMs })
      const link = site.link(SINGLE, BUYER, 5)
      nowMs += aheadMs
      assert.equal((await site.open(link)).status, status)
      assert.equal((await site.send(link)).status, status)
    })
  }

  it('that another service made, or that is cut, altered or none, is no page', async (test) => {
    const [site, other] = [await openSite(test), await openSite(test)]
    const path = new URL(other.link()).pathname
    const own = site.link()
    const strangers = [
      `${site.origin}${path}`,
      own.slice(0, -1),
      `${own}A`,
      own.replace('v1', 'v2'),
    ]
    for (const url of [...strangers, `${site.origin}/purchase/x`, `${site.origin}/`]) {
      assert.equal((await site.open(url)).status, 404, url)
      assert.equal((await site.send(url)).status, 404, url)
    }
  })

  it('buys for the one buyer that it was made for, whatever the form says', async (test) => {
    const site = await openSite(test)
    const body = new URLSearchParams({ agreement: 'new', buyer: OTHER_BUYER, product: CONCURRENT })
    await pageOf(fetch(site.link(), { method: 'POST', body, headers: OWN_PAGE }))
    assert.equal(site.agreements(SINGLE).length, 1)
    assert.deepEqual(site.agreements(CONCURRENT, OTHER_BUYER), [])
  })

  it('takes no agreement of another buyer', async (test) => {
    const site = await openSite(test)
    await site.send(site.link(SINGLE, OTHER_BUYER))
    const [foreign] = site.agreements(SINGLE, OTHER_BUYER)
    assert.equal((await site.send(site.link(), foreign)).status, 400)
  })
})

describe('what cannot be bought', () => {
  for (const [name, wish, problem] of [
    [
      'a retired product',
      { kind: 'product', where: '', code: SINGLE, retired: true },
      'is retired and takes no agreement',
    ],
    [
      'anything, for a retired buyer',
      { kind: 'buyer', where: '', account: BUYER, retired: true },
      'is retired and takes no agreement',
    ],
    [
      'a product without a fulfilment URL',
      { kind: 'product', where: '', code: SINGLE, fulfilmentUrl: null, redirectOrigins: [] },
      'has no fulfilment URL',
    ],
  ] as const) {
    it(`is ${name}`, async (test) => {
      const site = await openSite(test)
      const link = site.link()
      await site.change(wish)
      for (const page of [await site.open(link), await site.send(link)]) {
        assert.equal(page.status, 409)
        assert.ok(page.text.includes(problem), page.text)
      }
      assert.deepEqual(site.agreements(SINGLE), [])
    })
  }
})

describe('a form', () => {
  for (const [sent, headers, status] of [
    ['from its own page', OWN_PAGE, 200],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from a sister site', { 'sec-fetch-site': 'same-site' }, 403],
    ['from no page', { 'sec-fetch-site': 'none' }, 403],
    ['by what says nothing', {}, 403],
    ['by an older browser from another origin', { origin: 'https://evil.example' }, 403],
    ['by an older browser that hides its origin', { origin: 'null' }, 403],
  ] as const) {
    it(`sent ${sent} is answered ${status}`, async (test) => {
      const site = await openSite(test)
      const page = await site.send(site.link(), 'new', headers)
      assert.equal(page.status, status)
      assert.equal(site.agreements(SINGLE).length, status === 200 ? 1 : 0)
    })
  }

  it('sent by an older browser from its own origin is taken', async (test) => {
    const site = await openSite(test)
    const page = await site.send(site.link(), 'new', { origin: site.origin })
    assert.equal(page.status, 200)
  })

  it('that is none, of another kind, or too large, is refused and uses nothing up', async (test) => {
    const site = await openSite(test)
    const link = site.link()
    const send = (body: string, type: string) =>
      pageOf(fetch(link, { method: 'POST', body, headers: { ...OWN_PAGE, 'content-type': type } }))
    const FORM = 'application/x-www-form-urlencoded'
    assert.equal((await send('', FORM)).status, 400)
    assert.equal((await send('agreement', 'text/plain')).status, 415)
    assert.equal((await send('{"agreement":"new"}', 'application/json')).status, 415)
    assert.equal((await send('agreement=' + 'x'.repeat(20_000), FORM)).status, 413)
    assert.equal((await site.send(link)).status, 200)
  })
})

describe('a page', () => {
  it('names in its policy the origins of the fulfilment URL, and only on the way there', async (test) => {
    const site = await openSite(test)
    const link = site.link()
    const policyOf = ({ headers }: { headers: Headers }) =>
      headers.get('content-security-policy') ?? ''
    assert.match(policyOf(await site.open(link)), /; form-action 'self';/)
    assert.match(
      policyOf(await site.send(link)),
      /; form-action https:\/\/seller\.example https:\/\/app\.seller\.example;/,
    )
  })

  it('is kept by nobody, framed by nobody, and holds nothing inline', async (test) => {
    const site = await openSite(test)
    const link = site.link()
    for (const page of [
      await site.open(link),
      await site.send(link),
      await site.open(link + 'x'),
    ]) {
      const policy = page.headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none'; style-src 'self'; script-src 'self';/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.equal(page.headers.get('cache-control'), 'no-store')
      assert.equal(page.headers.get('referrer-policy'), 'strict-origin')
      assert.doesNotMatch(page.text, /<script>|<style|\sstyle=|\son\w+=/)
    }
  })

  it('shows every name as text, whatever is in it', async (test) => {
    const site = await openSite(test)
    const nasty = fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ' ', '=', '`', '$', '{', '}'),
      minLength: 1,
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(nasty, async (text) => {
        const name = `<img src=x onerror=alert(1)>${text}.`
        await site.change(
          { kind: 'seller', where: '', account: SELLER, name },
          { kind: 'buyer', where: '', account: BUYER, name },
          {
            kind: 'product',
            where: '',
            code: CONCURRENT,
            name,
            dimensions: [{ name: 'users', description: name, unit: name }],
          },
        )
        const link = site.link(CONCURRENT)
        for (const page of [await site.open(link), await site.send(link)]) {
          assert.equal(page.status, 200)
          assert.ok(page.text.includes('&lt;img src=x onerror=alert(1)&gt;'))
          assert.doesNotMatch(page.text, /<img|&(?!amp;|lt;|gt;|quot;|#39;)/)
          assert.equal(page.text.match(/<h1>[^<]*<\/h1>/g)?.length, 1)
        }
      }),
      { numRuns: 25 },
    )
  })
})

it('a store that fails is a page that says so, a line in the log, and no secret in either', async (test) => {
  const controlStore = {
    useToken: () => Promise.reject(new Error('the disk is gone')),
  }
  const site = await openSite(test, { controlStore })
  const link = site.link()
  const page = await site.send(link)
  assert.equal(page.status, 500)
  assert.doesNotMatch(page.text, /disk|Error|\.ts/)
  const [line = ''] = site.lines
  assert.match(line, /the disk is gone/)
  assert.ok(!line.includes(new URL(link).pathname))
})
