/**
 * A demo's marketplace: it makes purchase links for a buyer that is picked from a list. In `serve` the operator's own site does
 * that, by the admin API, and knows who its buyers are.
 */
import { randomBytes } from 'node:crypto'
import { html } from 'hono/html'
import type { FastifyInstance } from 'fastify'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import { isFromOwnPage } from './headers.ts'
import { type Html, pageOf } from './layout.ts'
import { newPurchaseLink } from './links.ts'
import { accountText, nameOf } from './pages.ts'
import type { PurchaseParts } from './parts.ts'
import { badForm, foreignForm } from './problem.ts'
import { sendPage } from './send.ts'

const LINKS_PATH = '/links'

export function demoRoutes(
  app: FastifyInstance,
  { control: { index }, masterKeys, machineNowMs }: PurchaseParts,
): void {
  app.get('/', async (_request, reply) => sendPage(reply, marketplacePage(index)))
  app.post(LINKS_PATH, ({ headers, body }, reply) => {
    if (!isFromOwnPage(headers)) throw foreignForm()
    if (!(body instanceof URLSearchParams)) throw badForm()
    const wanted = { product: textOf(body, 'product'), buyer: textOf(body, 'buyer') }
    const context = { masterKeys, randomBytes, machineNowMs: machineNowMs() }
    return reply.redirect(newPurchaseLink(context, wanted).path, 303)
  })
}

function marketplacePage(index: CatalogIndex): Html {
  const products = [...index.products.values()].filter(({ retired }) => !retired)
  const buyers = [...index.buyers.values()].filter(({ retired }) => !retired)
  return pageOf({
    title: 'Demo marketplace',
    body: html`<p>
        Buy a product as one of the demo’s buyers would, and arrive at its seller with a
        registration token.
      </p>
      <form method="post" action="${LINKS_PATH}">
        ${picker(
          'product',
          'Product',
          products.map((product) => [product.code, nameOf(product)]),
        )}
        ${picker(
          'buyer',
          'You are',
          buyers.map((buyer) => [buyer.account, accountText(buyer)]),
        )}
        <button type="submit">See the offer</button>
      </form>`,
  })
}

function picker(
  name: string,
  label: string,
  options: readonly (readonly [value: string, text: string])[],
): Html {
  return html`<label for="${name}">${label}</label>
    <select id="${name}" name="${name}" required>
      ${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select>`
}

/** Nothing longer than the names of the catalog goes into a link. */
const NAME_LENGTH_MAX = 255

function textOf(form: URLSearchParams, name: string): string {
  const text = form.get(name) ?? ''
  if (text === '' || text.length > NAME_LENGTH_MAX) throw badForm()
  return text
}
