/** `sandbox`: AWS's marketplace for tests, with a clock and faults that a test controls. */
import { beginOptions, begunWith } from '../begin-options.ts'
import { CommandFailure, defineCommand, type Io } from '../command.ts'
import { listenProblem } from '../ports.ts'
import { DEFAULT_URL, WRONG_LINE } from '../sandbox-api.ts'
import { stopSignal } from '../stop-signal.ts'
import { VERSION } from '../version.ts'
import { openControlPort } from '../../sandbox/control/port.ts'
import { type WorkspaceView, workspaceView } from '../../sandbox/control/views.ts'
import { settingsOf, type WorkspaceOptions } from '../../sandbox/options.ts'
import { openWirePort, type SandboxPort } from '../../sandbox/port.ts'
import { SandboxRefused } from '../../sandbox/refused.ts'
import { SeedRefused } from '../../sandbox/seed.ts'
import { SEED_NAMES } from '../../sandbox/seeds/index.ts'
import { DEFAULT_WORKSPACE, Workspaces } from '../../sandbox/workspaces.ts'

const CANNOT_START = 3

export const sandbox = defineCommand({
  name: 'sandbox',
  summary: 'Start a sandbox: AWS’s marketplace for tests, in memory',
  help: `
    Answers as AWS does, keeps nothing, and does what a test needs: its clock moves when it is told to, it fails when it is
    told to, and it says why it answered what it answered. Everything is told to the control port, by the other
    sandbox commands or over HTTP; that port has a page for browsers, too.

    Seeds: ${SEED_NAMES.join(', ')}; or your own, a YAML or JSON file.

    $ marketmeter sandbox
    $ marketmeter sandbox --seed saas-subscription --now 2026-11-23T12:00:00Z
    $ marketmeter sandbox --json --port 0
    $ eval "$(marketmeter sandbox env)"
  `,
  options: {
    ...beginOptions({
      seed: ' (default saas-subscription)',
      now: ' (default: the machine’s clock, running)',
      profile: ' (default: the seed’s, or aws-2025)',
      faultSeed: ' (default 1)',
      anyCredentials: ', in the default workspace (default: verify in full)',
    }),
    port: {
      type: 'integer',
      value: 'PORT',
      about: 'Port for AWS SDKs (default 7070; 0 takes any)',
      min: 0,
      max: 65_535,
    },
    controlPort: {
      type: 'integer',
      value: 'PORT',
      about: 'Port of the control API and the inspector (default 7071; with --port 0 any)',
      min: 0,
      max: 65_535,
    },
    host: { type: 'string', value: 'ADDRESS', about: 'Address to listen on (default 127.0.0.1)' },
    allowHost: {
      type: 'string',
      value: 'NAME',
      many: true,
      about: 'A name by which the control port may be called, beside those of this machine',
    },
    json: { type: 'boolean', about: 'Print one line of JSON when ready, with keys and names' },
  },
  exits: {
    0: 'it was told to stop',
    [WRONG_LINE]: 'the command line was wrong',
    [CANNOT_START]: 'it could not start; the reason is on stderr',
  },
  async run({ options, io }) {
    const stop = stopSignal()
    const { port = 7_070, host = '127.0.0.1' } = options
    const { controlPort = port === 0 ? 0 : 7_071 } = options
    const workspaces = new Workspaces()
    const asked = begunWith(options)
    const workspace = await opened(workspaces, asked)
    const wire = await listening(openWirePort(workspaces.handle, { host, port }))
    const endpoints = { endpoint: wire.endpoint, controlEndpoint: '' }
    const control = await listening(
      openControlPort(
        {
          workspaces,
          endpoints: () => endpoints,
          // Whoever signs with what nobody knows is in the default one.
          defaults: { ...asked, anyCredentials: false },
          allowedHosts: options.allowHost,
          failed: (error) => {
            io.err.write(`marketmeter: ${String(error instanceof Error ? error.stack : error)}\n`)
          },
        },
        { host, port: controlPort },
      ),
      wire,
    )
    endpoints.controlEndpoint = control.endpoint
    announce(io, options.json, workspaceView(DEFAULT_WORKSPACE, workspace, endpoints), endpoints)
    await stop
    await Promise.all([wire.close(), control.close()])
    return 0 as const
  },
})

async function opened(workspaces: Workspaces, options: WorkspaceOptions) {
  try {
    return await workspaces.openDefault(await settingsOf(options))
  } catch (error) {
    if (error instanceof SandboxRefused || error instanceof SeedRefused) {
      throw new CommandFailure(error.message, WRONG_LINE)
    }
    throw error
  }
}

/** @param opened A port that would go on without the other, and keep the process alive. */
async function listening(opening: Promise<SandboxPort>, opened?: SandboxPort) {
  try {
    return await opening
  } catch (error) {
    await opened?.close()
    throw new CommandFailure(listenProblem(error, '--port or --control-port'), CANNOT_START)
  }
}

function announce(
  io: Io,
  isJson: boolean,
  view: WorkspaceView,
  { controlEndpoint }: { readonly controlEndpoint: string },
): void {
  if (isJson) {
    io.out.write(`${JSON.stringify({ ...view, controlEndpoint })}\n`)
    return
  }
  const [product] = view.products
  const where = controlEndpoint === DEFAULT_URL ? '' : ` --url ${controlEndpoint}`
  io.out.write(
    `Marketmeter ${VERSION} sandbox   profile ${view.profile}   clock ${view.clock} at ${view.now}\n` +
      `Listening on ${view.endpoint}     product ${product?.code ?? ''}, key ${view.accessKeyId}\n` +
      `For AWS SDKs and the AWS CLI:  eval "$(marketmeter sandbox env${where})"\n` +
      `Inspector and control API on ${controlEndpoint}/   In a terminal: marketmeter sandbox tail${where}\n` +
      'Ctrl-C stops it, and nothing is kept.\n',
  )
}
