/** Runs cases against one endpoint and says what became of each. */
import type { Bindings } from './bindings.ts'
import type { Case, CatalogStep, Exchange, Expected } from './case.ts'
import { differences, type Memory, newMemory } from './compare.ts'
import { type Answer, prepare, type Sent, send } from './exchange.ts'
import { meterSlotAt, ownershipOf, pairSlotAt, slotAt } from './slots.ts'
import { resolveMembers, resolveText, type Scope, Unbound } from './tokens.ts'

/** What an endpoint lets the runner change. Absent: the cases that need it are skipped. */
export interface Controls {
  /** Lets the domain's clock stand still at an instant, or run again. */
  readonly freezeClock?: (instantMs: number | undefined) => Promise<void>
  readonly setAgreement?: (change: CatalogStep['catalog'], licenseArn: string) => Promise<void>
}

export interface Target {
  readonly endpoint: URL
  readonly bindings: Bindings
  readonly controls: Controls
}

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** @property step From 1. @property sent Absent if the request could not be made. */
export interface Failure {
  readonly step: number
  readonly differences: readonly string[]
  readonly sent?: Sent
  readonly answer?: Answer
}

/** Runs the cases one after the other, because they share a catalog and a clock. */
export async function* runCases(
  cases: readonly Case[],
  all: readonly Case[],
  target: Target,
): AsyncGenerator<{ readonly case: Case; readonly outcome: Outcome }> {
  const ownerships = ownershipOf(all)
  for (const one of cases) {
    const { own = [], pair, meter } = ownerships.get(one.name) ?? {}
    const nowMs = one.clock === undefined ? Date.now() : Date.parse(one.clock)
    const { bindings } = target
    const scope: Scope = {
      bindings,
      nowMs,
      own: own.map((position) => slotAt(position, bindings, nowMs)),
      pair: pair === undefined ? undefined : pairSlotAt(pair, bindings, nowMs),
      meter: meter === undefined ? undefined : meterSlotAt(meter, bindings, nowMs),
    }
    yield { case: one, outcome: await runCase(one, scope, target) }
  }
}

async function runCase(one: Case, scope: Scope, target: Target): Promise<Outcome> {
  const reason = skipReason(one, target)
  if (reason !== undefined) return { kind: 'skipped', reason }
  if (one.clock !== undefined) await target.controls.freezeClock?.(Date.parse(one.clock))
  try {
    return await runSteps(one, scope, target)
  } catch (error) {
    if (error instanceof Unbound) return { kind: 'skipped', reason: error.message }
    throw error
  } finally {
    if (one.clock !== undefined) await target.controls.freezeClock?.(undefined)
  }
}

function skipReason(one: Case, { bindings, controls }: Target): string | undefined {
  if (one.profile !== undefined && one.profile !== bindings.profile) {
    return `it is of the profile ${one.profile}`
  }
  if ((one.quotas === true) !== (bindings.quotas === true)) {
    return one.quotas === true ? 'it needs quotas turned on' : 'it would meet the quotas'
  }
  if (one.clock !== undefined && controls.freezeClock === undefined) {
    return 'it needs control of the clock'
  }
  if (one.steps.some((step) => 'catalog' in step) && controls.setAgreement === undefined) {
    return 'it needs control of the catalog'
  }
  return undefined
}

async function runSteps(one: Case, scope: Scope, target: Target): Promise<Outcome> {
  const memory = newMemory(target.bindings)
  for (const [index, step] of one.steps.entries()) {
    if ('catalog' in step) {
      const licenseArn = resolveText(step.licenseArn, scope)
      await target.controls.setAgreement?.(step.catalog, licenseArn)
      continue
    }
    const failure = await runExchange(step, index + 1, scope, target.endpoint, memory)
    if (failure !== undefined) return { kind: 'failed', failure }
  }
  return { kind: 'passed' }
}

async function runExchange(
  exchange: Exchange,
  step: number,
  scope: Scope,
  endpoint: URL,
  memory: Memory,
): Promise<Failure | undefined> {
  let failure = await runOnce(exchange, step, scope, endpoint, memory)
  for (let sent = 1; failure !== undefined && sent < (exchange.sendUntil ?? 1); sent++) {
    failure = await runOnce(exchange, step, scope, endpoint, memory)
  }
  return failure
}

async function runOnce(
  { send: plan, expect }: Exchange,
  step: number,
  scope: Scope,
  endpoint: URL,
  memory: Memory,
): Promise<Failure | undefined> {
  const sent = await prepare(plan, { ...scope, nextToken: memory.nextToken }, endpoint)
  let answer: Answer
  try {
    answer = await send(sent)
  } catch (error) {
    return { step, differences: [`no answer: ${String(error)}`], sent }
  }
  const found = differences(sent, answer, named(expect, scope), memory)
  return found.length === 0 ? undefined : { step, differences: found, sent, answer }
}

/** What is expected, with the names that it has here. */
function named(expect: Expected, scope: Scope): Expected {
  return 'answer' in expect ? { answer: resolveMembers(expect.answer, scope) } : expect
}

/** Whether the case expects usage to be taken, so that an endpoint of AWS would bill it. */
export function mayBill(one: Case): boolean {
  return one.steps.some((step) => 'expect' in step && isTaken(step.expect))
}

/** Who is let run is billed for the time, too. */
function isTaken(expect: Expected): boolean {
  if ('recordId' in expect || 'signedBy' in expect) return true
  if (!('results' in expect)) return false
  return expect.results.some(
    (result) => (typeof result === 'string' ? result : result.status) === 'Success',
  )
}
