import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOver, openPurchaseLink } from '../purchase/links.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import { BUYER, NOW_MS, openAdmin } from './admin-server.spec.ts'

const PATH = '/v1/purchase-links'
const WANTED = { product: 'own-product', buyer: BUYER }
const MINUTE_MS = 60_000

describe('POST /v1/purchase-links', () => {
  it('answers an address of the purchase page, for the buyer, the product and the time asked for', async (test) => {
    const masterKeys = ringOf([masterKeyOf(Buffer.alloc(32, 7))])
    const { ask } = await openAdmin(test, { masterKeys })
    const body = { ...WANTED, minutes: 5 }
    const { status, json } = await ask({ method: 'POST', path: PATH, as: 'own', body })
    const { url, ...said } = json as { url: string }
    assert.equal(status, 201)
    assert.deepEqual(said, { ...WANTED, expires: '2026-11-01T10:35:00.000Z' })
    const [, sealed = ''] = /^https:\/\/buy\.example\/purchase\/([\w.-]+)$/.exec(url) ?? []
    const link = openPurchaseLink(masterKeys, sealed)
    assert.ok(link)
    assert.deepEqual([link.product, link.buyer], [WANTED.product, WANTED.buyer])
    assert.equal(isOver(link, NOW_MS + 5 * MINUTE_MS - 1), false)
    assert.equal(isOver(link, NOW_MS + 5 * MINUTE_MS), true)
  })

  it('answers another link each time', async (test) => {
    const { ask } = await openAdmin(test)
    const request = { method: 'POST', path: PATH, as: 'operator', body: WANTED } as const
    const answers = [await ask(request), await ask(request)]
    const [one, other] = answers.map(({ json }) => (json as { url: string }).url)
    assert.notEqual(one, other)
  })

  it('is told by the change log, under a number and not by its address', async (test) => {
    const { ask, store } = await openAdmin(test)
    const made = await ask({ method: 'POST', path: PATH, as: 'own', body: WANTED })
    const { url } = made.json as { url: string }
    const entries = await store.readLog({ after: 0, countMax: 100 })
    const last = entries.at(-1)
    assert.equal(last?.actor, 'token:tok-own')
    assert.match(
      last.summary,
      /^make purchase link [\w-]{16} of buyer 333333333333 for product own-product$/,
    )
    assert.ok(!JSON.stringify(entries).includes(new URL(url).pathname))
  })

  for (const [name, body, status, text] of [
    ['a buyer that is not known', { ...WANTED, buyer: '999999999999' }, 422, /no buyer/],
    ['no buyer', { product: 'own-product' }, 400, /buyer/],
    ['less than a minute', { ...WANTED, minutes: 0 }, 400, /minutes/],
    ['more than a day', { ...WANTED, minutes: 1_441 }, 400, /minutes/],
    ['a part of a minute', { ...WANTED, minutes: 1.5 }, 400, /minutes/],
    ['what it does not know', { ...WANTED, price: 0 }, 400, /price/],
  ] as const) {
    it(`refuses ${name}`, async (test) => {
      const { ask } = await openAdmin(test)
      const answer = await ask({ method: 'POST', path: PATH, as: 'operator', body })
      assert.equal(answer.status, status, answer.text)
      assert.match(answer.text, text)
    })
  }

  it('refuses a product at whose seller nobody could arrive', async (test) => {
    const purchases = { origin: 'https://buy.example', fulfilmentUrlOf: () => undefined }
    const { ask } = await openAdmin(test, { purchases })
    const answer = await ask({ method: 'POST', path: PATH, as: 'operator', body: WANTED })
    assert.equal(answer.status, 422)
    assert.match(answer.text, /has no fulfilment URL/)
  })
})
