/** Tokens of this API: for operators' tokens only. */
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { InstantMs } from '../../../core/usage.ts'
import { callerIn, OPERATOR_READ, OPERATOR_WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { pageOf } from '../page.ts'
import { notFound } from '../problem.ts'
import { AdminToken, AdminTokenMade, listOf, listQuery, NewAdminToken } from '../schemas.ts'
import { newAdminToken } from '../../admin-tokens.ts'
import { tokenView } from '../views.ts'

const params = Type.Object({ id: Type.String() })

export function tokenRoutes(app: AdminApp, { control, nowMs, machineNowMs }: AdminParts): void {
  const { adminTokens } = control.index
  app.get(
    '/v1/admin-tokens',
    {
      config: { access: OPERATOR_READ },
      schema: {
        summary: 'List tokens of this API, without the tokens themselves',
        querystring: listQuery({}),
        response: { 200: listOf(AdminToken) },
      },
    },
    (request) => {
      const page = pageOf(adminTokens.values(), (one) => one.id, request.query)
      return { ...page, items: page.items.map(tokenView) }
    },
  )
  app.post(
    '/v1/admin-tokens',
    {
      config: { access: OPERATOR_WRITE },
      schema: {
        summary: 'Make a token of this API; it is shown this once',
        body: NewAdminToken,
        response: { 201: AdminTokenMade },
      },
    },
    async (request, reply) => {
      const { ttlSeconds, ...facts } = request.body
      const { id, hash, token } = newAdminToken(randomBytes)
      const expiresMs =
        ttlSeconds === undefined ? undefined : ((machineNowMs() + ttlSeconds * 1_000) as InstantMs)
      const wanted = [{ kind: 'adminToken', where: 'body', id, hash, expiresMs, ...facts }] as const
      const wish = { caller: callerIn(request), wanted, nowMs: nowMs() }
      const changes = await applyWish(control, { ...wish, summary: `make token ${id}` })
      return reply.code(201).send({ ...tokenView(made(entryAfter(changes, 'adminToken'))), token })
    },
  )
  app.post(
    '/v1/admin-tokens/:id/revoke',
    {
      config: { access: OPERATOR_WRITE },
      schema: { summary: 'Stop a token for ever', params, response: { 200: AdminToken } },
    },
    async (request) => {
      const { id } = request.params
      if (!adminTokens.has(id)) throw notFound('token', id)
      const wanted = [{ kind: 'adminToken', where: 'path', id, revoked: true }] as const
      const wish = { caller: callerIn(request), wanted, nowMs: nowMs() }
      await applyWish(control, { ...wish, summary: `revoke token ${id}` })
      return tokenView(made(adminTokens.get(id)))
    },
  )
}
