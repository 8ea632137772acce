/** Workspaces of a sandbox: worlds of their own, chosen by the keys that a call is signed with. */
import type { ListedView, WorkspaceView } from '../../sandbox/control/views.ts'
import { namesFile } from '../../server/file-choice.ts'
import { beginOptions, begunWith } from '../begin-options.ts'
import { defineCommand } from '../command.ts'
import { profileFor } from '../profiles.ts'
import { ask, askFor, SANDBOX_EXITS, SANDBOX_OPTIONS, workspacePath } from '../sandbox-api.ts'
import { readSentFile, type SentFile } from '../sent-file.ts'
import { formatTable } from '../table.ts'

const { url } = SANDBOX_OPTIONS

type Listed = ListedView & { readonly idleSeconds: number }

export const sandboxWorkspaces = defineCommand({
  name: 'sandbox workspaces',
  summary: 'List the workspaces of a sandbox',
  help: `
    Each is a world of its own, with its own catalog, clock, faults and records, and is chosen by the keys that a call is signed
    with. One that nobody has used for an hour ends by itself.

    $ marketmeter sandbox workspaces
  `,
  options: { url, json: { type: 'boolean', about: 'Print a line of JSON for each' } },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    interface Answer {
      readonly workspaces: readonly Listed[]
    }
    const { workspaces } = await askFor<Answer>(options, '/workspaces')
    if (options.json) for (const one of workspaces) io.out.write(`${JSON.stringify(one)}\n`)
    else io.out.write(workspacesTable(workspaces))
    return 0 as const
  },
})

function workspacesTable(workspaces: readonly Listed[]): string {
  const rows = workspaces.map(({ id, profile, clock, now, idleSeconds }) => {
    return [id, profile, clock, now, `${idleSeconds} s`]
  })
  return formatTable(['ID', 'PROFILE', 'CLOCK', 'NOW', 'UNUSED FOR'], rows)
}

export const sandboxAddWorkspace = defineCommand({
  name: 'sandbox add-workspace',
  summary: 'Add a workspace to a sandbox, with keys of its own',
  help: `
    Prints its id, which the other sandbox commands take as --workspace. What no option says is as the sandbox was started. A seed or
    a profile of one's own is read here and sent.

    $ marketmeter sandbox add-workspace --seed saas-contract
    $ id=$(marketmeter sandbox add-workspace) && eval "$(marketmeter sandbox env --workspace "$id")"
    $ marketmeter sandbox add-workspace --seed ./my-seed.yaml --json
  `,
  options: {
    url,
    ...beginOptions({ seed: '', now: '', profile: '', faultSeed: '', anyCredentials: '' }),
    json: { type: 'boolean', about: 'Print it as JSON, with keys and names' },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const { seed, profile, ...others } = begunWith(options)
    const file = fileOf(seed)
    const body = {
      ...others,
      ...(seed !== undefined && { seed: file?.value ?? seed }),
      ...(profile !== undefined && { profile: await sentProfile(profile) }),
    }
    const asked = { method: 'POST', body, locate: file?.locate } as const
    const view = await askFor<WorkspaceView>(options, '/workspaces', asked)
    io.out.write(`${options.json ? JSON.stringify(view) : view.id}\n`)
    return 0 as const
  },
})

function fileOf(choice: unknown): SentFile | undefined {
  return typeof choice === 'string' && namesFile(choice) ? readSentFile(choice) : undefined
}

/** Judged here, where the lines of its file are known. */
async function sentProfile(choice: unknown): Promise<unknown> {
  const file = fileOf(choice)
  if (file === undefined) return choice
  await profileFor(String(choice))
  return file.value
}

export const sandboxEndWorkspace = defineCommand({
  name: 'sandbox end-workspace',
  summary: 'End a workspace of a sandbox',
  help: `
    What it holds is gone, and its keys are nobody's. The default one lives as long as the sandbox.

    $ marketmeter sandbox end-workspace ws-3f6c2f0a5b1d4c7e
  `,
  arguments: [{ name: 'ID', about: 'Of the workspace' }],
  options: { url },
  exits: SANDBOX_EXITS,
  async run({ options, args: [workspace = ''] }) {
    const path = workspacePath({ ...options, workspace }, '')
    await ask(options, path, { method: 'DELETE' })
    return 0 as const
  },
})
