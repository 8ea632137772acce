/** Health, metrics and the OpenAPI document. */
import { Type } from 'typebox'
import { OPEN, OPERATOR_WATCH } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { openApiDocument } from '../openapi.ts'

const Part = Type.Object({ ready: Type.Boolean(), note: Type.Optional(Type.String()) })
const Readiness = Type.Object(
  {
    status: Type.Enum(['ready', 'notReady'], { type: 'string' }),
    parts: Type.Record(Type.String(), Part),
  },
  { title: 'Readiness' },
)

export function operationsRoutes(app: AdminApp, parts: AdminParts): void {
  healthRoutes(app, parts)
  metricsRoute(app, parts)
  app.get(
    '/openapi.json',
    {
      config: { access: OPEN },
      schema: { summary: 'This document', response: { 200: Type.Unknown() } },
    },
    () => openApiDocument(app),
  )
}

function healthRoutes(app: AdminApp, { health }: AdminParts): void {
  app.get(
    '/healthz',
    {
      config: { access: OPEN },
      schema: {
        summary: 'Whether the process answers',
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  )
  app.get(
    '/readyz',
    {
      config: { access: OPEN },
      schema: {
        summary: 'Whether work should be sent here, and if not, why not',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    (_request, reply) => {
      const { ready, parts } = health.report()
      const status = ready ? ('ready' as const) : ('notReady' as const)
      reply.code(ready ? 200 : 503)
      return { status, parts }
    },
  )
}

function metricsRoute(app: AdminApp, { metrics, metricsOpen }: AdminParts): void {
  app.get(
    '/metrics',
    {
      config: { access: metricsOpen ? OPEN : OPERATOR_WATCH },
      schema: {
        summary: 'Figures for Prometheus',
        response: { 200: { content: { 'text/plain': { schema: Type.String() } } } },
      },
      serializerCompiler: () => (page) => String(page),
    },
    async (_request, reply) => {
      const page = await metrics.page()
      return reply.type(metrics.contentType).send(page)
    },
  )
}
