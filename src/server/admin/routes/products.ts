/** Products and their dimensions. */
import { Type } from 'typebox'
import type { ProductEntry } from '../../../core/control-entries.ts'
import type { ProductCode } from '../../../core/usage.ts'
import { callerIn, mustOwn, ownSeller, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { requiredInstant } from '../instant.ts'
import { matching, pageOf } from '../page.ts'
import { AdminProblem, exists } from '../problem.ts'
import {
  filters,
  listOf,
  listQuery,
  NewProduct,
  Product,
  ProductChange,
  type Shape,
} from '../schemas.ts'
import { productView } from '../views.ts'

const params = Type.Object({ code: Type.String() })

export function productRoutes(app: AdminApp, parts: AdminParts): void {
  readRoutes(app, parts)
  addRoute(app, parts)
  changeRoute(app, parts)
}

function readRoutes(app: AdminApp, { control }: AdminParts): void {
  const { products } = control.index
  app.get(
    '/v1/products',
    {
      config: { access: READ },
      schema: {
        summary: 'List products',
        querystring: listQuery({ seller: filters.seller }),
        response: { 200: listOf(Product) },
      },
    },
    (request) => {
      const seller = ownSellerAsked(callerIn(request), request.query.seller)
      const own = matching(products.values(), (one) => (seller ?? one.seller) === one.seller)
      const page = pageOf(own, (one) => one.code, request.query)
      return { ...page, items: page.items.map(productView) }
    },
  )
  app.get(
    '/v1/products/:code',
    {
      config: { access: READ },
      schema: { summary: 'Show a product', params, response: { 200: Product } },
    },
    (request) => {
      const { code } = request.params
      const product = products.get(code as ProductCode)
      return productView(mustOwn(callerIn(request), product, sellerOf, ['product', code]))
    },
  )
}

function addRoute(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { products } = control.index
  app.post(
    '/v1/products',
    {
      config: { access: WRITE },
      schema: { summary: 'Add a product', body: NewProduct, response: { 201: Product } },
    },
    async (request, reply) => {
      const caller = callerIn(request)
      const { code } = request.body
      const seller = ownSeller(caller, request.body.seller)
      if (code !== undefined && caller.seller !== undefined) {
        throw new AdminProblem('operatorOnly', 'Leave the code out, and one is made.')
      }
      if (code !== undefined && products.has(code as ProductCode)) throw exists('product', code)
      const wanted = [
        { kind: 'product', where: 'body', ...wishOf(request.body), code, seller },
      ] as const
      const wish = { caller, wanted, nowMs: nowMs(), summary: `add product ${code ?? ''}`.trim() }
      const changes = await applyWish(control, wish)
      return reply.code(201).send(productView(made(entryAfter(changes, 'product'))))
    },
  )
}

function changeRoute(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { products } = control.index
  app.patch(
    '/v1/products/:code',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Change or retire a product; dimensions that are not named stay',
        params,
        body: ProductChange,
        response: { 200: Product },
      },
    },
    async (request) => {
      const { code } = request.params
      const caller = callerIn(request)
      mustOwn(caller, products.get(code as ProductCode), sellerOf, ['product', code])
      const { retired } = request.body
      const wanted = [
        { kind: 'product', where: 'body', ...wishOf(request.body), code, retired },
      ] as const
      await applyWish(control, {
        caller,
        wanted,
        nowMs: nowMs(),
        summary: `change product ${code}`,
      })
      return productView(made(products.get(code as ProductCode)))
    },
  )
}

function sellerOf({ seller }: ProductEntry): string {
  return seller
}

type Wish = Omit<Shape<typeof NewProduct>, 'code' | 'seller' | 'fulfilmentUrl'> &
  Pick<Shape<typeof ProductChange>, 'fulfilmentUrl'>

function wishOf(body: Wish) {
  const { name, meteredBy, agreements, concurrentFrom, dimensions, contract } = body
  const { oneResourcePerBuyer, integration, fulfilmentUrl, redirectOrigins } = body
  const concurrentFromMs = requiredInstant('body.concurrentFrom', concurrentFrom)
  const others = { oneResourcePerBuyer, integration, fulfilmentUrl, redirectOrigins }
  return { name, meteredBy, agreements, concurrentFromMs, ...others, dimensions, contract }
}
