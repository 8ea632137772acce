/** What is told to a sandbox that runs, and asked of it. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { ClockView, WorkspaceView } from '../../sandbox/control/views.ts'
import { environmentFor } from '../../sandbox/environment.ts'
import type { Exchange } from '../../sandbox/exchange.ts'
import { keyFor } from '../../sandbox/facts.ts'
import { SandboxRefused } from '../../sandbox/refused.ts'
import { parseDuration } from '../../server/written-instant.ts'
import { CommandFailure, defineCommand, type Io } from '../command.ts'
import { printable } from '../printable.ts'
import { printAll } from '../printing.ts'
import {
  ask,
  askWorkspace,
  SANDBOX_EXITS,
  SANDBOX_OPTIONS,
  type SandboxOptionValues,
  WRONG_LINE,
} from '../sandbox-api.ts'

const JSON_OPTION = { json: { type: 'boolean', about: 'Print JSON' } } as const

const FORMS = ['sh', 'powershell', 'dotenv', 'json'] as const
type Form = (typeof FORMS)[number]

export const sandboxEnv = defineCommand({
  name: 'sandbox env',
  summary: 'Print the variables that point AWS SDKs at a sandbox',
  help: `
    Endpoint, Region and keys, as every AWS SDK and the AWS CLI read them: the sandbox must run. A session token that is set already
    would go along with the key and be refused, so it is unset, unless the key has one of its own.

    $ marketmeter sandbox env
    $ eval "$(marketmeter sandbox env)"
    $ marketmeter sandbox env --form dotenv > .env.test
    $ marketmeter sandbox env --account 222233334444 --resource task-1
    $ marketmeter sandbox env --form powershell | Invoke-Expression
  `,
  options: {
    ...SANDBOX_OPTIONS,
    account: {
      type: 'string',
      value: 'ACCOUNT',
      about: 'Whose key (default: the first of the seed, a seller’s)',
    },
    resource: {
      type: 'string',
      value: 'RESOURCE',
      about: 'Of its keys the temporary one that runs on this resource, such as task-1',
    },
    form: {
      type: 'string',
      value: 'FORM',
      choices: FORMS,
      about: 'sh (default), powershell, dotenv or json',
    },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const view = await askWorkspace<WorkspaceView>(options, '')
    const key = chosenKey(view, options)
    const variables = environmentFor(view, key)
    io.out.write(environmentText(variables, options.form ?? 'sh'))
    return 0 as const
  },
})

interface KeyChoice {
  readonly account: string | undefined
  readonly resource: string | undefined
}

function chosenKey({ keys }: WorkspaceView, { account, resource }: KeyChoice) {
  try {
    return keyFor(keys, account ?? keys[0]?.account ?? '', resource)
  } catch (error) {
    if (!(error instanceof SandboxRefused)) throw error
    throw new CommandFailure(error.message, WRONG_LINE)
  }
}

/** Would go along with the key and be refused, bring other keys, or have endpoints passed over. */
const DISTURBING = ['AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']

function environmentText(variables: Readonly<Record<string, string>>, form: Form): string {
  if (form === 'json') return `${JSON.stringify(variables)}\n`
  const lines = Object.entries(variables).map(([name, value]) => {
    if (form === 'sh') return `export ${name}='${value}'`
    return form === 'powershell' ? `$env:${name} = '${value}'` : `${name}=${value}`
  })
  const unset = DISTURBING.filter((name) => !(name in variables))
  if (form === 'sh') lines.push(`unset ${unset.join(' ')}`)
  if (form === 'powershell') lines.push(...unset.map((name) => `$env:${name} = $null`))
  return `${lines.join('\n')}\n`
}

export const sandboxTail = defineCommand({
  name: 'sandbox tail',
  summary: 'Show what a sandbox is asked and answers, live',
  help: `
    A line for each request, and under it what became of each record and why. What was asked before is shown first. It goes on
    until Ctrl-C, or until the sandbox stops. With --json each line is an exchange whole, raw headers and bodies included; signatures and
    tokens are masked.

    $ marketmeter sandbox tail
    $ marketmeter sandbox tail --json | jq 'select(.answer.status != 200)'
  `,
  options: {
    ...SANDBOX_OPTIONS,
    ...JSON_OPTION,
    after: {
      type: 'integer',
      value: 'NUMBER',
      about: 'Show exchanges after this one (default 0: all that are kept)',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const { workspace = 'default', after = 0, json } = options
    const path = `/workspaces/${encodeURIComponent(workspace)}/exchanges/stream?after=${after}`
    const { body } = await ask(options, path)
    if (body !== null) await printAll(io.out, shownLines(body as ReadableStream<Uint8Array>, json))
    return 0 as const
  },
})

async function* shownLines(
  body: ReadableStream<Uint8Array>,
  isJson: boolean,
): AsyncGenerator<string> {
  const source = Readable.fromWeb(body)
  // A sandbox that stops ends the stream in the middle; what it said is shown.
  source.on('error', () => undefined)
  for await (const line of createInterface({ input: source })) {
    yield isJson ? `${line}\n` : exchangeText(JSON.parse(line) as Exchange)
  }
}

function exchangeText(exchange: Exchange): string {
  const {
    number,
    at,
    operation = 'no operation',
    account = 'nobody',
    answer,
    why,
    records,
  } = exchange
  const status = answer.errorCode ?? answer.status
  const lines = [`${number}  ${at}  ${operation}  ${account}  ${status}`]
  if (why !== undefined) lines.push(`     ${why}`)
  for (const { usage, outcome, why: reason, held } of records) {
    const buyer = usage.buyer ?? usage.customerIdentifier ?? usage.licenseArn ?? ''
    const id = held === undefined ? '' : ` (${held.id})`
    lines.push(
      `     ${outcome}: ${usage.dimension} ${usage.quantity} of ${buyer} at ${usage.timestamp}${id}: ${reason}`,
    )
  }
  return lines.map((line) => `${printable(line)}\n`).join('')
}

export const sandboxReset = defineCommand({
  name: 'sandbox reset',
  summary: 'Take a sandbox back to its seed, clock and all',
  help: `
    Records, changes of the catalog and exchanges are forgotten. Snapshots stay.

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
    Records, catalog and clock. A name that was used before is used anew.

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
    Everything is as it was then, the clock too.

    $ marketmeter sandbox restore 'month end'
  `,
  arguments: [{ name: 'NAME', about: 'What it was called' }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [name = ''], io }) {
    const path = `/snapshots/${encodeURIComponent(name)}/restore`
    sayClock(io, await askWorkspace<ClockView>(options, path, { method: 'POST' }))
    return 0 as const
  },
})

export const sandboxClock = defineCommand({
  name: 'sandbox clock',
  summary: 'Show a sandbox’s clock, or move it',
  help: `
    Windows, hours, tokens and agreements go by it. It goes forward only; a reset begins it anew.

    $ marketmeter sandbox clock
    $ marketmeter sandbox clock --advance 7h
    $ marketmeter sandbox clock --set 2026-12-01T00:00:00Z --freeze
    $ marketmeter sandbox clock --run
  `,
  options: {
    ...SANDBOX_OPTIONS,
    ...JSON_OPTION,
    advance: { type: 'string', value: 'SPAN', about: 'Move it on by so much: 90s, 15m, 7h, 30d' },
    set: { type: 'string', value: 'INSTANT', about: 'Move it to an instant' },
    freeze: { type: 'boolean', about: 'Let it stand still until it is moved' },
    run: { type: 'boolean', about: 'Let it run on from where it is' },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const clock = await moved(options, options)
    if (options.json) io.out.write(`${JSON.stringify(clock)}\n`)
    else io.out.write(`${clock.now} ${clock.clock}\n`)
    return 0 as const
  },
})

interface Moves {
  readonly advance: string | undefined
  readonly set: string | undefined
  readonly freeze: boolean
  readonly run: boolean
}

async function moved(
  options: SandboxOptionValues,
  { advance, set, freeze, run }: Moves,
): Promise<ClockView> {
  if (freeze && run) throw new CommandFailure('--freeze and --run exclude each other.', WRONG_LINE)
  if (advance !== undefined && set !== undefined) {
    throw new CommandFailure('--advance and --set exclude each other.', WRONG_LINE)
  }
  if (advance !== undefined) {
    const milliseconds = parseDuration(advance)
    if (milliseconds === undefined) {
      throw new CommandFailure('--advance: expected a span such as 90s, 15m, 7h or 30d', WRONG_LINE)
    }
    await askWorkspace(options, '/clock/advance', { method: 'POST', body: { milliseconds } })
  }
  const body = {
    ...(set !== undefined && { now: set }),
    ...(freeze && { clock: 'frozen' }),
    ...(run && { clock: 'running' }),
  }
  return askWorkspace<ClockView>(options, '/clock', { method: 'PUT', body })
}

function sayClock(io: Io, { now, clock }: ClockView): void {
  io.err.write(`The clock is ${clock} at ${now}.\n`)
}
