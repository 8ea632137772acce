/** Sellers: operators add and change them; a seller sees itself. */
import { Type } from 'typebox'
import type { AccountId } from '../../../core/usage.ts'
import { callerIn, mustOwn, OPERATOR_WRITE, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { matching, pageOf } from '../page.ts'
import { exists, notFound } from '../problem.ts'
import { listOf, listQuery, NewParty, PartyChange, Seller, WebhookChange } from '../schemas.ts'
import { sellerView } from '../views.ts'

const params = Type.Object({ account: Type.String() })

export function sellerRoutes(app: AdminApp, parts: AdminParts): void {
  partyRoutes(app, parts)
  webhookRoute(app, parts)
}

function webhookRoute(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { sellers } = control.index
  app.put(
    '/v1/sellers/:account/webhook',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Say where notifications of a seller go',
        params,
        body: WebhookChange,
        response: { 200: Seller },
      },
    },
    async (request) => {
      const { account } = request.params
      const caller = callerIn(request)
      const found = sellers.get(account as AccountId)
      mustOwn(caller, found, (one) => one.account, ['seller', account])
      const webhook = request.body.url ?? 'none'
      const wanted = [{ kind: 'seller', where: 'body', account, webhook }] as const
      const summary = `change the webhook of seller ${account}`
      await applyWish(control, { caller, wanted, summary, nowMs: nowMs() })
      return sellerView(made(sellers.get(account as AccountId)))
    },
  )
}

function partyRoutes(app: AdminApp, { control, nowMs }: AdminParts): void {
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
      return { items: items.map(sellerView), ...rest }
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
      return sellerView(
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
      return reply.code(201).send(sellerView(made(entryAfter(changes, 'seller'))))
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
      return sellerView(made(sellers.get(account as AccountId)))
    },
  )
}
