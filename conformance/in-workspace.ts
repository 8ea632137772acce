/**
 * The same catalog in a workspace of a sandbox, with others beside it: what holds of a service must hold of each of them.
 */
import { AWS_2025, type Profile } from '../src/core/profile.ts'
import type { InstantMs } from '../src/core/usage.ts'
import { openWirePort } from '../src/sandbox/port.ts'
import type { Workspace, WorkspaceSettings } from '../src/sandbox/workspace.ts'
import { Workspaces } from '../src/sandbox/workspaces.ts'
import { type InMemoryTarget, LEDGER_REGIONS, rolesFor } from './in-memory.ts'

const OTHERS = 5

/** @param quotas As for a service in memory. */
export async function startInWorkspace(profile: Profile, quotas = false): Promise<InMemoryTarget> {
  const workspaces = new Workspaces()
  const settings: WorkspaceSettings = {
    seed: { version: 1 },
    profile,
    regions: LEDGER_REGIONS,
    quotas,
  }
  await workspaces.openDefault({ ...settings, profile: AWS_2025 })
  for (let count = 0; count < OTHERS; count++) await workspaces.create(settings)
  const { id, workspace } = await workspaces.create(settings)
  const { bindings } = await fill(workspace, profile, quotas)
  workspaces.claim(id, [...workspace.world.catalog.accessKeys.keys()])
  const port = await openWirePort(workspaces.handle, { host: '127.0.0.1', port: 0 })
  return {
    endpoint: new URL(port.endpoint),
    bindings,
    get failures() {
      const { journal } = workspace
      return journal.after(0).filter(({ answer }) => answer.status === 500)
    },
    controls: {
      freezeClock: async (instantMs) => {
        const nowMs = instantMs ?? Date.now()
        workspace.clock.begin({ nowMs, isFrozen: instantMs !== undefined })
      },
      setAgreement: (change, licenseArn) => setAgreement(workspace, change, licenseArn),
    },
    close: () => port.close(),
  }
}

async function fill({ world }: Workspace, profile: Profile, quotas: boolean) {
  const roles = await rolesFor(profile, quotas, world.masterKeys.current)
  const change = { actor: 'conformance', summary: '', atMs: Date.now() as InstantMs }
  await world.controlStore.commit({ ...change, upon: world.state.version, entries: roles.entries })
  await world.state.refresh()
  return roles
}

async function setAgreement(
  { world: { state } }: Workspace,
  change: 'suspend' | 'resume',
  licenseArn: string,
): Promise<void> {
  const status = change === 'suspend' ? 'suspended' : 'active'
  const wanted = [{ kind: 'agreement', where: '', licenseArn, status }] as const
  const decision = await state.change({
    wanted,
    nowMs: Date.now(),
    actor: 'conformance',
    summary: change,
  })
  if (!decision.ok) throw new Error(decision.problems.map(({ text }) => text).join('; '))
}
