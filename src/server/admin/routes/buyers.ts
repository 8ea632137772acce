/**
 * Buyers: accounts of the whole ledger, so operators add and change them; a seller sees those that it has to do with.
 */
import { Type } from 'typebox'
import type { AccountId } from '../../../core/usage.ts'
import { callerIn, OPERATOR_WRITE, READ } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { buyersSeenBy, mustSeeBuyer } from '../buyers-seen.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { matching, pageOf } from '../page.ts'
import { exists, notFound } from '../problem.ts'
import { Buyer, listOf, listQuery, NewParty, PartyChange } from '../schemas.ts'
import { buyerView } from '../views.ts'

const params = Type.Object({ account: Type.String() })

export function buyerRoutes(app: AdminApp, parts: AdminParts): void {
  readRoutes(app, parts)
  changeRoutes(app, parts)
}

function readRoutes(app: AdminApp, { control }: AdminParts): void {
  const { index } = control
  const { buyers } = index
  app.get(
    '/v1/buyers',
    {
      config: { access: READ },
      schema: {
        summary: 'List buyers',
        querystring: listQuery({}),
        response: { 200: listOf(Buyer) },
      },
    },
    (request) => {
      const seen = buyersSeenBy(callerIn(request), index)
      const own = matching(buyers.values(), ({ account }) => seen?.has(account) !== false)
      const { items, ...rest } = pageOf(own, (one) => one.account, request.query)
      return { items: items.map(buyerView), ...rest }
    },
  )
  app.get(
    '/v1/buyers/:account',
    {
      config: { access: READ },
      schema: { summary: 'Show a buyer', params, response: { 200: Buyer } },
    },
    (request) => {
      const { account } = request.params
      mustSeeBuyer(callerIn(request), index, account)
      const buyer = buyers.get(account as AccountId)
      if (buyer === undefined) throw notFound('buyer', account)
      return buyerView(buyer)
    },
  )
}

function changeRoutes(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { buyers } = control.index
  app.post(
    '/v1/buyers',
    {
      config: { access: OPERATOR_WRITE },
      schema: { summary: 'Add a buyer', body: NewParty, response: { 201: Buyer } },
    },
    async (request, reply) => {
      const { account, name } = request.body
      if (buyers.has(account as AccountId)) throw exists('buyer', account)
      const wanted = [{ kind: 'buyer', where: 'body', account, name }] as const
      const wish = { caller: callerIn(request), wanted, nowMs: nowMs() }
      const changes = await applyWish(control, { ...wish, summary: `add buyer ${account}` })
      return reply.code(201).send(buyerView(made(entryAfter(changes, 'buyer'))))
    },
  )
  app.patch(
    '/v1/buyers/:account',
    {
      config: { access: OPERATOR_WRITE },
      schema: {
        summary: 'Rename or retire a buyer',
        params,
        body: PartyChange,
        response: { 200: Buyer },
      },
    },
    async (request) => {
      const { account } = request.params
      if (!buyers.has(account as AccountId)) throw notFound('buyer', account)
      const wanted = [{ kind: 'buyer', where: 'body', account, ...request.body }] as const
      const wish = { caller: callerIn(request), wanted, nowMs: nowMs() }
      await applyWish(control, { ...wish, summary: `change buyer ${account}` })
      return buyerView(made(buyers.get(account as AccountId)))
    },
  )
}
