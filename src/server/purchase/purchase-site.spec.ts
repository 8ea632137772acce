/** The pages for buyers on a real socket, over stores in memory; for the tests of this folder. */
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Wanted } from '../../core/catalog-wanted.ts'
import { MemoryControlStore } from '../../store/control-memory.ts'
import { ControlState } from '../control-state.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import { createLog } from '../log.ts'
import { openRegistration } from '../registration-tokens.ts'
import { newPurchaseLink } from './links.ts'
import type { PurchaseParts } from './parts.ts'
import { startPurchase } from './start.ts'

export const SELLER = '111111111111'
export const BUYER = '333333333333'
export const OTHER_BUYER = '444444444444'
export const SINGLE = 'single-product'
export const CONCURRENT = 'concurrent-product'
export const NOW_MS = Date.UTC(2026, 10, 1, 10, 30)
const FULFILMENT = 'https://seller.example/register?from=market'

const CATALOG: readonly Wanted[] = [
  { kind: 'seller', where: '', account: SELLER, name: 'The Seller' },
  { kind: 'buyer', where: '', account: BUYER, name: 'The Buyer' },
  { kind: 'buyer', where: '', account: OTHER_BUYER },
  product(SINGLE, {}),
  product(CONCURRENT, { agreements: 'concurrent' }),
]

export interface Site {
  readonly origin: string
  readonly control: ControlState
  readonly masterKeys: PurchaseParts['masterKeys']
  readonly lines: readonly string[]
  /** A new link for a buyer and a product, absolute. */
  readonly link: (product?: string, buyer?: string, minutes?: number) => string
  readonly open: (url: string) => Promise<Page>
  /** Sends the form of a purchase page, as its own page would unless the headers say otherwise. */
  readonly send: (url: string, agreement?: string, headers?: Headers) => Promise<Page>
  readonly change: (...wanted: readonly Wanted[]) => Promise<void>
  /** The agreement ids of a buyer. */
  readonly agreements: (product: string, buyer?: string) => readonly string[]
}

export interface Page {
  readonly status: number
  readonly headers: globalThis.Headers
  readonly text: string
  readonly title: string
}

type Headers = Readonly<Record<string, string>>
export const OWN_PAGE: Headers = { 'sec-fetch-site': 'same-origin' }

export async function openSite(
  test: TestContext,
  overrides: Partial<PurchaseParts> = {},
): Promise<Site> {
  const controlStore = new MemoryControlStore()
  const control = await ControlState.open(controlStore)
  const masterKeys = ringOf([masterKeyOf(randomBytes(32))])
  const lines: string[] = []
  const log = createLog({ level: 'info', form: 'json' }, { write: (line) => void lines.push(line) })
  const clocks = { nowMs: () => NOW_MS, machineNowMs: () => NOW_MS }
  const parts: PurchaseParts = { control, controlStore, masterKeys, log, ...clocks, ...overrides }
  const change = async (...wanted: readonly Wanted[]) => {
    const nowMs = parts.nowMs() - 86_400_000
    const decision = await control.change({ wanted, nowMs, actor: 'user:test', summary: 'fill' })
    if (!decision.ok) throw new Error(JSON.stringify(decision.problems))
  }
  await change(...CATALOG)
  const running = await startPurchase(parts, { host: '127.0.0.1', port: 0 })
  const { endpoint: origin } = running
  test.after(() => running.close(0))
  return {
    origin,
    control,
    masterKeys,
    lines,
    change,
    link(product = SINGLE, buyer = BUYER, minutes) {
      const context = { masterKeys, randomBytes, machineNowMs: parts.machineNowMs() }
      return `${origin}${newPurchaseLink(context, { product, buyer }, minutes).path}`
    },
    open: (url) => pageOf(fetch(url, { redirect: 'manual' })),
    send(url, agreement = 'new', headers = OWN_PAGE) {
      const body = new URLSearchParams({ agreement })
      return pageOf(fetch(url, { method: 'POST', body, headers, redirect: 'manual' }))
    },
    agreements: (code, buyer = BUYER) =>
      [...control.index.agreements.values()]
        .filter((one) => one.product === code && one.buyer === buyer)
        .map(({ id }) => id),
  }
}

/** What the token in an arrival page says. */
export function registrationIn({ masterKeys }: Site, { text }: Page) {
  const [, token = ''] = /name="x-amzn-marketplace-token" value="([^"]+)"/.exec(text) ?? []
  return openRegistration(masterKeys, token)
}

export async function pageOf(answered: Promise<Response>): Promise<Page> {
  const { status, headers, ...answer } = await withText(answered)
  const [, title = ''] = /<title>([^<]*)<\/title>/.exec(answer.text) ?? []
  return { status, headers, text: answer.text, title }
}

async function withText(answered: Promise<Response>) {
  const answer = await answered
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

function product(code: string, facts: Partial<Extract<Wanted, { kind: 'product' }>>): Wanted {
  const dimensions = [{ name: 'users', description: 'Users', price: '0.05' }]
  const arrival = { fulfilmentUrl: FULFILMENT, redirectOrigins: ['https://app.seller.example'] }
  return { kind: 'product', where: '', code, seller: SELLER, dimensions, ...arrival, ...facts }
}
