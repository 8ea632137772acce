/** Access keys: made by operators, with the secret shown once; stopped and started by their account too. */
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { WantedAccessKey } from '../../../core/catalog-wanted.ts'
import type { InstantMs } from '../../../core/usage.ts'
import { newLongTermKey, newTemporaryKey } from '../../keys/new-key.ts'
import { sealSecret } from '../../keys/secrets.ts'
import { callerIn, mustOwn, OPERATOR_WRITE, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish, entryAfter, made } from '../change.ts'
import { matching, pageOf } from '../page.ts'
import { AdminProblem } from '../problem.ts'
import {
  AccessKey,
  AccessKeyMade,
  filters,
  listOf,
  listQuery,
  NewAccessKey,
  type Shape,
} from '../schemas.ts'
import { accessKeyView } from '../views.ts'

const params = Type.Object({ id: Type.String() })

const VERBS = [
  ['disable', 'disabled', 'Stop an access key, everywhere within two seconds'],
  ['enable', 'active', 'Let a stopped access key work again'],
] as const

export function accessKeyRoutes(app: AdminApp, parts: AdminParts): void {
  readRoutes(app, parts)
  makeRoute(app, parts)
  statusRoutes(app, parts)
}

function readRoutes(app: AdminApp, { control }: AdminParts): void {
  const { accessKeys } = control.index
  app.get(
    '/v1/access-keys',
    {
      config: { access: READ },
      schema: {
        summary: 'List access keys, without their secrets',
        querystring: listQuery({ account: filters.account }),
        response: { 200: listOf(AccessKey) },
      },
    },
    (request) => {
      const account = ownSellerAsked(callerIn(request), request.query.account, 'account')
      const own = matching(accessKeys.values(), (one) => (account ?? one.account) === one.account)
      const page = pageOf(own, (one) => one.id, request.query)
      return { ...page, items: page.items.map(accessKeyView) }
    },
  )
  app.get(
    '/v1/access-keys/:id',
    {
      config: { access: READ },
      schema: { summary: 'Show an access key', params, response: { 200: AccessKey } },
    },
    (request) => {
      const { id } = request.params
      const key = accessKeys.get(id)
      return accessKeyView(
        mustOwn(callerIn(request), key, (one) => one.account, ['access key', id]),
      )
    },
  )
}

function makeRoute(app: AdminApp, { control, masterKeys, nowMs, machineNowMs }: AdminParts): void {
  app.post(
    '/v1/access-keys',
    {
      config: { access: OPERATOR_WRITE },
      schema: {
        summary: 'Make an access key, temporary with ttlSeconds; its secret is shown this once',
        body: NewAccessKey,
        response: { 201: AccessKeyMade },
      },
    },
    async (request, reply) => {
      const { account } = request.body
      // Expiry is compared with the machine's clock, whatever a sandbox plays.
      const { wanted, shown } = newKey(request.body, masterKeys, machineNowMs())
      const summary = `make access key ${wanted.id} for account ${account}`
      const caller = callerIn(request)
      const wish = { caller, wanted: [wanted], summary, nowMs: nowMs() }
      const key = made(entryAfter(await applyWish(control, wish), 'accessKey'))
      return reply.code(201).send({ ...accessKeyView(key), ...shown })
    },
  )
}

function statusRoutes(app: AdminApp, { control, nowMs }: AdminParts): void {
  const { accessKeys } = control.index
  for (const [verb, status, summary] of VERBS) {
    app.post(
      `/v1/access-keys/:id/${verb}`,
      {
        config: { access: WRITE },
        schema: { summary, params, response: { 200: AccessKey } },
      },
      async (request) => {
        const { id } = request.params
        const caller = callerIn(request)
        mustOwn(caller, accessKeys.get(id), (one) => one.account, ['access key', id])
        const wanted = [{ kind: 'accessKey', where: 'path', id, status }] as const
        const wish = { caller, wanted, nowMs: nowMs(), summary: `${verb} access key ${id}` }
        await applyWish(control, wish)
        return accessKeyView(made(accessKeys.get(id)))
      },
    )
  }
}

interface NewKey {
  readonly wanted: WantedAccessKey
  readonly shown: { readonly secretAccessKey: string; readonly sessionToken?: string }
}

function newKey(
  { account, description, ttlSeconds, resource, operations }: Shape<typeof NewAccessKey>,
  masterKeys: AdminParts['masterKeys'],
  nowMs: number,
): NewKey {
  const facts = { kind: 'accessKey', where: 'body', account, description, operations } as const
  const seal = (id: string, secret: string): string =>
    sealSecret(masterKeys.current, id, secret, randomBytes)
  if (ttlSeconds === undefined) {
    if (resource !== undefined) {
      throw new AdminProblem(
        'invalidRequest',
        'Only a temporary key has a resource: give ttlSeconds.',
      )
    }
    const { accessKeyId: id, secretAccessKey } = newLongTermKey(randomBytes)
    return {
      wanted: { ...facts, id, secret: seal(id, secretAccessKey) },
      shown: { secretAccessKey },
    }
  }
  const made = newTemporaryKey(randomBytes)
  const { accessKeyId: id, secretAccessKey, sessionToken, sessionTokenHash } = made
  const temporary = {
    expiresMs: Math.floor(nowMs + ttlSeconds * 1_000) as InstantMs,
    sessionTokenHash: sessionTokenHash.toString('hex'),
    ...(resource !== undefined && { resource }),
  }
  return {
    wanted: { ...facts, id, secret: seal(id, secretAccessKey), temporary },
    shown: { secretAccessKey, sessionToken },
  }
}
