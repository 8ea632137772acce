/** The faults of a workspace. */
import type { Context, Hono } from 'hono'
import type { Workspace } from '../workspace.ts'
import { readJson, readMembers } from './read-body.ts'
import { refuseQuery } from './read-query.ts'

export function faultRoutes(app: Hono, workspaceIn: (context: Context) => Workspace): void {
  app.get('/workspaces/:id/faults', (context) => {
    const { faults } = workspaceIn(context)
    refuseQuery(context)
    return context.json({ faults: faults.list(), seed: faults.seed })
  })
  app.post('/workspaces/:id/faults', async (context) => {
    const { faults } = workspaceIn(context)
    const id = faults.add(await readJson(context))
    return context.json({ id, faults: faults.list() }, 201)
  })
  app.delete('/workspaces/:id/faults', (context) => {
    workspaceIn(context).faults.clear()
    return context.body(null, 204)
  })
  app.delete('/workspaces/:id/faults/:fault', (context) => {
    workspaceIn(context).faults.clear(context.req.param('fault'))
    return context.body(null, 204)
  })
  app.get('/workspaces/:id/faults/fired', (context) => {
    const { faults } = workspaceIn(context)
    refuseQuery(context)
    return context.json({ fired: faults.fired() })
  })
  app.put('/workspaces/:id/faults/seed', async (context) => {
    const { seed } = await readMembers(context, ['seed'])
    const { faults } = workspaceIn(context)
    faults.setSeed(seed as number)
    return context.json({ seed: faults.seed })
  })
}
