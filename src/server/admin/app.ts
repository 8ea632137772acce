/**
 * The admin API: catalog, keys, tokens, records and refusals over HTTP, for operators and sellers.
 *
 * Apart       It has its own port, loopback by default, and nothing of it is on the path of metering.
 * Bounded     Bodies, headers, time, connections, pages.
 * Checked by  access.test.ts (every route with every kind of caller), admin.test.ts, scripts/admin-api-page.test.ts
 */
import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import { fastify } from 'fastify'
import type { Tls } from '../http.ts'
import { addAccess } from './access.ts'
import { addErrors, failureHandler } from './errors.ts'
import { DOCUMENT } from './openapi.ts'
import type { AdminApp, AdminParts, AdminRoutes, TypeBoxProvider } from './parts.ts'
import { accessKeyRoutes } from './routes/access-keys.ts'
import { agreementRoutes } from './routes/agreements.ts'
import { auditRoutes } from './routes/audit.ts'
import { buyerRoutes } from './routes/buyers.ts'
import { catalogRoutes } from './routes/catalog.ts'
import { customerRoutes } from './routes/customer-identifiers.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { operationsRoutes } from './routes/operations.ts'
import { productRoutes } from './routes/products.ts'
import { publicKeyRoutes } from './routes/public-keys.ts'
import { purchaseLinkRoutes } from './routes/purchase-links.ts'
import { readBackRoutes } from './routes/read-back.ts'
import { registrationTokenRoutes } from './routes/registration-tokens.ts'
import { sellerRoutes } from './routes/sellers.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { validatorCompiler } from './validate.ts'

const ROUTES: readonly AdminRoutes[] = [
  sellerRoutes,
  buyerRoutes,
  customerRoutes,
  productRoutes,
  agreementRoutes,
  registrationTokenRoutes,
  purchaseLinkRoutes,
  accessKeyRoutes,
  tokenRoutes,
  publicKeyRoutes,
  catalogRoutes,
  readBackRoutes,
  notificationRoutes,
  auditRoutes,
  operationsRoutes,
]

const LIMITS = {
  bodyLimit: 1_048_576,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  routerOptions: { maxParamLength: 1_000 },
  http: { maxHeaderSize: 16_384, headersTimeout: 10_000 },
}
const CONNECTIONS_MAX = 200

export async function createAdminApp(parts: AdminParts, tls?: Tls): Promise<AdminApp> {
  const app = newApp(parts, tls)
  app.server.maxConnections = CONNECTIONS_MAX
  app.setValidatorCompiler(validatorCompiler())
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  addErrors(app, parts.log)
  await app.register(swagger, DOCUMENT(parts.version))
  addAccess(app, parts)
  for (const addRoutes of ROUTES) addRoutes(app, parts)
  await app.ready()
  return app
}

function newApp({ log }: AdminParts, tls: Tls | undefined): AdminApp {
  const options = {
    ...LIMITS,
    logger: false,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    frameworkErrors: failureHandler(log),
    return503OnClosing: true,
    forceCloseConnections: 'idle' as const,
  }
  // Both kinds of server answer alike; only one type of them fits everywhere else.
  if (tls === undefined) return fastify(options).withTypeProvider<TypeBoxProvider>()
  const secure: unknown = fastify({ ...options, https: { ...LIMITS.http, ...tls } })
  return secure as AdminApp
}
