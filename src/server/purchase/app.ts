/**
 * The pages for buyers: a port of its own, because it is for strangers' browsers.
 *
 * Closed      Nobody comes further than a page that says no, unless by a purchase link (links.ts). A demo adds a list of buyers
 *             that makes links, and an example seller (../example-seller/).
 * Bounded     Bodies, headers, time, connections; a stranger makes nothing that is kept.
 * Checked by  purchase.test.ts, and browser.test.ts in a real browser
 */
import { randomUUID } from 'node:crypto'
import { type FastifyInstance, fastify } from 'fastify'
import { landingRoutes } from '../example-seller/landing.ts'
import type { Tls } from '../http.ts'
import { LineBudget } from '../line-budget.ts'
import type { Log } from '../log.ts'
import { SCRIPT, STYLE } from './assets.ts'
import { demoRoutes } from './demo-pages.ts'
import { ASSET_HEADERS } from './headers.ts'
import { SCRIPT_PATH, STYLE_PATH } from './layout.ts'
import { problemPage } from './pages.ts'
import type { PurchaseParts } from './parts.ts'
import { noSuchPage, PageProblem } from './problem.ts'
import { purchaseRoutes } from './routes.ts'
import { sendPage } from './send.ts'

const LIMITS = {
  bodyLimit: 16_384,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  routerOptions: { maxParamLength: 2_000 },
  http: { maxHeaderSize: 16_384, headersTimeout: 10_000 },
}
const CONNECTIONS_MAX = 500
const FAILURE_LINES = { linesMax: 1, windowMs: 60_000 }

export async function createPurchaseApp(parts: PurchaseParts, tls?: Tls): Promise<FastifyInstance> {
  const app = newApp(tls)
  app.server.maxConnections = CONNECTIONS_MAX
  addForms(app)
  addFailures(app, parts.log)
  addAssets(app)
  app.addHook('onRequest', async () => parts.control.freshen())
  purchaseRoutes(app, parts)
  if (parts.demo !== undefined) {
    demoRoutes(app, parts)
    landingRoutes(app, parts.demo)
  }
  await app.ready()
  return app
}

function newApp(tls: Tls | undefined): FastifyInstance {
  const options = {
    ...LIMITS,
    logger: false,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    return503OnClosing: true,
    forceCloseConnections: 'idle' as const,
  }
  if (tls === undefined) return fastify(options)
  // Both kinds of server answer alike; only one type of them fits everywhere else.
  const secure: unknown = fastify({ ...options, https: { ...LIMITS.http, ...tls } })
  return secure as FastifyInstance
}

/** What a page's form sends, and nothing else. */
function addForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, new URLSearchParams(String(body)))
    },
  )
}

function addAssets(app: FastifyInstance): void {
  for (const [path, type, text] of [
    [STYLE_PATH, 'text/css', STYLE],
    [SCRIPT_PATH, 'text/javascript', SCRIPT],
  ] as const) {
    app.get(path, (_request, reply) =>
      reply.headers(ASSET_HEADERS).type(`${type}; charset=utf-8`).send(text),
    )
  }
}

function addFailures(app: FastifyInstance, log: Log): void {
  const lines = new LineBudget(FAILURE_LINES, () => performance.now())
  app.setNotFoundHandler(() => {
    throw noSuchPage()
  })
  app.setErrorHandler<Error & { readonly statusCode?: number }>(async (error, request, reply) => {
    const problem = problemOf(error, request.id)
    if (problem.status === 500 && lines.take(String(error)) !== undefined) {
      log.error({ requestId: request.id, err: error }, 'a page for buyers failed')
    }
    await sendPage(reply.code(problem.status), problemPage(problem.title, problem.sentences))
  })
}

function problemOf(
  error: Error & { readonly statusCode?: number },
  requestId: string,
): PageProblem {
  if (error instanceof PageProblem) return error
  const { statusCode = 500 } = error
  if (statusCode >= 400 && statusCode < 500) {
    return new PageProblem(statusCode, 'This request is not understood')
  }
  const sentences = ['Nothing is lost. Try again in a moment.', `Request ${requestId}`]
  return new PageProblem(500, 'Something failed here', ...sentences)
}
