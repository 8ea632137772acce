/** A sandbox as it was: back to its seed, remembered under a name, back to what was remembered. */
import type { ClockView, WorkspaceView } from '../../sandbox/control/views.ts'
import { defineCommand, type Io } from '../command.ts'
import { askWorkspace, SANDBOX_EXITS, SANDBOX_OPTIONS, segment } from '../sandbox-api.ts'

export const sandboxReset = defineCommand({
  name: 'sandbox reset',
  summary: 'Take a sandbox back to its seed, clock and all',
  help: `
    Records, calls, refusals, exchanges, changes of the catalog and faults are forgotten. Snapshots stay.

    $ marketmeter sandbox reset
  `,
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    sayClock(io, await askWorkspace<ClockView>(options, '/reset', { method: 'POST' }))
    return 0 as const
  },
})

export const sandboxSnapshot = defineCommand({
  name: 'sandbox snapshot',
  summary: 'Remember everything as it is, under a name',
  help: `
    Records, catalog and clock, and with them the calls, refusals and duplicates that were counted. A name that was used
    before is used anew.

    $ marketmeter sandbox snapshot 'month end'
  `,
  arguments: [{ name: 'NAME', about: 'What to call it' }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [name], io }) {
    const asked = { method: 'POST', body: { name } } as const
    const { snapshots } = await askWorkspace<WorkspaceView>(options, '/snapshots', asked)
    io.err.write(`There are: ${snapshots.join(', ')}\n`)
    return 0 as const
  },
})

export const sandboxRestore = defineCommand({
  name: 'sandbox restore',
  summary: 'Go back to a snapshot',
  help: `
    Records, calls, refusals, catalog and clock are as they were then. Faults and exchanges stay as they are now.

    $ marketmeter sandbox restore 'month end'
  `,
  arguments: [{ name: 'NAME', about: 'What it was called' }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [name = ''], io }) {
    const path = `/snapshots/${segment('NAME', name)}/restore`
    sayClock(io, await askWorkspace<ClockView>(options, path, { method: 'POST' }))
    return 0 as const
  },
})

function sayClock(io: Io, { now, clock }: ClockView): void {
  io.err.write(`The clock is ${clock} at ${now}.\n`)
}
