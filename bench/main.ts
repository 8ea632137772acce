/**
 * `npm run bench`: runs scenarios, prints their figures, and keeps each as a line of JSON under bench/results/.
 *
 * Exit codes   0 measured, whatever the figures; 1 a scenario failed, so it has none; 2 the command line was wrong.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import {
  type Case,
  type Figure,
  medianOf,
  meets,
  type Scenario,
  type Settings,
} from './scenario.ts'
import { SCENARIOS, STORES, type Store } from './scenarios/index.ts'

const RESULTS = new URL('results/', import.meta.url)

const HELP = `npm run bench [-- SCENARIO...] [options]

Measures the service on this machine, load generator included. Figures are good only beside others of the
same machine and day, with nothing else running.

Scenarios (all of the store, if none is named):
${STORES.flatMap((store) => SCENARIOS[store].map(({ name, question }) => `  ${store.padEnd(9)} ${name.padEnd(8)} ${question}`)).join('\n')}

Options:
  --store NAME         ${STORES.join(' or ')} (default sqlite)
  --seconds N          How long each measured stretch lasts at most (default 10)
  --runs N             Runs of each case, each on a fresh data folder; the median is shown (default 3)
  --only TEXT          Of the closed loop, only cases with this text in their names
  --million-rows N     How full "full" is, on PostgreSQL (default 5)
  --json               One JSON object a case on stdout, and nothing else there
  --cpu-profile DIR    The service writes a CPU profile of each run there; figures are then slower
  --help

  $ npm run bench -- closed --seconds 5 --runs 1
  $ npm run bench -- --store postgres --runs 1
  $ npm run bench -- open --json | jq .figures
`

const OPTIONS = {
  store: { type: 'string', default: 'sqlite' },
  'million-rows': { type: 'string' },
  seconds: { type: 'string', default: '10' },
  runs: { type: 'string', default: '3' },
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
  'cpu-profile': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

interface CommandLine {
  readonly scenarios: readonly Scenario[]
  readonly settings: Settings
  readonly json: boolean
}

// Leaving in order lets what a scenario started be ended.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const commandLine = parse(words)
  if (typeof commandLine === 'string') {
    process.stderr.write(`${commandLine}\n`)
    return 2
  }
  if (commandLine === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  let exitCode = 0
  for (const scenario of commandLine.scenarios) {
    if (!(await measure(scenario, commandLine))) exitCode = 1
  }
  return exitCode
}

/** A sentence if it was wrong, undefined if help was asked for. */
function parse(words: readonly string[]): CommandLine | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: OPTIONS,
      allowPositionals: true,
    })
    if (values.help) return undefined
    const folder = values['cpu-profile']
    const millionRows = values['million-rows']
    const scenarios = SCENARIOS[storeNamed(values.store)]
    return {
      scenarios:
        positionals.length === 0
          ? scenarios
          : positionals.map((wanted) => scenarioNamed(wanted, scenarios)),
      settings: {
        seconds: positive('seconds', values.seconds),
        runs: positive('runs', values.runs),
        ...(values.only !== undefined && { only: values.only }),
        ...(folder !== undefined && { cpuProfileFolder: folder }),
        ...(millionRows !== undefined && { millionRows: positive('million-rows', millionRows) }),
      },
      json: values.json,
    }
  } catch (error) {
    return error instanceof Error ? `${error.message}\n--help shows what there is.` : String(error)
  }
}

function storeNamed(wanted: string): Store {
  const found = STORES.find((store) => store === wanted)
  if (found !== undefined) return found
  throw new Error(`--store: expected ${STORES.join(' or ')}, got "${wanted}".`)
}

function scenarioNamed(wanted: string, scenarios: readonly Scenario[]): Scenario {
  const found = scenarios.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`There is no scenario "${wanted}".`)
  return found
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name}: expected a whole number from 1, got "${text}".`)
}

async function measure(scenario: Scenario, { settings, json }: CommandLine): Promise<boolean> {
  const { name, question } = scenario
  process.stderr.write(`\n${name}: ${question}\n`)
  try {
    for await (const result of scenario.run(settings)) {
      const line = JSON.stringify({ scenario: name, ...result, settings, ...circumstances() })
      mkdirSync(RESULTS, { recursive: true })
      appendFileSync(new URL(`${name}.jsonl`, RESULTS), `${line}\n`)
      process.stdout.write(json ? `${line}\n` : readable(result))
    }
    return true
  } catch (error) {
    process.stderr.write(
      `${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`,
    )
    return false
  }
}

function circumstances(): object {
  return {
    at: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    processor: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: loadavg()[0],
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

function readable({ name, figures }: Case): string {
  return `  ${name}\n${figures.map(readableFigure).join('')}`
}

function readableFigure(figure: Figure): string {
  const { name, unit, values, goal } = figure
  const spread =
    values.length > 1 ? `  (${shown(Math.min(...values))} to ${shown(Math.max(...values))})` : ''
  const wanted = goal && ('atLeast' in goal ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`)
  const verdict =
    wanted === undefined ? '' : `  goal: ${wanted}, ${meets(figure) ? 'met' : 'MISSED'}`
  return `    ${name.padEnd(34)} ${shown(medianOf(values)).padStart(10)} ${unit}${spread}${verdict}\n`
}

function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits })
}
