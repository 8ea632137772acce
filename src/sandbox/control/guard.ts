/**
 * Who may talk to the control port: programs of this machine, and pages of its own.
 *
 * A page of any site can make a browser send requests to this machine, and by a name that resolves to it even read the answers. So the
 * Host must be a name of this machine, or one that was configured, and a foreign Origin is refused.
 * Checked by control.test.ts
 */
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { SandboxRefused } from '../refused.ts'
import { PAGE_PATHS } from './inspector.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @param allowed Names beside those of loopback, without a port. */
export function guard(allowed: readonly string[]): MiddlewareHandler {
  const names = new Set([...LOOPBACK, ...allowed.map((name) => name.toLowerCase())])
  return async (context, next) => {
    const host = context.req.header('host') ?? ''
    if (!names.has(hostnameOf(host))) {
      throw new SandboxRefused(
        403,
        `The Host ${JSON.stringify(host)} is no name of this machine. Talk to 127.0.0.1, or start the sandbox with --allow-host NAME.`,
      )
    }
    const origin = context.req.header('origin')
    const site = context.req.header('sec-fetch-site') ?? 'none'
    const isForeign = site !== 'none' && site !== 'same-origin' && !isVisit(context.req)
    if ((origin !== undefined && origin !== `http://${host}`) || isForeign) {
      throw new SandboxRefused(403, 'A page of another origin may not control a sandbox.')
    }
    await next()
  }
}

/** Somebody followed a link to the page, which holds nothing by itself. */
function isVisit(request: HonoRequest): boolean {
  const { method, path } = request
  if (method !== 'GET' || request.header('sec-fetch-mode') !== 'navigate') return false
  return PAGE_PATHS.has(path)
}

function hostnameOf(host: string): string {
  try {
    return new URL(`http://${host}`).hostname
  } catch {
    return ''
  }
}
