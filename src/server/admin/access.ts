/**
 * Who may call a route. Each route says it in its `config`, and one that does not say it stops the start.
 *
 * Order      Whether it can be known which tokens are good, the token, then whether it may do this at all; which
 *            things it may see is each route's to ask of `ownSeller` and `mustOwn`. What belongs to others is
 *            answered as if it were not there.
 * Guessing   A token has 256 bits. Failures of one address are counted, and beyond a bound answered 429 and
 *            no longer logged; a valid token always passes, so nobody can lock an operator out.
 */
import type {
  FastifyInstance,
  FastifyRequest,
  FastifySchema,
  onRequestAsyncHookHandler,
} from 'fastify'
import { ACCOUNT } from '../../core/catalog-names.ts'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { AccountId } from '../../core/usage.ts'
import { LineBudget } from '../line-budget.ts'
import type { Log } from '../log.ts'
import { AdminProblem, requiredName } from './problem.ts'
import { type Caller, callerOf } from './caller.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}

export interface Access {
  /** No token is asked for. */
  readonly open?: boolean
  readonly operatorOnly?: boolean
  readonly writes?: boolean
  /** A token that was good when the catalog could last be read will do. */
  readonly evenIfStale?: boolean
}

export const OPEN: Access = { open: true }
export const READ: Access = {}
export const WRITE: Access = { writes: true }
export const OPERATOR_READ: Access = { operatorOnly: true }
export const OPERATOR_WRITE: Access = { operatorOnly: true, writes: true }

/** For figures, which are wanted most when a store fails. */
export const OPERATOR_WATCH: Access = { operatorOnly: true, evenIfStale: true }

export interface AccessParts {
  readonly control: {
    readonly index: Pick<CatalogIndex, 'adminTokenByHash'>
    freshen(): Promise<void> | undefined
  }
  readonly log: Log
  /** Effort time, milliseconds since 1970. */
  readonly machineNowMs: () => number
}

const FAILURES = { linesMax: 20, windowMs: 60_000 }
const CALLER = 'caller'

export function addAccess(app: FastifyInstance, parts: AccessParts): void {
  app.decorateRequest(CALLER)
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (access === undefined) throw new Error(`${route.url} does not say who may call it`)
    route.schema = { ...route.schema, ...documented(access) }
  })
  app.addHook('onRequest', checkAccess(parts))
}

/** The caller of a request that is not open. */
export function callerIn(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(CALLER)
}

/** The seller whose things a list shows: the caller's own, or the one that an operator asks for. */
export function ownSeller(caller: Caller, asked: string | undefined): AccountId | undefined {
  if (caller.seller === undefined) return asked as AccountId | undefined
  if (asked !== undefined && asked !== caller.seller) {
    throw new AdminProblem('notFound', `There is no seller ${asked}.`)
  }
  return caller.seller
}

/** The same for a list's query, where a text that is no account could only ever find nothing. */
export function ownSellerAsked(
  caller: Caller,
  asked: string | undefined,
  member = 'seller',
): AccountId | undefined {
  return ownSeller(caller, requiredName(`query.${member}`, ACCOUNT, asked))
}

/** @throws AdminProblem `notFound`, unless the thing is there and the caller may see it. */
export function mustOwn<Thing>(
  caller: Caller,
  thing: Thing | undefined,
  sellerOf: (thing: Thing) => string | undefined,
  [kind, name]: readonly [kind: string, name: string],
): Thing {
  if (thing !== undefined && (caller.seller === undefined || sellerOf(thing) === caller.seller)) {
    return thing
  }
  throw new AdminProblem('notFound', `There is no ${kind} ${name}.`)
}

/** What the OpenAPI document says of it. */
function documented({ open, operatorOnly, writes }: Access): FastifySchema {
  if (open === true) return { security: [], description: 'Open: no token is asked for.' }
  const who =
    operatorOnly === true ? "For operators' tokens only." : "For operators' and sellers' tokens."
  return { description: writes === true ? `${who} Not for read-only ones.` : who }
}

function checkAccess({ control, log, machineNowMs }: AccessParts): onRequestAsyncHookHandler {
  const failures = new LineBudget(FAILURES, () => performance.now())
  return async (request) => {
    const { access } = request.routeOptions.config
    // An unknown path has no route, so it says nothing of itself; its 404 tells nobody anything.
    if (access === undefined || access.open === true) return
    if (access.evenIfStale !== true) await control.freshen()
    const caller = callerOf(request.headers.authorization, control.index, machineNowMs())
    if (caller === undefined) throw failedToken(request, failures, log)
    request.setDecorator(CALLER, caller)
    const problem = problemWith(caller, access)
    if (problem !== undefined) throw problem
  }
}

function failedToken(request: FastifyRequest, failures: LineBudget, log: Log): AdminProblem {
  const suppressed = failures.take(request.ip)
  if (suppressed === undefined) return new AdminProblem('tooManyFailures')
  const alike = suppressed === 0 ? {} : { alikeNotShown: suppressed }
  log.warn(
    { requestId: request.id, address: request.ip, ...alike },
    'admin request without a valid token',
  )
  return new AdminProblem('unauthorized')
}

function problemWith({ seller, readOnly }: Caller, access: Access): AdminProblem | undefined {
  if (access.operatorOnly === true && seller !== undefined) return new AdminProblem('operatorOnly')
  if (access.writes === true && readOnly) return new AdminProblem('readOnlyToken')
  return undefined
}
