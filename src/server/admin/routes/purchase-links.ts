/** Purchase links: an operator's own site knows its buyers, and sends one of them to the purchase page with a link. */
import { randomBytes } from 'node:crypto'
import { offerOf } from '../../../core/purchase.ts'
import type { InstantMs, ProductCode } from '../../../core/usage.ts'
import { newPurchaseLink } from '../../purchase/links.ts'
import { callerIn, mustOwn, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { mustSeeBuyer } from '../buyers-seen.ts'
import { AdminProblem } from '../problem.ts'
import { NewPurchaseLink, PurchaseLink } from '../schemas.ts'
import { purchaseLinkView } from '../views.ts'

const NO_SITE = 'This service has no purchase page; start serve with --purchase-url.'

export function purchaseLinkRoutes(
  app: AdminApp,
  { control, masterKeys, nowMs, machineNowMs, purchases }: AdminParts,
): void {
  const { index } = control
  app.post(
    '/v1/purchase-links',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Make a purchase link, with which one buyer may accept one product, once',
        body: NewPurchaseLink,
        response: { 201: PurchaseLink },
      },
    },
    async (request, reply) => {
      const caller = callerIn(request)
      const { product, buyer, minutes } = request.body
      // Others' products first of all: nothing is told of who buys them.
      await control.refresh()
      const found = index.products.get(product as ProductCode)
      mustOwn(caller, found, ({ seller }) => seller, ['product', product])
      mustSeeBuyer(caller, index, buyer)
      if (purchases === undefined) throw new AdminProblem('unavailable', NO_SITE)
      const { origin, fulfilmentUrlOf } = purchases
      const atMs = Math.floor(nowMs()) as InstantMs
      const offered = offerOf(index, { product, buyer }, atMs, fulfilmentUrlOf)
      if (!offered.ok) {
        throw new AdminProblem('refused', '', [{ where: 'body', text: offered.problem }])
      }
      const context = { masterKeys, randomBytes, machineNowMs: machineNowMs() }
      const { path, link } = newPurchaseLink(context, { product, buyer }, minutes)
      const actor = `token:${caller.tokenId}`
      // Who may buy in whose name is worth a line, though nothing changes by it.
      const summary = `make purchase link ${link.number} of buyer ${buyer} for product ${product}`
      await control.note({ actor, nowMs: atMs, summary })
      return reply.code(201).send(purchaseLinkView(`${origin}${path}`, link))
    },
  )
}
