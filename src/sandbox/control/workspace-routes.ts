/** Workspaces and everything in one of them. */
import type { Context, Hono } from 'hono'
import { settingsOf, type WorkspaceOptions } from '../options.ts'
import { SandboxRefused } from '../refused.ts'
import { SEED_NAMES } from '../seeds/index.ts'
import { BUILT_IN_PROFILES } from '../../core/profile.ts'
import { lengthOf, millisecondsOf } from '../time.ts'
import type { Workspace } from '../workspace.ts'
import type { ControlParts } from './app.ts'
import { changeRoutes } from './change-routes.ts'
import { faultRoutes } from './fault-routes.ts'
import { EVENTS, follow, LINES, parsePlace, type Place } from './follow.ts'
import { choiceIn, readMembers, textIn } from './read-body.ts'
import { questionRoutes } from './question-routes.ts'
import { clockView, listedView, workspaceView } from './views.ts'

const CLOCKS = ['frozen', 'running'] as const
const PROFILES = BUILT_IN_PROFILES.map(({ name }) => name)
const MADE_WITH = [
  'seed',
  'now',
  'clock',
  'profile',
  'regions',
  'quotas',
  'anyCredentials',
  'faultSeed',
] as const
const SPAN = ['days', 'hours', 'minutes', 'seconds', 'milliseconds'] as const

export function workspaceRoutes(app: Hono, parts: ControlParts): void {
  const { workspaces, endpoints } = parts
  const workspaceIn = (context: Context) => workspaces.get(context.req.param('id') ?? '')
  app.get('/seeds', (context) => context.json({ seeds: SEED_NAMES }))
  app.get('/profiles', (context) =>
    context.json({ profiles: BUILT_IN_PROFILES.map(({ name, summary }) => ({ name, summary })) }),
  )
  app.get('/workspaces', (context) =>
    context.json({
      workspaces: workspaces.list().map(({ id, workspace, idleMs }) => ({
        ...listedView(id, workspace, endpoints()),
        idleSeconds: Math.round(idleMs / 1_000),
      })),
    }),
  )
  app.post('/workspaces', async (context) => {
    const { id, workspace } = await workspaces.create(await wantedSettings(context, parts.defaults))
    return context.json(workspaceView(id, workspace, endpoints()), 201)
  })
  app.get('/workspaces/:id', (context) =>
    context.json(workspaceView(context.req.param('id'), workspaceIn(context), endpoints())),
  )
  app.delete('/workspaces/:id', (context) => {
    workspaces.end(context.req.param('id'))
    return context.body(null, 204)
  })
  app.post('/workspaces/:id/reset', async (context) => {
    await readMembers(context, [])
    const workspace = workspaceIn(context)
    await workspace.reset()
    return context.json(clockView(workspace))
  })
  snapshotRoutes(app, workspaceIn)
  clockRoutes(app, workspaceIn)
  exchangeRoutes(app, workspaceIn)
  faultRoutes(app, workspaceIn)
  questionRoutes(app, workspaceIn)
  changeRoutes(app, workspaces)
}

type WorkspaceIn = (context: Context) => Workspace

/** What is text is a name: a path would have the sandbox read files for whoever asks. */
async function wantedSettings(context: Context, defaults: WorkspaceOptions) {
  const members = await readMembers(context, MADE_WITH)
  for (const [member, names] of [
    ['seed', SEED_NAMES],
    ['profile', PROFILES],
  ] as const) {
    if (typeof members[member] === 'string') choiceIn(members, member, names)
  }
  return settingsOf({ ...defaults, ...members })
}

function snapshotRoutes(app: Hono, workspaceIn: WorkspaceIn): void {
  app.post('/workspaces/:id/snapshots', async (context) => {
    const name = textIn(await readMembers(context, ['name']), 'name')
    // It is a part of the path that goes back to it.
    if (name === undefined || ['', '.', '..'].includes(name)) {
      throw new SandboxRefused(400, 'A snapshot needs a name: {"name": "before the upgrade"}.')
    }
    const workspace = workspaceIn(context)
    workspace.snapshot(name)
    return context.json({ snapshots: workspace.snapshots }, 201)
  })
  app.post('/workspaces/:id/snapshots/:name/restore', async (context) => {
    await readMembers(context, [])
    const workspace = workspaceIn(context)
    await workspace.restore(context.req.param('name'))
    return context.json(clockView(workspace))
  })
}

function clockRoutes(app: Hono, workspaceIn: WorkspaceIn): void {
  app.get('/workspaces/:id/clock', (context) => context.json(clockView(workspaceIn(context))))
  app.put('/workspaces/:id/clock', async (context) => {
    const members = await readMembers(context, ['now', 'clock'])
    const clock = choiceIn(members, 'clock', CLOCKS)
    const workspace = workspaceIn(context)
    if (members['now'] !== undefined) {
      workspace.clock.set(millisecondsOf(members['now'], workspace.clock.nowMs))
    }
    if (clock === 'frozen') workspace.clock.freeze()
    if (clock === 'running') workspace.clock.run()
    return context.json(clockView(workspace))
  })
  app.post('/workspaces/:id/clock/advance', async (context) => {
    const span = await readMembers(context, SPAN)
    const workspace = workspaceIn(context)
    workspace.clock.advance(lengthOf(span))
    return context.json(clockView(workspace))
  })
}

function exchangeRoutes(app: Hono, workspaceIn: WorkspaceIn): void {
  app.get('/workspaces/:id/exchanges', (context) => {
    const exchanges = workspaceIn(context).journal.after(placeIn(context.req.query('after')).number)
    return context.json({ exchanges })
  })
  app.get('/workspaces/:id/exchanges/stream', (context) => {
    const isPage = context.req.header('accept')?.includes('text/event-stream') === true
    const form = isPage ? EVENTS : LINES
    // A browser that comes again says how far it was.
    const last = context.req.header('last-event-id') ?? context.req.query('after')
    const headers = { 'Content-Type': form.contentType, 'Cache-Control': 'no-store' }
    const { journal } = workspaceIn(context)
    const place = placeIn(last)
    // Of HEAD nobody would read the stream, or end it.
    if (context.req.method === 'HEAD') return context.body(null, 200, headers)
    return context.body(follow(journal, place, form), 200, headers)
  })
}

function placeIn(text = '0'): Place {
  const place = parsePlace(text)
  if (place !== undefined) return place
  throw new SandboxRefused(
    400,
    `after is ${JSON.stringify(text)}; it is the number of an exchange.`,
  )
}
