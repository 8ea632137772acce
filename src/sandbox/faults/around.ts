/**
 * What becomes of a call that faults strike.
 *
 * Where      Around each operation: after signature, rights and quota, as at AWS, and before anything of the body but its JSON is
 *            looked at. What happens to the bytes of the answer is told to the port (delivery.ts).
 * Committed  Kinds that come after the commit strike only calls that are answered well: one that is refused by itself leaves
 *            the fault to the next.
 * Latency    What is asked is done at once, and only the answer waits: so a caller that gives up has been served all the same.
 * Checked by around.test.ts
 */
import { type ErrorCode, refusal } from '../../core/errors.ts'
import type { CallContext, Observer, Operation } from '../../server/service.ts'
import type { JsonObject } from '../../wire/json.ts'
import { Refused } from '../../wire/refused.ts'
import type { SettledRecord } from '../../server/settle.ts'
import { toUsageRecord, type WireUsageRecord } from '../../wire/batch-meter-usage.ts'
import { machineNowMs, machineWait } from '../machine-clock.ts'
import type { Delivery } from './delivery.ts'
import type { FaultKind, UnprocessedRecords } from './fault.ts'
import type { ActiveFault, FaultList } from './fault-list.ts'
import { type Directory, type Named, namedIn } from './named.ts'
import { chosenRecords, readableRecords, type Rules, runWithout } from './unprocessed.ts'

/** Whatever a call is judged by, for the faults that have to know beforehand. */
export type FaultPlace = Directory &
  Rules & {
    /** Told of records that a fault keeps from being settled. */
    readonly observer: Pick<Observer, 'settled'>
  }

interface Call {
  readonly operation: Operation
  readonly body: JsonObject
  readonly context: CallContext
  readonly place: FaultPlace
  readonly named: readonly Named[]
  readonly faults: FaultList
  readonly deliver: (delivery: Delivery) => void
  readonly wait: (ms: number) => Promise<void>
}

/**
 * @param deliver Told what is to happen to the answer of a request.
 * @param wait Resolves after so many milliseconds.
 */
export function aroundOperation(
  operation: Operation,
  faults: FaultList,
  place: FaultPlace,
  deliver: (requestId: string, delivery: Delivery) => void,
  wait = machineWait,
): Operation {
  return {
    ...operation,
    run(body, context) {
      if (faults.isEmpty) return operation.run(body, context)
      const { requestId } = context.call
      const named = namedIn(operation.name, body, context.signer.account, place)
      const tell = (delivery: Delivery) => {
        deliver(requestId, delivery)
      }
      return runStruck({ operation, body, context, place, named, faults, deliver: tell, wait })
    },
  }
}

async function runStruck(call: Call): Promise<object> {
  const chosen = call.faults.choose({ operation: call.operation.name, named: call.named })
  const waits = chosen.filter(({ fault }) => fault.kind === 'latency')
  const striking = chosen.find(({ fault }) => fault.kind !== 'latency')
  try {
    return await (striking === undefined ? run(call) : strike(striking, call))
  } finally {
    for (const active of waits) await delay(active, call)
  }
}

function run({ operation, body, context }: Call): Promise<object> {
  return operation.run(body, context)
}

async function delay(active: ActiveFault, call: Call): Promise<void> {
  const { fault, stream } = active
  if (fault.kind !== 'latency') return
  note(active, call)
  await call.wait(fault.ms ?? stream.between(fault.msMin, fault.msMax))
}

async function strike(active: ActiveFault, call: Call): Promise<object> {
  const { fault } = active
  switch (fault.kind) {
    case 'throttle':
      note(active, call)
      return fail('ThrottlingException', fault)
    case 'internal-error':
      note(active, call)
      return fail('InternalServiceErrorException', fault)
    case 'disabled-region':
      note(active, call)
      return failRegion(call, fault)
    case 'reset':
      note(active, call, { kind: 'reset' })
      // Nobody is told: the connection ends first.
      return fail('InternalServiceErrorException', fault)
    case 'slow-body':
      note(active, call, { kind: 'slow', ms: fault.ms })
      return run(call)
    case 'commit-then-500':
      await committed(active, call)
      return fail('InternalServiceErrorException', fault)
    case 'commit-then-drop':
      return committed(active, call, { kind: 'drop' })
    case 'malformed-answer':
      return committed(active, call, { kind: 'malformed' })
    case 'unprocessed':
      return leaveOut(active, fault, call)
    case 'latency':
      return run(call)
  }
}

/** As the operation itself answers in a Region that is not served: two of them have no DisabledApiException (D7). */
function failRegion({ operation: { name, api }, context: { region } }: Call, fault: FaultName) {
  if (api.unservedRegion === 'scope') {
    const message = `Credential should be scoped to a valid region, not '${region}'. `
    return fail('InvalidSignatureException', fault, message)
  }
  const isReport = name === 'MeterUsage'
  return fail(isReport ? 'InvalidEndpointRegionException' : 'DisabledApiException', fault)
}

async function committed(active: ActiveFault, call: Call, delivery?: Delivery): Promise<object> {
  const answer = await runOrRelease(active, call)
  note(active, call, delivery)
  return answer
}

async function runOrRelease(active: ActiveFault, call: Call): Promise<object> {
  try {
    return await run(call)
  } catch (error) {
    call.faults.release(active)
    throw error
  }
}

async function leaveOut(
  active: ActiveFault,
  fault: ActiveFault['fault'] & UnprocessedRecords,
  call: Call,
): Promise<object> {
  const { operation, body, context, place, named } = call
  const records = readableRecords(body, context, place)
  const chosen = records === undefined ? [] : chosenRecords(fault, named, active.stream)
  if (records === undefined || chosen.length === 0) {
    call.faults.release(active)
    return run(call)
  }
  note(active, call)
  const answer = await runWithout(chosen, records, operation, body, context)
  const leftOut = records.filter((_record, index) => chosen.includes(index))
  place.observer.settled(
    leftOut.map((record) => leftUnprocessed(record, fault)),
    context.call,
  )
  return answer
}

function note({ fault }: ActiveFault, call: Call, delivery?: Delivery): void {
  const { faults, operation, context } = call
  if (delivery !== undefined) call.deliver(delivery)
  faults.note({
    fault: fault.id,
    kind: fault.kind,
    requestId: context.call.requestId,
    operation: operation.name,
    at: new Date(context.now.ms).toISOString(),
    machineAt: new Date(machineNowMs()).toISOString(),
  })
}

interface FaultName {
  readonly id: string
  readonly kind: FaultKind
}

function leftUnprocessed(record: WireUsageRecord, { id }: FaultName): SettledRecord {
  const reason = `the fault ${id} left it unprocessed`
  return { usage: toUsageRecord(record), outcome: 'unavailable', reason, allocationsDiffer: false }
}

/** @param message For the wire; the table's text if absent. */
function fail(code: ErrorCode, { id, kind }: FaultName, message?: string): never {
  const cause = refusal(code, `the fault ${id} (${kind}) struck`)
  const told = message === undefined ? cause : { ...cause, message }
  throw new Refused(told, undefined, { isFault: true })
}
