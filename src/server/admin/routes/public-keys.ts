/** Public keys of RegisterUsage, shown and rotated; and what was registered under them. */
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { ACCOUNT, PRODUCT } from '../../../core/catalog-names.ts'
import { entryKeyOf, type UsageRegistrationEntry } from '../../../core/control-entries.ts'
import type { ProductCode } from '../../../core/usage.ts'
import { newPublicKey } from '../../keys/public-keys.ts'
import { callerIn, mustOwn, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish, made } from '../change.ts'
import { pageOfStored } from '../page.ts'
import { requiredName } from '../problem.ts'
import { filters, listOf, listQuery, PublicKey, UsageRegistration } from '../schemas.ts'
import { publicKeyView, usageRegistrationView } from '../views.ts'

const params = Type.Object({ code: Type.String() })
const query = listQuery({
  seller: filters.seller,
  product: filters.product,
  buyer: filters.buyer,
})

export function publicKeyRoutes(app: AdminApp, parts: AdminParts): void {
  keyRoutes(app, parts)
  registrationRoute(app, parts)
}

function keyRoutes(app: AdminApp, { control, masterKeys, nowMs }: AdminParts): void {
  const { index } = control
  app.get(
    '/v1/products/:code/public-keys',
    {
      config: { access: READ },
      schema: {
        summary: 'List the public keys under which RegisterUsage signs for a product',
        params,
        response: { 200: listOf(PublicKey) },
      },
    },
    (request) => {
      const code = request.params.code as ProductCode
      mustOwn(callerIn(request), index.products.get(code), ({ seller }) => seller, [
        'product',
        code,
      ])
      return { items: index.publicKeysOf(code).map(publicKeyView) }
    },
  )
  app.post(
    '/v1/products/:code/public-keys',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Give a product its first public key, or the next version',
        params,
        response: { 201: PublicKey },
      },
    },
    async (request, reply) => {
      const code = request.params.code as ProductCode
      const caller = callerIn(request)
      mustOwn(caller, index.products.get(code), ({ seller }) => seller, ['product', code])
      const pair = await newPublicKey(masterKeys.current, randomBytes)
      const wanted = [{ kind: 'publicKey', where: 'product', product: code, ...pair }] as const
      const summary = `rotate the public key of product ${code}`
      await applyWish(control, { caller, wanted, summary, nowMs: nowMs() })
      return reply.code(201).send(publicKeyView(made(index.publicKeysOf(code).at(-1))))
    },
  )
}

function registrationRoute(app: AdminApp, { control }: AdminParts): void {
  app.get(
    '/v1/usage-registrations',
    {
      config: { access: READ },
      schema: {
        summary: 'List what RegisterUsage let run',
        querystring: query,
        response: { 200: listOf(UsageRegistration) },
      },
    },
    async (request) => {
      const seller = ownSellerAsked(callerIn(request), request.query.seller)
      const buyer = requiredName('query.buyer', ACCOUNT, request.query.buyer)
      const product = requiredName('query.product', PRODUCT, request.query.product)
      const wanted = (one: UsageRegistrationEntry) =>
        (buyer ?? one.buyer) === one.buyer &&
        (product ?? one.product) === one.product &&
        (seller === undefined || control.index.products.get(one.product)?.seller === seller)
      const page = await pageOfStored(
        (name) => control.usageRegistrations(name),
        { nameOf: entryKeyOf, wanted },
        request.query,
      )
      return { ...page, items: page.items.map(usageRegistrationView) }
    },
  )
}
