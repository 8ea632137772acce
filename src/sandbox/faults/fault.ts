/** Faults as plain data: what a test adds, and what it reads back. */
import type { SandboxBuyer, SandboxProduct } from '../facts.ts'

/** The operations in which there can be faults. */
export const OPERATIONS = [
  'BatchMeterUsage',
  'MeterUsage',
  'RegisterUsage',
  'ResolveCustomer',
  'GetEntitlements',
] as const

export type OperationName = (typeof OPERATIONS)[number]

/** Which calls a fault strikes, and how often. Every member narrows. */
export interface FaultTarget {
  /** Yours to choose; given if absent. */
  readonly id?: string
  readonly operation?: OperationName
  /** An account id, or one of `buyers`: calls that name this buyer. */
  readonly buyer?: string | SandboxBuyer
  /** A product code, or one of `products`: calls that name this product. */
  readonly product?: string | SandboxProduct
  /** Above 0, up to 1, for each call that it could strike. Default: 1. */
  readonly probability?: number
  /** How many calls it strikes before it is used up. Default: 1. */
  readonly times?: number | 'untilCleared'
  /** How many calls that it could strike pass first. Default: 0. */
  readonly after?: number
}

/** Calls of BatchMeterUsage: which of their records come back in `UnprocessedRecords`, while the others are held. */
export interface UnprocessedRecords {
  readonly kind: 'unprocessed'
  /** A part of the records, rounded up: above 0, up to 1. Default: 1, that is, all; with `buyer`, of that buyer's. */
  readonly share?: number
  /** In its place: which ones, by their index in the request, from 0. */
  readonly records?: readonly number[]
}

/** The answer comes so much later. What was asked is done at once. */
export type Latency =
  | { readonly kind: 'latency'; readonly ms: number }
  /** Any whole number of milliseconds between the two, each as likely. */
  | { readonly kind: 'latency'; readonly msMin: number; readonly msMax: number }

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
