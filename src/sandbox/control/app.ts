/**
 * The control API of a sandbox: what tests in other languages, the commands and the inspector's page ask.
 *
 * Of a sandbox alone: `serve` has no way here, and answers its paths as it does any that it does not know.
 * Checked by control.test.ts
 */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { WorkspaceOptions } from '../options.ts'
import { SandboxRefused } from '../refused.ts'
import { SeedRefused } from '../seed.ts'
import type { Workspaces } from '../workspaces.ts'
import { guard } from './guard.ts'
import { inspectorRoutes } from './inspector.ts'
import type { Endpoints } from './views.ts'
import { workspaceRoutes } from './workspace-routes.ts'

export interface ControlParts {
  readonly workspaces: Workspaces
  readonly endpoints: () => Endpoints
  /** What a workspace is made with where nobody says otherwise. */
  readonly defaults: WorkspaceOptions
  /** Names by which the port may be called, beside those of loopback. */
  readonly allowedHosts: readonly string[]
  /** Told of what should not happen. */
  readonly failed: (error: unknown) => void
}

/** A seed of one's own may be long. */
const BODY_BYTES_MAX = 8 * 1_048_576

export function createControlApp(parts: ControlParts): Hono {
  const app = new Hono()
  // Before the guard, whose refusals have them too.
  app.use(async (context, next) => {
    await next()
    const { headers } = context.res
    headers.set('X-Content-Type-Options', 'nosniff')
    if (!headers.has('Content-Security-Policy')) {
      headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
    }
  })
  app.use(guard(parts.allowedHosts))
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: (context) =>
        context.json({ error: `The body has more than ${BODY_BYTES_MAX} bytes.` }, 413),
    }),
  )
  app.get('/healthz', (context) => context.json({ status: 'ok' }))
  workspaceRoutes(app, parts)
  inspectorRoutes(app)
  app.notFound((context) => {
    const { method, path } = context.req
    const error = `There is no ${method} ${path} here. What there is of a workspace begins with GET /workspaces/default; marketmeter sandbox --help names the commands.`
    return context.json({ error }, 404)
  })
  app.onError((error, context) => {
    if (error instanceof SandboxRefused) return context.json({ error: error.message }, error.status)
    if (error instanceof SeedRefused) {
      return context.json({ error: 'The seed is not good.', problems: error.problems }, 400)
    }
    parts.failed(error)
    return context.json(
      { error: 'Something failed here; the output of the sandbox says what.' },
      500,
    )
  })
  return app
}
