/**
 * `npm run conformance`: runs the cases against any endpoint.
 *
 * Results go to stdout, everything else to stderr. Whatever billing an endpoint of AWS could do needs the caller's
 * word for it, even where the cases expect that nothing is taken: an endpoint that is wrong may bill all the same.
 */
import { readFile } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { isAws } from './billing-guard.ts'
import { takeControl } from './admin-control.ts'
import { type Bindings, BindingsError, parseBindings } from './bindings.ts'
import type { Case } from './case.ts'
import { CASES } from './cases/index.ts'
import { startDemo } from './demo.ts'
import { send } from './exchange.ts'
import { count, newSummary, printCase, printJson, printSummary } from './report.ts'
import { mayBill, runCases } from './run.ts'

const HELP = `Runs the contract's cases against a metering service.

Usage:
  npm run conformance -- --start [--profile aws-2026]
  npm run conformance -- --endpoint URL --bindings FILE

  --endpoint URL        The service. Default: the endpoint in the bindings.
  --bindings FILE       What the roles of the cases are called there; - reads stdin.
                        The form is conformance/bindings.schema.json.
  --start               Start the demo in memory, run against it, and stop it.
  --profile NAME        With --start: aws-2025 (default) or aws-2026.
  --only PATTERN        Only cases whose name matches this regular expression.
  --unbilled            Only cases that expect nothing to be taken.
  --json                One JSON object a line: each case, then the counts.
  --list                Name the cases and send nothing.
  --i-will-be-billed    Needed for an endpoint of AWS.

Exits with 0 if every case that ran passed, 1 if one failed, 2 if nothing could be run.

Examples:
  npm run conformance -- --start --only '^outcomes'
  npm run conformance -- --endpoint http://127.0.0.1:7070 --bindings my-bindings.json --json
`

const OPTIONS = {
  endpoint: { type: 'string' },
  bindings: { type: 'string' },
  start: { type: 'boolean', default: false },
  profile: { type: 'string', default: 'aws-2025' },
  only: { type: 'string', default: '' },
  unbilled: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  'i-will-be-billed': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

type Options = ReturnType<typeof parseOptions>

/** A sentence for the caller: nothing was run. */
class Unable extends Error {}

function parseOptions() {
  return parseArgs({ options: OPTIONS, strict: true }).values
}

async function main(): Promise<number> {
  const options = parseOptions()
  if (options.help) return tell(HELP)
  const chosen = choose(options)
  if (options.list) return tell(chosen.map(({ name }) => `${name}\n`).join(''))
  if (!options.start) {
    const bindings = parseBindings(await bindingsText(options))
    return run(chosen, bindings, endpointOf(options, bindings), options)
  }
  const demo = await startDemo(options.profile)
  try {
    return await run(chosen, demo.bindings, demo.endpoint, options)
  } finally {
    await demo.stop()
  }
}

function tell(text: string): number {
  process.stdout.write(text)
  return 0
}

function choose({ only, unbilled }: Options): readonly Case[] {
  const pattern = patternOf(only)
  const chosen = CASES.filter((one) => pattern.test(one.name) && !(unbilled && mayBill(one)))
  if (chosen.length === 0) throw new Unable(`No case matches ${only}. See them with --list.`)
  return chosen
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new Unable(`--only: ${String(error)}`)
  }
}

async function bindingsText({ bindings }: Options): Promise<string> {
  if (bindings === undefined) {
    throw new Unable('Say what to run against: --start, or --endpoint URL --bindings FILE.')
  }
  if (bindings === '-') return readText(process.stdin)
  try {
    return await readFile(bindings, 'utf8')
  } catch (error) {
    throw new Unable(`--bindings: ${String(error)}`)
  }
}

function endpointOf(options: Options, bindings: Bindings): URL {
  const text = options.endpoint ?? bindings.endpoint
  if (text === undefined) throw new Unable('Give --endpoint URL, or an endpoint in the bindings.')
  const endpoint = URL.parse(text)
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) {
    throw new Unable(`--endpoint: ${text} is not an http or https URL.`)
  }
  if (isAws(endpoint) && !options['i-will-be-billed']) {
    throw new Unable(
      `${endpoint.host} is AWS, where usage is billed to real buyers. ` +
        'If that is what you want, say so with --i-will-be-billed; ' +
        '--unbilled leaves out the cases that expect usage to be taken.',
    )
  }
  return endpoint
}

async function run(
  chosen: readonly Case[],
  bindings: Bindings,
  endpoint: URL,
  { json }: Options,
): Promise<number> {
  const summary = newSummary()
  const write = (text: string) => process.stdout.write(text)
  process.stderr.write(`${chosen.length} cases against ${endpoint.href}, ${bindings.profile}\n`)
  await reach(endpoint)
  const controlled = await takeControl(bindings)
  try {
    for await (const { case: one, outcome } of runCases(chosen, CASES, {
      ...controlled,
      endpoint,
    })) {
      count(summary, outcome)
      if (json) printJson(one, outcome, write)
      else printCase(one, outcome, write)
    }
  } finally {
    await controlled.release()
  }
  printSummary(summary, json, write)
  if (summary.passed + summary.failed === 0) {
    throw new Unable('Nothing was run: every case was skipped.')
  }
  return summary.failed === 0 ? 0 : 1
}

/** Any answer will do: a wrong address is one sentence, not as many failures as there are cases. */
async function reach(url: URL): Promise<void> {
  try {
    await send({ method: 'GET', url, headers: [['host', url.host]], body: Buffer.alloc(0) })
  } catch (error) {
    throw new Unable(`${url.href} does not answer: ${String(error)}`)
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Unable || error instanceof BindingsError || error instanceof TypeError)) {
    throw error
  }
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
