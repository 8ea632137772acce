import { REFUSAL_BOUNDS } from '../../store/control.ts'
import { defineCommand } from '../command.ts'
import { type HostSettings, START_FAILED } from '../host.ts'
import { profileFor } from '../profiles.ts'
import { runHost } from '../run-host.ts'
import { VERSION } from '../version.ts'

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run the metering service',
  help: `
    Serves the ledger in --data until SIGTERM or SIGINT; what was accepted by then is answered.

    $ marketmeter serve --data /var/lib/marketmeter
    $ marketmeter serve --json --port 0
  `,
  options: {
    json: { type: 'boolean', about: 'Print one line of JSON when ready' },
    host: { type: 'string', value: 'ADDRESS', about: 'Metering address (default 127.0.0.1)' },
    port: {
      type: 'integer',
      value: 'PORT',
      about: 'Metering port (default 7070; 0 takes any)',
      min: 0,
      max: 65_535,
    },
    adminPort: {
      type: 'integer',
      value: 'PORT',
      about: 'Admin port (default 7071; 0 takes any)',
      min: 0,
      max: 65_535,
    },
    data: { type: 'string', value: 'DIR', about: 'Folder of the ledger (default data)' },
    profile: { type: 'string', value: 'NAME', about: 'Rules to go by (default aws-2025)' },
  },
  exits: {
    0: 'it was told to stop, and stopped in order',
    2: 'the command line was wrong',
    [START_FAILED]: 'it could not start; the reason is on stderr',
  },
  async run({ options, io }) {
    const profile = await profileFor(options.profile ?? 'aws-2025')
    const settings: HostSettings = {
      purpose: 'production',
      dataFolder: options.data ?? 'data',
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 7_070,
      adminHost: '127.0.0.1',
      adminPort: options.adminPort ?? 7_071,
      profile,
      regions: ['us-east-1'],
      quotas: false,
      metricsOpen: false,
      waitingMax: 20_000,
      connectionsMax: 10_000,
      drainMsMax: 10_000,
      log: { level: 'info', form: 'text' },
      refusalBounds: REFUSAL_BOUNDS,
    }
    return runHost(settings, {
      ready({ ledgerName }, { endpoint, adminEndpoint }) {
        const { name, summary } = profile
        const line = { endpoint, adminEndpoint, profile: name, regions: settings.regions }
        io.out.write(
          options.json
            ? `${JSON.stringify(line)}\n`
            : `Marketmeter ${VERSION}   ledger ${ledgerName}   profile ${name} (${summary})\n` +
                `Listening on ${endpoint}, admin API on ${adminEndpoint}\n`,
        )
      },
    })
  },
})
