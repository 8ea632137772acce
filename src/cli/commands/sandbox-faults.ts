/** Faults of a sandbox: added, listed, cleared. */
import type { FaultFiring, FaultKind, ListedFault } from '../../sandbox/faults/fault.ts'
import { FAULT_KINDS } from '../../sandbox/faults/check.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  ask,
  askWorkspace,
  SANDBOX_EXITS,
  SANDBOX_OPTIONS,
  type SandboxOptionValues,
  segment,
  workspacePath,
  WRONG_LINE,
} from '../sandbox-api.ts'
import { formatTable } from '../table.ts'

const NUMBER = { type: 'string', value: 'NUMBER' } as const

const MEANINGS: Readonly<Record<FaultKind, string>> = {
  throttle: 'ThrottlingException, nothing is held',
  'internal-error': 'InternalServiceErrorException, nothing is held',
  'disabled-region': 'as in a Region that is not served, nothing is held',
  reset: 'the connection is reset, nothing is held',
  'commit-then-drop': 'the usage is held, and no answer comes',
  'commit-then-500': 'the usage is held, then InternalServiceErrorException',
  'malformed-answer': 'the usage is held, and the answer is neither JSON nor CBOR',
  unprocessed: 'some records of a batch come back as UnprocessedRecords',
  latency: 'the answer comes later',
  'slow-body': 'the answer comes little by little',
}

export const sandboxAddFault = defineCommand({
  name: 'sandbox add-fault',
  summary: 'Let a sandbox fail',
  help: `
    The next call fails in the way of the kind; calls after it do not, unless --times says more. SDKs send a throttled or failed
    call again by themselves, so a fault that strikes once is usually invisible: --times untilCleared is there for that.

    Kinds:
${FAULT_KINDS.map((kind) => `    - ${kind}: ${MEANINGS[kind]}`).join('\n')}

    $ marketmeter sandbox add-fault commit-then-drop --operation BatchMeterUsage
    $ marketmeter sandbox add-fault throttle --times untilCleared
    $ marketmeter sandbox add-fault latency --ms-min 100 --ms-max 2000 --probability 0.2 --times untilCleared
  `,
  arguments: [{ name: 'KIND', about: 'How it fails' }],
  options: {
    ...SANDBOX_OPTIONS,
    id: { type: 'string', value: 'ID', about: 'What to call it (default: fault-1 and so on)' },
    operation: { type: 'string', value: 'NAME', about: 'Only calls of this operation' },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Only calls that name this buyer' },
    product: { type: 'string', value: 'CODE', about: 'Only calls that name this product' },
    times: { ...NUMBER, about: 'How many calls it strikes, or untilCleared (default 1)' },
    after: { ...NUMBER, about: 'How many calls pass first (default 0)' },
    probability: { ...NUMBER, about: 'Of striking a call, above 0 up to 1 (default 1)' },
    ms: { ...NUMBER, about: 'Milliseconds, of latency and slow-body' },
    msMin: { ...NUMBER, about: 'Milliseconds at least, of latency' },
    msMax: { ...NUMBER, about: 'Milliseconds at most, of latency' },
    share: { ...NUMBER, about: 'Part of the records, of unprocessed' },
    records: {
      type: 'string',
      value: 'INDEXES',
      about: 'In its place which records, from 0, such as 0,2',
    },
  },
  exits: SANDBOX_EXITS,
  async run({ options, args: [kind], io }) {
    const { url, workspace, id, operation, buyer, product, times, records, ...numbers } = options
    const fault = {
      kind,
      ...(id !== undefined && { id }),
      ...(operation !== undefined && { operation }),
      ...(buyer !== undefined && { buyer }),
      ...(product !== undefined && { product }),
      ...(times !== undefined && {
        times: times === 'untilCleared' ? times : numberOf('--times', times),
      }),
      ...(records !== undefined && {
        records: records.split(',').map((text) => numberOf('--records', text)),
      }),
      ...numbersIn(numbers),
    }
    const asked = { method: 'POST', body: fault } as const
    const added = await askWorkspace<{ readonly id: string }>({ url, workspace }, '/faults', asked)
    io.out.write(`${added.id}\n`)
    return 0 as const
  },
})

function numbersIn(
  texts: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, numberOf(flagOf(name), text)]],
    ),
  )
}

function flagOf(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** What number it may be, the sandbox says. */
function numberOf(what: string, text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number)) return number
  const expected = what === '--times' ? 'a number or untilCleared' : 'a number'
  throw new CommandFailure(`${what}: expected ${expected}, got ${JSON.stringify(text)}`, WRONG_LINE)
}

export const sandboxFaults = defineCommand({
  name: 'sandbox faults',
  summary: 'List the faults of a sandbox, and how often each struck',
  help: `
    A line for each fault: its id, its kind, how often it struck, and how often it will yet. With --json, all that is known of it.
    With --fired a line for each call that was struck instead, the last thousand of them.

    $ marketmeter sandbox faults
    $ marketmeter sandbox faults --fired
  `,
  options: {
    ...SANDBOX_OPTIONS,
    fired: { type: 'boolean', about: 'List the calls that were struck' },
    json: { type: 'boolean', about: 'Print a line of JSON for each' },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    io.out.write(options.fired ? await firedText(options) : await faultsText(options))
    return 0 as const
  },
})

interface Listing extends SandboxOptionValues {
  readonly json: boolean
}

async function faultsText(options: Listing): Promise<string> {
  interface Answer {
    readonly faults: readonly ListedFault[]
  }
  const { faults } = await askWorkspace<Answer>(options, '/faults')
  return options.json ? linesOf(faults) : faultsTable(faults)
}

async function firedText(options: Listing): Promise<string> {
  interface Answer {
    readonly fired: readonly FaultFiring[]
  }
  const { fired } = await askWorkspace<Answer>(options, '/faults/fired')
  if (options.json) return linesOf(fired)
  const rows = fired.map((one) => [one.at, one.fault, one.kind, one.operation, one.requestId])
  return formatTable(['AT', 'ID', 'KIND', 'OPERATION', 'REQUEST'], rows)
}

function linesOf(things: readonly object[]): string {
  return things.map((one) => `${JSON.stringify(one)}\n`).join('')
}

function faultsTable(faults: readonly ListedFault[]): string {
  const rows = faults.map(({ id, kind, operation = 'all', fired, left }) => {
    return [id, kind, operation, String(fired), String(left)]
  })
  return formatTable(['ID', 'KIND', 'OPERATION', 'FIRED', 'LEFT'], rows)
}

export const sandboxClearFaults = defineCommand({
  name: 'sandbox clear-faults',
  summary: 'Let a sandbox fail no more',
  help: `
    Without an id, in no way at all.

    $ marketmeter sandbox clear-faults
    $ marketmeter sandbox clear-faults fault-1
  `,
  arguments: [{ name: 'ID', about: 'Of one fault (default: all)', optional: true }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [id] }) {
    const one = id === undefined ? '' : `/${segment('ID', id)}`
    await ask(options, workspacePath(options, `/faults${one}`), { method: 'DELETE' })
    return 0 as const
  },
})

export const sandboxFaultSeed = defineCommand({
  name: 'sandbox fault-seed',
  summary: 'Let the chance of a sandbox’s faults begin anew',
  help: `
    For faults that are added from then on: with the same number, the same faults and the same calls the same ones are struck. It
    stays until it is set anew. What --fault-seed is at the start.

    $ marketmeter sandbox fault-seed 7
  `,
  arguments: [{ name: 'NUMBER', about: 'A whole number from 0 to 4294967295' }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [text = ''] }) {
    const asked = { method: 'PUT', body: { seed: numberOf('NUMBER', text) } } as const
    await ask(options, workspacePath(options, '/faults/seed'), asked)
    return 0 as const
  },
})
