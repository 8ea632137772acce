/** A workspace as the control API, the ready line and the commands show it. */
import { instantText } from '../../server/admin/instant.ts'
import { buyersOf, productsOf } from '../facts.ts'
import type { Workspace } from '../workspace.ts'

export type ClockView = ReturnType<typeof clockView>
export type ListedView = ReturnType<typeof listedView>
export type WorkspaceView = ReturnType<typeof workspaceView>

export interface Endpoints {
  readonly endpoint: string
  readonly controlEndpoint: string
}

export function clockView({ clock }: Workspace) {
  return { now: instantText(clock.nowMs), clock: clock.isFrozen ? 'frozen' : 'running' }
}

/** One of many: what it holds is asked for by itself. */
export function listedView(id: string, workspace: Workspace, { controlEndpoint }: Endpoints) {
  return {
    id,
    url: `${controlEndpoint}/workspaces/${id}`,
    profile: workspace.settings.profile.name,
    ...clockView(workspace),
  }
}

export function workspaceView(
  id: string,
  workspace: Workspace,
  { endpoint, controlEndpoint }: Endpoints,
) {
  const { settings, world, clock, snapshots } = workspace
  const { keys } = workspace
  const [{ accessKeyId, secretAccessKey } = { accessKeyId: '', secretAccessKey: '' }] = keys
  return {
    id,
    url: `${controlEndpoint}/workspaces/${id}`,
    endpoint,
    region: settings.regions[0],
    profile: settings.profile.name,
    ...clockView(workspace),
    accessKeyId,
    secretAccessKey,
    keys,
    products: productsOf(world.catalog, settings.seed),
    buyers: buyersOf(world.catalog, clock.nowMs),
    snapshots,
  }
}
