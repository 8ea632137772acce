/** `serve`: the service, with settings from flags, environment and file. */
import { REDIRECT_ORIGIN } from '../../core/fulfilment-url.ts'
import type { Profile } from '../../core/profile.ts'
import { readProfile } from '../../server/profiles.ts'
import { CommandFailure, defineCommand, type Io } from '../command.ts'
import { type Endpoints, type Host, type HostSettings, START_FAILED } from '../host.ts'
import { runHost } from '../run-host.ts'
import {
  readServeConfig,
  type ServeConfig,
  type ServeSources,
  tlsProblem,
} from '../serve-config.ts'
import { BYTES_PER_MEGABYTE, SERVE_OPTIONS } from '../serve-options.ts'
import { VERSION } from '../version.ts'

const WRONG_SETTINGS = 2
const MS_PER_DAY = 86_400_000

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run the metering service',
  help: `
    Serves the ledger in --data, or the one that --ledger names, until SIGTERM or SIGINT; what was accepted by
    then is answered. A folder has one serve; a database on PostgreSQL as many as you like, and it is made
    and brought up to date by: marketmeter migrate.

    Each setting may be a flag, a variable (--admin-port is MARKETMETER_ADMIN_PORT), or a line of a YAML
    file (adminPort: 7071) named by --config or MARKETMETER_CONFIG. A flag beats a variable, a variable
    beats the file. Switches may be true or false in variables and in the file. Names that nothing knows
    are refused. Master keys come from master.key in --data, or from --master-key-file or MARKETMETER_MASTER_KEYS;
    on PostgreSQL from one of the last two. A password in the URL is shown by \`ps\` until it is hidden: better
    write it in MARKETMETER_LEDGER, PGPASSWORD or ~/.pgpass.

    $ marketmeter serve --data /var/lib/marketmeter
    $ marketmeter serve --ledger postgres://marketmeter@db.internal/usage --master-key-file master.key
    $ marketmeter serve --config /etc/marketmeter.yaml --log-level debug
    $ marketmeter serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
    $ MARKETMETER_REGIONS=us-east-1,eu-west-1 marketmeter serve --json --port 0
  `,
  options: {
    json: { type: 'boolean', about: 'Print one line of JSON when ready' },
    config: { type: 'string', value: 'FILE', about: 'YAML file of settings (default: none)' },
    ...SERVE_OPTIONS,
  },
  exits: {
    0: 'it was told to stop, and stopped in order',
    [WRONG_SETTINGS]: 'the command line or a setting was wrong; all that is wrong is on stderr',
    [START_FAILED]: 'it could not start; the reason is on stderr',
  },
  async run({ options, io }) {
    const { config, profile } = await configOf({ options, env: io.env })
    const settings = settingsOf(config, profile, io)
    return runHost(settings, {
      ready: (host, endpoints) => {
        announce(io, options.json, settings, host, endpoints)
      },
    })
  },
})

/** @throws CommandFailure with everything that is wrong, whichever part of the settings found it. */
async function configOf(
  sources: ServeSources,
): Promise<{ readonly config: ServeConfig; readonly profile: Profile }> {
  const result = await readServeConfig(sources)
  const chosen = await readProfile(result.ok ? result.config.values.profile : result.profile)
  const problems = [
    ...(result.ok ? [tlsProblem(result.config.tls)] : result.problems),
    ...(chosen.ok ? [] : chosen.problems),
  ].filter((problem) => problem !== undefined)
  if (result.ok && chosen.ok && problems.length === 0) {
    return { config: result.config, profile: chosen.profile }
  }
  throw new CommandFailure(problems.join('\n'), WRONG_SETTINGS)
}

function settingsOf({ values, ledger, tls }: ServeConfig, profile: Profile, io: Io): HostSettings {
  const { logForm, logLevel, host, port, adminHost, adminPort, regions, quotas } = values
  const { metricsOpen, webhooksPrivate, waitingMax, connectionsMax } = values
  const person = 'isTTY' in io.err && io.err.isTTY === true
  const form = logForm === 'auto' ? (person ? 'text' : 'json') : logForm
  return {
    storage: {
      ...ledger,
      purpose: 'production',
      profile,
      indexBytesMax: values.indexMegabytes * BYTES_PER_MEGABYTE,
      refusalBounds: { countMax: values.refusalsMax, ageMsMax: values.refusalsDays * MS_PER_DAY },
    },
    host,
    port,
    adminHost,
    adminPort,
    regions,
    quotas,
    metricsOpen,
    webhooksPrivate,
    waitingMax,
    waitingBytesMax: values.waitingMegabytes * BYTES_PER_MEGABYTE,
    connectionsMax,
    drainDelayMs: values.drainDelaySeconds * 1_000,
    drainMsMax: values.drainSeconds * 1_000,
    log: { level: logLevel, form },
    ...purchaseOf(values),
    ...bodiesOf(values),
    ...(tls && { tls }),
  }
}

function purchaseOf(values: ServeConfig['values']): Pick<HostSettings, 'purchase'> {
  const { purchaseUrl, purchaseHost: host, purchasePort: port } = values
  const origin = REDIRECT_ORIGIN.parse(purchaseUrl)
  return origin === undefined ? {} : { purchase: { host, port, origin } }
}

function bodiesOf(values: ServeConfig['values']): Pick<HostSettings, 'bodies'> {
  const { bodies: folder, bodiesMegabytes, bodiesDays } = values
  if (folder === '') return {}
  const bytesMax = bodiesMegabytes * BYTES_PER_MEGABYTE
  return { bodies: { folder, bytesMax, ageMsMax: bodiesDays * MS_PER_DAY } }
}

function announce(
  io: Io,
  json: boolean,
  { storage, regions }: HostSettings,
  { ledgerName }: Host,
  { endpoint, adminEndpoint, purchaseEndpoint }: Endpoints,
): void {
  const { name, summary } = storage.profile
  const pages = purchaseEndpoint === undefined ? {} : { purchaseEndpoint }
  const line = { endpoint, adminEndpoint, ...pages, ledger: ledgerName, profile: name, regions }
  io.out.write(
    json
      ? `${JSON.stringify(line)}\n`
      : `Marketmeter ${VERSION}   ledger ${ledgerName}   profile ${name} (${summary})\n` +
          `Listening on ${endpoint}, admin API on ${adminEndpoint}` +
          `${purchaseEndpoint === undefined ? '' : `, purchase page on ${purchaseEndpoint}`}\n`,
  )
}
