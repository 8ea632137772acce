/**
 * `npm run test:sdks`: drives a service in this process with every unmodified AWS SDK whose toolchain is here.
 *
 * All of them play one script against one ledger, one after the other, so a fact that the first one reported must come
 * back to the last one under the same id. Then each plays a few calls in a sandbox of its own, whose clock stands months away and
 * whose calls fail, and finds sandboxes by the variables that `sandbox env` prints. In CI the toolchains that must run there may
 * not be missing.
 */
import { parseArgs } from 'node:util'
import { AWS_2026 } from '../src/core/profile.ts'
import { startInMemory } from './in-memory.ts'
import { checkLines } from './sdk-runner/check.ts'
import { playFromEnvironment } from './sdk-runner/environment.ts'
import { install, missing } from './sdk-runner/install.ts'
import { run } from './sdk-runner/process.ts'
import { playInSandbox } from './sdk-runner/sandbox.ts'
import { sdkScript } from './sdk-runner/script.ts'
import type { SdkStep } from './sdk-runner/step.ts'
import { type Toolchain, TOOLCHAINS } from './sdk-runner/toolchains.ts'

const HELP = `Drives the service with the unmodified AWS SDKs.

Usage:
  npm run test:sdks [-- --all | --only NAMES]

  --only NAMES   Of ${TOOLCHAINS.map(({ name }) => name).join(', ')}; apart by commas.
  --all          Those on demand too.

Without either: ${TOOLCHAINS.filter(({ when }) => when === 'always')
  .map(({ name }) => name)
  .join(', ')}. What is missing is installed once, under conformance/sdks/.cache.
An SDK whose toolchain is not here is named and left out; with CI=true that is an error.

Exits with 0 if every SDK that ran passed, 1 if one failed, 2 if the command line was wrong.

Example:
  npm run test:sdks -- --only go,java
`

type Verdict = 'passed' | 'failed' | 'skipped'

interface Run {
  readonly region: string
  readonly steps: readonly SdkStep[]
  readonly ids: Map<string, string>
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const chosen = choose(values.only, values.all)
  // The wider window: an hour ago is inside both, and the license stands without its product code in both.
  const target = await startInMemory(AWS_2026)
  try {
    const { bindings, endpoint } = target
    const steps = sdkScript(endpoint, bindings, Date.now())
    const ids = new Map<string, string>()
    const verdicts: Verdict[] = []
    for (const toolchain of chosen) {
      const lack = await prepare(toolchain)
      if (lack !== undefined) {
        verdicts.push(lack)
        continue
      }
      verdicts.push(await play(toolchain, { region: bindings.region, steps, ids }))
      verdicts.push(await playAlone(toolchain))
    }
    return verdicts.includes('failed') ? 1 : 0
  } finally {
    await target.close()
  }
}

function choose(only: string | undefined, all: boolean): readonly Toolchain[] {
  if (only === undefined) return TOOLCHAINS.filter(({ when }) => all || when === 'always')
  return only.split(',').map((name) => {
    const toolchain = TOOLCHAINS.find((one) => one.name === name.trim())
    if (toolchain === undefined) throw new TypeError(`There is no SDK ${name}. See --help.`)
    return toolchain
  })
}

/** @returns What is to be said of an SDK that cannot be played, or undefined. */
async function prepare(toolchain: Toolchain): Promise<Verdict | undefined> {
  const { name, when } = toolchain
  const lack = await missing(toolchain)
  if (lack !== undefined) {
    const fatal = process.env['CI'] === 'true' && when === 'always'
    return tell(name, fatal ? 'failed' : 'skipped', [lack])
  }
  const failure = await install(toolchain, talk)
  return failure === undefined ? undefined : tell(name, 'failed', [failure])
}

async function play(toolchain: Toolchain, { region, steps, ids: known }: Run): Promise<Verdict> {
  const { name } = toolchain
  const startedMs = performance.now()
  const ended = await run(toolchain.run, toolchain.folder, JSON.stringify({ region, steps }))
  const found = [...checkLines(steps, ended.stdout, toolchain.traits, known)]
  if (ended.exitCode !== 0) found.push(`it ended with ${String(ended.exitCode)}: ${ended.stderr}`)
  found.push(...(await playInSandbox(toolchain)))
  return told(`${name} (${steps.length} steps, ${secondsSince(startedMs)} s)`, found)
}

/** Told nothing in code. */
async function playAlone(toolchain: Toolchain): Promise<Verdict> {
  const startedMs = performance.now()
  const found = await playFromEnvironment(toolchain)
  return told(`${toolchain.name} (by its environment alone, ${secondsSince(startedMs)} s)`, found)
}

function secondsSince(startedMs: number): string {
  return ((performance.now() - startedMs) / 1_000).toFixed(1)
}

function told(what: string, found: readonly string[]): Verdict {
  return tell(what, found.length === 0 ? 'passed' : 'failed', found)
}

function tell(what: string, verdict: Verdict, details: readonly string[]): Verdict {
  process.stdout.write(`${verdict.toUpperCase().padEnd(8)}${what}\n`)
  for (const detail of details) process.stdout.write(`        ${detail}\n`)
  return verdict
}

function talk(text: string): void {
  process.stderr.write(`${text}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  talk(error.message)
  process.exitCode = 2
}
