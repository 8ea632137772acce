/**
 * What an SDK makes of a sandbox: a clock that stands still three months away, and calls that fail.
 *
 * The faults wait for their turn by counting calls, the SDK's own retries among them, so an SDK that does not send a lost answer or a
 * throttled call again, or sends it too often, is found out.
 */
import { createSandbox, type Fault, type Sandbox } from '../../src/sandbox/index.ts'
import { checkLines } from './check.ts'
import { run } from './process.ts'
import type { SdkStep, Wanted } from './step.ts'
import type { Toolchain } from './toolchains.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const DAYS_AWAY = 91

/** Calls in order: one that is well, one that is dropped and sent again, one that is throttled and sent again, and throttled ones. */
const FAULTS: readonly Fault[] = [
  { id: 'dropped', kind: 'commit-then-drop', after: 1 },
  { id: 'throttled', kind: 'throttle', after: 3 },
  { id: 'throttled-for-good', kind: 'throttle', after: 5, times: 'untilCleared' },
]

/** @returns What is wrong, if anything. */
export async function playInSandbox(toolchain: Toolchain): Promise<readonly string[]> {
  const now = Math.floor(Date.now() / 1_000) * 1_000 - DAYS_AWAY * DAY_MS
  await using sandbox = await createSandbox({ now })
  for (const fault of FAULTS) sandbox.faults.add(fault)
  const steps = stepsIn(sandbox)
  const { region } = sandbox.clientConfig
  const ended = await run(toolchain.run, toolchain.folder, JSON.stringify({ region, steps }))
  const ids = new Map<string, string>()
  const found = [...checkLines(steps, ended.stdout, toolchain.traits, ids)]
  if (ended.exitCode !== 0) found.push(`it ended with ${String(ended.exitCode)}: ${ended.stderr}`)
  found.push(...(await problemsIn(sandbox, ids)))
  return found.map((problem) => `in a sandbox, ${problem}`)
}

/** One hour each, so that each is a fact of its own. */
function stepsIn({ endpoint, clientConfig, clock, products, buyers }: Sandbox): SdkStep[] {
  const success = (id: string): Wanted => ({ results: [{ status: 'Success', id }] })
  const rows: readonly [name: string, wanted: Wanted][] = [
    ['three months away', success('away')],
    ['dropped after the commit', success('dropped')],
    ['throttled once', success('throttled')],
    ['throttled for good', { error: 'ThrottlingException', typed: true }],
  ]
  const record = (hours: number) => ({
    TimestampMs: clock.now() - hours * HOUR_MS,
    Dimension: products[0]?.dimensions[0] ?? '',
    Quantity: 3,
    CustomerAWSAccountId: buyers[0]?.awsAccountId ?? '',
  })
  return rows.map(([name, wanted], hours) => ({
    name,
    endpoint,
    credentials: clientConfig.credentials,
    operation: 'BatchMeterUsage',
    request: { ProductCode: products[0]?.code ?? '', UsageRecords: [record(hours)] },
    wanted,
  }))
}

async function problemsIn(
  sandbox: Sandbox,
  ids: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const held = await sandbox.records()
  const found: string[] = []
  if (held.length !== 3) found.push(`${held.length} records are held, not 3`)
  const dropped = held.find(({ id }) => id === ids.get('dropped'))
  const [firing] = sandbox.faults.fired()
  if (dropped?.call.requestId !== firing?.requestId) {
    found.push('the answer to the dropped call does not name what that call committed')
  }
  for (const { id, left } of sandbox.faults.list()) {
    if (typeof left === 'number' && left > 0) found.push(`no call was ${id}`)
  }
  return found
}
