/** Agreements: made, renewed or shortened, suspended and resumed, cancelled for ever. */
import { Type } from 'typebox'
import { ACCOUNT, PRODUCT } from '../../../core/catalog-names.ts'
import type { CatalogIndex } from '../../../core/catalog-index.ts'
import type { WantedAgreement } from '../../../core/catalog-wanted.ts'
import type { AgreementEntry } from '../../../core/control-entries.ts'
import type { AgreementId, LicenseArn, ProductCode } from '../../../core/usage.ts'
import { callerIn, mustOwn, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { mustSeeBuyer } from '../buyers-seen.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { requiredInstant } from '../instant.ts'
import { matching, pageOf } from '../page.ts'
import { AdminProblem, exists, requiredName } from '../problem.ts'
import {
  Agreement,
  AgreementChange,
  EntitlementList,
  filters,
  listOf,
  listQuery,
  NewAgreement,
  type Shape,
} from '../schemas.ts'
import type { Caller } from '../caller.ts'
import { agreementView } from '../views.ts'

const params = Type.Object({ id: Type.String() })
const query = listQuery({
  seller: filters.seller,
  product: filters.product,
  buyer: filters.buyer,
})

/** What may be done to an agreement by name, beside a change of its end. */
const VERBS = [
  ['cancel', 'cancelled', 'Cancel an agreement, now and for ever'],
  ['suspend', 'suspended', 'Suspend an agreement: no new usage until it is resumed'],
  ['resume', 'active', 'Resume a suspended agreement'],
] as const

export function agreementRoutes(app: AdminApp, parts: AdminParts): void {
  readRoutes(app, parts)
  makeRoute(app, parts)
  changeRoutes(app, parts)
}

function readRoutes(app: AdminApp, { control: { index } }: AdminParts): void {
  app.get(
    '/v1/agreements',
    {
      config: { access: READ },
      schema: {
        summary: 'List agreements',
        querystring: query,
        response: { 200: listOf(Agreement) },
      },
    },
    (request) => {
      const own = agreementsSeenBy(callerIn(request), index, request.query)
      const page = pageOf(own, (one) => one.id, request.query)
      return { ...page, items: page.items.map(agreementView) }
    },
  )
  app.get(
    '/v1/agreements/:id',
    {
      config: { access: READ },
      schema: { summary: 'Show an agreement', params, response: { 200: Agreement } },
    },
    (request) => agreementView(ownAgreement(callerIn(request), index, request.params.id)),
  )
}

function makeRoute(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { index } = control
  app.post(
    '/v1/agreements',
    {
      config: { access: WRITE },
      schema: { summary: 'Make an agreement', body: NewAgreement, response: { 201: Agreement } },
    },
    async (request, reply) => {
      const caller = callerIn(request)
      const { product, buyer, licenseArn } = request.body
      if (caller.seller !== undefined) {
        if (licenseArn !== undefined) {
          throw new AdminProblem('operatorOnly', 'Leave the license ARN out, and one is made.')
        }
        const found = index.products.get(product as ProductCode)
        mustOwn(caller, found, ({ seller }) => seller, ['product', product])
        mustSeeBuyer(caller, index, buyer)
      }
      if (licenseArn !== undefined && index.agreementByLicense(licenseArn as LicenseArn)) {
        throw exists('license', licenseArn)
      }
      const summary = `make an agreement of buyer ${buyer} for product ${product}`
      const wanted = [newAgreement(request.body)]
      const changes = await applyWish(control, { caller, wanted, summary, nowMs: nowMs() })
      return reply.code(201).send(agreementView(made(entryAfter(changes, 'agreement'))))
    },
  )
}

function changeRoutes(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { index } = control
  async function change(caller: Caller, id: string, wish: Partial<WantedAgreement>, verb: string) {
    ownAgreement(caller, index, id)
    const wanted = [{ kind: 'agreement', where: 'body', id, ...wish }] as const
    await applyWish(control, { caller, wanted, summary: `${verb} agreement ${id}`, nowMs: nowMs() })
    return agreementView(made(index.agreements.get(id as AgreementId)))
  }
  app.patch(
    '/v1/agreements/:id',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Move the end of an agreement: renew it, or let it run out',
        params,
        body: AgreementChange,
        response: { 200: Agreement },
      },
    },
    async (request) => {
      const end = request.body.end === null ? 'never' : instant('body.end', request.body.end)
      return change(callerIn(request), request.params.id, { end }, 'move the end of')
    },
  )
  app.put(
    '/v1/agreements/:id/entitlements',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Say all that an agreement entitles its buyer to',
        params,
        body: EntitlementList,
        response: { 200: Agreement },
      },
    },
    async (request) => {
      const { entitlements } = request.body
      const { id } = request.params
      return change(callerIn(request), id, { entitlements }, 'set the entitlements of')
    },
  )
  for (const [verb, status, summary] of VERBS) {
    app.post(
      `/v1/agreements/:id/${verb}`,
      {
        config: { access: WRITE },
        schema: { summary, params, response: { 200: Agreement } },
      },
      async (request) => change(callerIn(request), request.params.id, { status }, verb),
    )
  }
}

function newAgreement(body: Shape<typeof NewAgreement>): WantedAgreement {
  const { product, buyer, licenseArn, entitlements } = body
  const start = instant('body.start', body.start)
  const end = instant('body.end', body.end)
  return { kind: 'agreement', where: 'body', product, buyer, licenseArn, start, end, entitlements }
}

function instant(where: string, text: string | undefined) {
  const ms = requiredInstant(where, text)
  return ms === undefined ? undefined : { ms, onlyIfNew: false }
}

function ownAgreement(caller: Caller, index: CatalogIndex, id: string): AgreementEntry {
  const agreement = index.agreements.get(id as AgreementId)
  return mustOwn(caller, agreement, ({ product }) => index.products.get(product)?.seller, [
    'agreement',
    id,
  ])
}

function agreementsSeenBy(
  caller: Caller,
  index: CatalogIndex,
  asked: Shape<typeof query>,
): Iterable<AgreementEntry> {
  const seller = ownSellerAsked(caller, asked.seller)
  const buyer = requiredName('query.buyer', ACCOUNT, asked.buyer)
  const product = requiredName('query.product', PRODUCT, asked.product)
  return matching(
    product === undefined ? index.agreements.values() : index.agreementsOfProduct(product),
    (one) =>
      (buyer ?? one.buyer) === one.buyer &&
      (seller === undefined || index.products.get(one.product)?.seller === seller),
  )
}
