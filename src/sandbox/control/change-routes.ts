/** Changes of a workspace's catalog, and the tokens that buyers bring. */
import type { Context, Hono } from 'hono'
import { cancelAgreement, createToken, SEED_PART_MEMBERS } from '../apply.ts'
import { SandboxRefused } from '../refused.ts'
import type { Workspaces } from '../workspaces.ts'
import { type Members, readMembers, textIn } from './read-body.ts'

export function changeRoutes(app: Hono, workspaces: Workspaces): void {
  const workspaceIn = (context: Context) => workspaces.get(context.req.param('id') ?? '')
  app.post('/workspaces/:id/catalog', async (context) => {
    const part = await readMembers(context, SEED_PART_MEMBERS)
    await workspaces.apply(context.req.param('id'), part)
    return context.body(null, 204)
  })
  app.post('/workspaces/:id/agreements/:agreement/cancel', async (context) => {
    await readMembers(context, [])
    await cancelAgreement(workspaceIn(context), context.req.param('agreement'))
    return context.body(null, 204)
  })
  app.post('/workspaces/:id/tokens', async (context) => {
    const members = await readMembers(context, ['product', 'buyer', 'agreement'])
    const agreement = textIn(members, 'agreement')
    const token = await createToken(workspaceIn(context), {
      product: requiredIn(members, 'product'),
      buyer: requiredIn(members, 'buyer'),
      ...(agreement !== undefined && { agreement }),
    })
    return context.json(token, 201)
  })
}

function requiredIn(members: Members, name: string): string {
  const text = textIn(members, name)
  if (text !== undefined) return text
  throw new SandboxRefused(400, `${name} is missing.`)
}
