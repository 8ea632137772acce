import type { Profile } from '../../core/profile.ts'
import { REFUSAL_BOUNDS } from '../../store/control.ts'
import { CommandFailure, defineCommand, type Io, type OptionValues } from '../command.ts'
import { DATA_OPTIONS, ledgerSettingsIn, WRONG_LINE_MEANING } from '../control-access.ts'
import { DEMO_ADMIN_TOKEN, type DemoFacts, demoFacts, demoKeys, seedDemo } from '../demo-seed.ts'
import { type Endpoints, type Host, type HostSettings, START_FAILED } from '../host.ts'
import { profileFor } from '../profiles.ts'
import { runHost } from '../run-host.ts'
import { VERSION } from '../version.ts'

const REGION = 'us-east-1'
const WRONG_LINE = 2

const OPTIONS = {
  json: { type: 'boolean', about: 'Print one line of JSON when ready, with keys and names' },
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
    about: 'Admin port (default 7071; with --port 0 any)',
    min: 0,
    max: 65_535,
  },
  purchasePort: {
    type: 'integer',
    value: 'PORT',
    about: 'Port of the pages for buyers (default 7072; with --port 0 any)',
    min: 0,
    max: 65_535,
  },
  ...DATA_OPTIONS,
  inMemory: { type: 'boolean', about: 'Keep nothing: the ledger ends with the process' },
  profile: { type: 'string', value: 'NAME', about: 'Rules to go by (default aws-2025)' },
} as const

export const demo = defineCommand({
  name: 'demo',
  summary: 'Start a service with a catalog of its own, to try things out',
  help: `
    Serves a demo catalog with fixed names and keys on 127.0.0.1. The ledger is kept in
    --data and marked as a demo: \`serve\` refuses it, because everybody knows its keys. On PostgreSQL
    it makes what is missing in the database; several demos may use one.

    $ marketmeter demo
    $ marketmeter demo --in-memory --json --port 0
    $ marketmeter demo --profile aws-2026 --data /tmp/demo
    $ marketmeter demo --ledger postgres://postgres@127.0.0.1/demo --port 0
    $ MARKETMETER_DATA=/tmp/demo marketmeter records
  `,
  options: OPTIONS,
  exits: {
    0: 'it was told to stop, and stopped in order',
    [WRONG_LINE]: WRONG_LINE_MEANING,
    [START_FAILED]: 'it could not start; the reason is on stderr',
  },
  async run({ options, io }) {
    refuseTwoPlaces(options)
    const { place, ...ledger } = ledgerSettingsIn(io, options)
    const profile = await profileFor(options.profile ?? 'aws-2025')
    const { json } = options
    const storage = { ...ledger, place: options.inMemory ? ({ kind: 'memory' } as const) : place }
    const settings = demoSettings(storage, profile, options)
    return runHost(settings, {
      prepare: seedDemo,
      ready(host, endpoints) {
        const facts = demoFacts(host)
        if (json) printJson(io, host, profile, endpoints, facts)
        else printBanner(io, host, profile, endpoints, facts)
      },
    })
  },
})

type Ports = Partial<Pick<OptionValues<typeof OPTIONS>, 'port' | 'adminPort' | 'purchasePort'>>

export function demoSettings(
  storage: Pick<HostSettings['storage'], 'place' | 'postgres' | 'masterKeys'>,
  profile: Profile,
  { port = 7_070, adminPort, purchasePort }: Ports,
): HostSettings {
  return {
    storage: { ...storage, purpose: 'demo', profile, refusalBounds: REFUSAL_BOUNDS },
    host: '127.0.0.1',
    port,
    adminHost: '127.0.0.1',
    adminPort: adminPort ?? (port === 0 ? 0 : 7_071),
    purchase: {
      host: '127.0.0.1',
      port: purchasePort ?? (port === 0 ? 0 : 7_072),
      exampleKeys: demoKeys(),
    },
    regions: [REGION],
    quotas: false,
    metricsOpen: true,
    webhooksPrivate: true,
    waitingMax: 20_000,
    connectionsMax: 1_000,
    drainDelayMs: 0,
    drainMsMax: 5_000,
    log: { level: 'warn', form: 'text' },
  }
}

/** One of them would be ignored. */
function refuseTwoPlaces({ inMemory, data, ledger }: OptionValues<typeof OPTIONS>): void {
  const kept = data === undefined ? (ledger === undefined ? undefined : '--ledger') : '--data'
  if (!inMemory || kept === undefined) return
  const text = `--in-memory and ${kept} exclude each other: one keeps nothing, the other says where.`
  throw new CommandFailure(text, WRONG_LINE)
}

function printJson(
  io: Io,
  { ledgerName }: Host,
  profile: Profile,
  endpoints: Endpoints,
  facts: DemoFacts,
): void {
  const line = {
    ...endpoints,
    ledger: ledgerName,
    adminToken: DEMO_ADMIN_TOKEN,
    profile: profile.name,
    region: REGION,
    ...facts,
  }
  io.out.write(`${JSON.stringify(line)}\n`)
}

function printBanner(
  io: Io,
  { ledgerName }: Host,
  profile: Profile,
  endpoints: Endpoints,
  facts: DemoFacts,
): void {
  const product = facts.products[0]?.code ?? ''
  io.out.write(
    `Marketmeter ${VERSION}   ledger ${ledgerName}   profile ${profile.name} (${profile.summary})\n` +
      `Listening on ${endpoints.endpoint}     seeded with the demo catalog: product ${product}\n` +
      `Try:  ${tryIt(endpoints.endpoint, facts)}\n` +
      `Buy as a customer would: ${endpoints.purchaseEndpoint ?? ''}/\n` +
      `Admin API on ${endpoints.adminEndpoint}, token ${DEMO_ADMIN_TOKEN}. Ctrl-C stops it.\n`,
  )
}

/** A line that a shell takes as it is, and that answers Success. */
function tryIt(
  endpoint: string,
  { products, buyers, accessKeyId, secretAccessKey }: DemoFacts,
): string {
  const [product] = products
  const usage = [
    {
      Timestamp: Math.floor(Date.now() / 1_000),
      CustomerAWSAccountId: buyers[0]?.awsAccountId,
      Dimension: product?.dimensions[0],
      Quantity: 5,
    },
  ]
  return (
    `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} ` +
    `aws meteringmarketplace batch-meter-usage \\\n` +
    `        --endpoint-url ${endpoint} --region ${REGION} --product-code ${product?.code ?? ''} \\\n` +
    `        --usage-records '${JSON.stringify(usage)}'`
  )
}
