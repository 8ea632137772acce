/** Faults as plain data: what a test adds, and what it reads back. */
import type { OPERATIONS } from '../../core/catalog-names.ts'
import type { SandboxBuyer, SandboxProduct } from '../facts.ts'

export type OperationName = (typeof OPERATIONS)[number]

/** Which calls a fault strikes, and how often. Every member narrows. One that is undefined does not: in a strict project `buyers[0]` may be. */
export interface FaultTarget {
  /** Yours to choose; given if absent. */
  readonly id?: string | undefined
  readonly operation?: OperationName | undefined
  /** An account id, or one of `buyers`: calls that name this buyer. */
  readonly buyer?: string | SandboxBuyer | undefined
  /** A product code, or one of `products`: calls that name this product. */
  readonly product?: string | SandboxProduct | undefined
  /** Above 0, up to 1, for each call that it could strike. Default: 1. */
  readonly probability?: number | undefined
  /** How many calls it strikes before it is used up. Default: 1. */
  readonly times?: number | 'untilCleared' | undefined
  /** How many of the calls that it is meant for pass first, whatever becomes of them. Default: 0. */
  readonly after?: number | undefined
}

/** Calls of BatchMeterUsage: which of their records come back in `UnprocessedRecords`, while the others are held. */
export type UnprocessedRecords = {
  readonly kind: 'unprocessed'
  readonly operation?: 'BatchMeterUsage' | undefined
} & (RecordsByShare | RecordsByIndex)

export interface RecordsByShare {
  /** A part of the records, rounded up: above 0, up to 1. Default: 1, that is, all; with `buyer`, of that buyer's. */
  readonly share?: number | undefined
  readonly records?: undefined
}

/** In its place. */
export interface RecordsByIndex {
  /** Which ones, by their index in the request, from 0 to 24. */
  readonly records: readonly number[]
  readonly share?: undefined
}

/** The answer comes so much later. What was asked is done at once. */
export type Latency =
  | {
      readonly kind: 'latency'
      readonly ms: number
      readonly msMin?: undefined
      readonly msMax?: undefined
    }
  /** Any whole number of milliseconds between the two, each as likely. */
  | {
      readonly kind: 'latency'
      readonly ms?: undefined
      readonly msMin: number
      readonly msMax: number
    }

/** The bytes of the answer come little by little, the last of them after `ms`. */
export interface SlowBody {
  readonly kind: 'slow-body'
  readonly ms: number
}

/** Kinds that need no more said. */
export interface PlainFault {
  readonly kind:
    | 'throttle'
    | 'internal-error'
    | 'disabled-region'
    | 'reset'
    | 'commit-then-drop'
    | 'commit-then-500'
    | 'malformed-answer'
}

export type FaultBehaviour = PlainFault | UnprocessedRecords | Latency | SlowBody

export type Fault = FaultTarget & FaultBehaviour

export type FaultKind = FaultBehaviour['kind']

/** A fault that was checked: names are ids, and what was left out has its default. */
export type CheckedFault = FaultBehaviour & {
  readonly id?: string
  readonly operation?: OperationName
  readonly buyer?: string
  readonly product?: string
  readonly probability: number
  readonly times: number | 'untilCleared'
  readonly after: number
}

/** A fault that is there, or was and is used up. */
export type ListedFault = CheckedFault & {
  readonly id: string
  readonly fired: number
  readonly left: number | 'untilCleared'
}

/** One call that a fault struck. */
export interface FaultFiring {
  readonly fault: string
  readonly kind: FaultKind
  readonly requestId: string
  readonly operation: string
  /** By the workspace's clock, in ISO 8601. */
  readonly at: string
  /** By the machine's. */
  readonly machineAt: string
}
