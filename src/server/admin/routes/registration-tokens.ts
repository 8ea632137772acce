/** Registration tokens: made for a buyer who cannot come through a page, never listed, never shown again; and revoked, all up to now. */
import { randomBytes } from 'node:crypto'
import type { ProductCode } from '../../../core/usage.ts'
import { revocationOf, revokedText } from '../../../core/registration.ts'
import { newRegistration, summaryOf } from '../../new-registration.ts'
import { callerIn, mustOwn, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish } from '../change.ts'
import { AdminProblem } from '../problem.ts'
import { NewRegistrationToken, RegistrationToken, TokenRevocation } from '../schemas.ts'
import { registrationView } from '../views.ts'

export function registrationTokenRoutes(app: AdminApp, parts: AdminParts): void {
  makeRoute(app, parts)
  revokeRoute(app, parts)
}

function makeRoute(app: AdminApp, { control, masterKeys, nowMs }: AdminParts): void {
  const { products } = control.index
  app.post(
    '/v1/registration-tokens',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Make a registration token for a buyer of a product',
        body: NewRegistrationToken,
        response: { 201: RegistrationToken },
      },
    },
    async (request, reply) => {
      const caller = callerIn(request)
      const { product } = request.body
      // Others' products first of all: nothing is told of who buys them.
      await control.refresh()
      mustOwn(caller, products.get(product as ProductCode), ({ seller }) => seller, [
        'product',
        product,
      ])
      const actor = `token:${caller.tokenId}`
      const context = { control, masterKeys, randomBytes, nowMs: nowMs(), actor }
      const made = await newRegistration(context, request.body)
      if (!made.ok) throw new AdminProblem('refused', '', made.problems)
      await control.note({ actor, nowMs: nowMs(), summary: summaryOf(made) })
      return reply.code(201).send(registrationView(made))
    },
  )
}

function revokeRoute(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { index } = control
  app.post(
    '/v1/registration-tokens/revoke',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Revoke the registration tokens made so far, of a product or of one of its buyers',
        body: TokenRevocation,
        response: { 200: TokenRevocation },
      },
    },
    async (request) => {
      const caller = callerIn(request)
      const { body } = request
      await control.refresh()
      const found = index.products.get(body.product as ProductCode)
      mustOwn(caller, found, ({ seller }) => seller, ['product', body.product])
      const wanted = revocationOf(index, body)
      if (wanted.length === 0)
        throw new AdminProblem('notFound', `There is no ${revokedText(body)}.`)
      const summary = `revoke registration tokens of ${revokedText(body)}`
      await applyWish(control, { caller, wanted, summary, nowMs: nowMs() })
      return body
    },
  )
}
