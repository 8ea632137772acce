/**
 * One request to a workspace and its answer, as people look at them: raw, with what became of each record and why.
 *
 * How requests and answers are shown is in shown.ts.
 */
import { ERRORS } from '../core/errors.ts'
import type { Profile } from '../core/profile.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import { instantText } from '../server/admin/instant.ts'
import { usageView } from '../server/admin/views.ts'
import type { IncomingRequest, RequestFacts } from '../server/service.ts'
import type { SettledRecord } from '../server/settle.ts'
import type { Answer } from '../wire/answer.ts'
import type { DeliveredAnswer, Delivery } from './faults/delivery.ts'
import type { SandboxRefusal } from './shapes.ts'
import { shownBody, shownRequest } from './shown.ts'

export interface Exchange {
  /** Counts the workspace's answers from 1. */
  readonly number: number
  readonly requestId: string
  /** Domain time, and the machine's. */
  readonly at: string
  readonly machineAt: string
  /** By the machine's clock. */
  readonly milliseconds: number
  /** Absent if the request named none that there is. */
  readonly operation?: string
  /** Who signed; absent if nobody did, or not well. */
  readonly account?: string
  readonly accessKeyId?: string
  readonly profile: string
  readonly request: ShownRequest
  readonly answer: ShownAnswer
  /** Why the request was refused whole, and what that error means. */
  readonly why?: string
  readonly records: readonly RecordVerdict[]
  /** The faults that struck it. */
  readonly faults?: readonly string[]
  /** What a fault let arrive of the answer; absent where it went as it is. */
  readonly delivered?: Delivered
}

export interface ShownRequest extends ShownBody {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export interface ShownAnswer extends ShownBody {
  readonly status: number
  readonly errorCode?: string
}

export interface ShownBody {
  /** The text as it came, but for secrets. */
  readonly body: string
  /** Absent of text. What came as CBOR is shown as JSON; of bytes that are neither, only how many there were. */
  readonly bodyEncoding?: 'cbor' | 'bytes'
}

export interface RecordVerdict {
  readonly usage: NonNullable<SandboxRefusal['usage']>
  readonly outcome: SettledRecord['outcome'] | 'refused'
  /** In words: the rule, the profile, and what was held before. */
  readonly why: string
  readonly held?: { readonly id: string; readonly quantity: number }
}

export type Delivered = 'nothing' | 'garbled' | 'slowly'

const DELIVERED: Readonly<Record<Delivery['kind'], Delivered>> = {
  drop: 'nothing',
  reset: 'nothing',
  malformed: 'garbled',
  slow: 'slowly',
}

/** What the observer was told of one request. */
export interface Told {
  readonly settled: readonly SettledRecord[]
  readonly refused: readonly RefusedRecord[]
  readonly failure?: string
}

export interface Handled {
  readonly number: number
  readonly request: IncomingRequest
  readonly facts: RequestFacts
  readonly answer: Answer & Pick<DeliveredAnswer, 'delivery'>
  readonly told: Told
  readonly faults: readonly string[]
  readonly profile: Profile
  readonly nowMs: number
  readonly machineNowMs: number
  readonly milliseconds: number
}

export function exchangeOf(handled: Handled): Exchange {
  const { facts, answer, profile, told } = handled
  const { requestId, operation, signer } = facts
  const why = whyRefused(handled)
  return {
    number: handled.number,
    requestId,
    at: instantText(handled.nowMs),
    machineAt: instantText(handled.machineNowMs),
    milliseconds: Math.round(handled.milliseconds * 1_000) / 1_000,
    ...(operation !== undefined && { operation }),
    ...(signer && { account: signer.account, accessKeyId: signer.accessKeyId }),
    profile: profile.name,
    request: shownRequest(handled.request),
    answer: {
      status: answer.status,
      ...(answer.errorCode && { errorCode: answer.errorCode }),
      ...shownBody(Buffer.from(answer.body)),
    },
    ...(why !== undefined && { why }),
    records: [
      ...told.settled.map((record) => verdictOf(record, profile)),
      ...told.refused.filter(isOfWholeRequest).flatMap(refusedVerdict),
    ],
    ...(handled.faults.length > 0 && { faults: handled.faults }),
    ...(answer.delivery && { delivered: DELIVERED[answer.delivery.kind] }),
  }
}

function whyRefused({ facts, answer, profile, told }: Handled): string | undefined {
  if (told.failure !== undefined) return told.failure
  if (answer.errorCode === undefined) return undefined
  const { meaning } = ERRORS[answer.errorCode]
  const reason = facts.reason ?? told.refused[0]?.reason ?? ''
  return `${reason === '' ? '' : `${reason} (profile ${profile.name}). `}${meaning}`
}

/** A settled record that was not taken is told of twice: as settled, and as refused. */
function isOfWholeRequest({ code }: RefusedRecord): boolean {
  return Object.hasOwn(ERRORS, code)
}

function refusedVerdict({ usage, reason, held }: RefusedRecord): RecordVerdict[] {
  if (usage === undefined) return []
  const verdict = { usage: usageView(usage), outcome: 'refused', why: reason } as const
  return [held === undefined ? verdict : { ...verdict, held }]
}

function verdictOf(record: SettledRecord, profile: Profile): RecordVerdict {
  const { usage, outcome, held } = record
  return {
    usage: usageView(usage),
    outcome,
    why: whySettled(record, profile),
    ...(held && { held: { id: held.id, quantity: held.quantity } }),
  }
}

function whySettled(record: SettledRecord, { name, identicalResend }: Profile): string {
  const { outcome, reason = '', allocationsDiffer } = record
  switch (outcome) {
    case 'added':
      return 'nothing was held for this billing line, dimension and hour'
    case 'repeated':
      return `the hour is held with the same quantity${allocationsDiffer ? ' and other allocations, which stay' : ''}; profile ${name} answers ${identicalResend === 'success' ? 'Success with the id that is held' : 'DuplicateRecord'}`
    case 'conflicting':
    case 'notSubscribed':
    case 'unavailable':
      return reason
  }
}
