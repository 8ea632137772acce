/** Sellers: operators add and change them; a seller sees itself. */
import { Type } from 'typebox'
import type { AccountId } from '../../../core/usage.ts'
import { callerIn, mustOwn, OPERATOR_WRITE, READ } from '../access.ts'
import type { AdminApp, AdminParts } from '../app.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { matching, pageOf } from '../page.ts'
import { exists, notFound } from '../problem.ts'
import { listOf, listQuery, NewParty, PartyChange, Seller } from '../schemas.ts'
import { partyView } from '../views.ts'

const params = Type.Object({ account: Type.String() })

export function sellerRoutes(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { sellers } = control.index
  app.get(
    '/v1/sellers',
    {
      config: { access: READ },
      schema: {
        summary: 'List sellers',
        querystring: listQuery({}),
        response: { 200: listOf(Seller) },
      },
    },
    (request) => {
      const { seller } = callerIn(request)
      const own = matching(sellers.values(), ({ account }) => (seller ?? account) === account)
      const { items, ...rest } = pageOf(own, (one) => one.account, request.query)
      return { items: items.map(partyView), ...rest }
    },
  )
  app.get(
    '/v1/sellers/:account',
    {
      config: { access: READ },
      schema: { summary: 'Show a seller', params, response: { 200: Seller } },
    },
    (request) => {
      const { account } = request.params
      const seller = sellers.get(account as AccountId)
      return partyView(
        mustOwn(callerIn(request), seller, (one) => one.account, ['seller', account]),
      )
    },
  )
  app.post(
    '/v1/sellers',
    {
      config: { access: OPERATOR_WRITE },
      schema: { summary: 'Add a seller', body: NewParty, response: { 201: Seller } },
    },
    async (request, reply) => {
      const { account, name } = request.body
      if (sellers.has(account as AccountId)) throw exists('seller', account)
      const wanted = [{ kind: 'seller', where: 'body', account, name }] as const
      const wish = { caller: callerIn(request), wanted, nowMs: nowMs() }
      const changes = await applyWish(control, { ...wish, summary: `add seller ${account}` })
      return reply.code(201).send(partyView(made(entryAfter(changes, 'seller'))))
    },
  )
  app.patch(
    '/v1/sellers/:account',
    {
      config: { access: OPERATOR_WRITE },
      schema: {
        summary: 'Rename or retire a seller',
        params,
        body: PartyChange,
        response: { 200: Seller },
      },
    },
    async (request) => {
      const { account } = request.params
      if (!sellers.has(account as AccountId)) throw notFound('seller', account)
      const wanted = [{ kind: 'seller', where: 'body', account, ...request.body }] as const
      const wish = { caller: callerIn(request), wanted, nowMs: nowMs() }
      await applyWish(control, { ...wish, summary: `change seller ${account}` })
      return partyView(made(sellers.get(account as AccountId)))
    },
  )
}
