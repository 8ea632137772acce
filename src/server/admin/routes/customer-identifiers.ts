/** Customer identifiers: the buyers' legacy names at sellers, fixed for ever. */
import { ACCOUNT } from '../../../core/catalog-names.ts'
import { callerIn, ownSeller, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { mustSeeBuyer } from '../buyers-seen.ts'
import { applyWish, entryAfter } from '../change.ts'
import { matching, pageOf } from '../page.ts'
import { AdminProblem, exists, requiredName } from '../problem.ts'
import {
  CustomerIdentifier,
  filters,
  listOf,
  listQuery,
  NewCustomerIdentifier,
} from '../schemas.ts'
import { customerView } from '../views.ts'

export function customerRoutes(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { index } = control
  const { customerIdentifiers } = index
  app.get(
    '/v1/customer-identifiers',
    {
      config: { access: READ },
      schema: {
        summary: 'List customer identifiers',
        querystring: listQuery({ seller: filters.seller, buyer: filters.buyer }),
        response: { 200: listOf(CustomerIdentifier) },
      },
    },
    (request) => {
      const { buyer: asked, ...query } = request.query
      const buyer = requiredName('query.buyer', ACCOUNT, asked)
      const seller = ownSellerAsked(callerIn(request), query.seller)
      const own = matching(
        customerIdentifiers.values(),
        (one) => (seller ?? one.seller) === one.seller && (buyer ?? one.buyer) === one.buyer,
      )
      const page = pageOf(own, (one) => `${one.seller}/${one.identifier}`, query)
      return { ...page, items: page.items.map(customerView) }
    },
  )
  app.post(
    '/v1/customer-identifiers',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Give a buyer a legacy name at a seller, for ever',
        body: NewCustomerIdentifier,
        response: { 201: CustomerIdentifier },
      },
    },
    async (request, reply) => {
      const { identifier, buyer } = request.body
      const caller = callerIn(request)
      const seller = ownSeller(caller, request.body.seller)
      if (seller === undefined) throw new AdminProblem('invalidRequest', 'Name the seller.')
      mustSeeBuyer(caller, index, buyer)
      const wanted = [
        { kind: 'customerIdentifier', where: 'body', seller, buyer, identifier },
      ] as const
      const summary = `name buyer ${buyer} at seller ${seller}`
      const changes = await applyWish(control, { caller, wanted, summary, nowMs: nowMs() })
      const added = entryAfter(changes, 'customerIdentifier')
      if (added === undefined) throw exists('customer identifier', identifier ?? '')
      return reply.code(201).send(customerView(added))
    },
  )
}
