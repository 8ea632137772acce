/**
 * What a request needs, wired once at start. Clock, ids, store and faults are members, so a sandbox
 * is the same code with other members and no `if`.
 */
import type { Catalog } from '../core/catalog.ts'
import type { Call } from '../core/metering-record.ts'
import type { Profile } from '../core/profile.ts'
import type { UsageToRegister } from '../core/register-usage.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { Registration } from '../core/registration.ts'
import type { AccountId, InstantMs, Region } from '../core/usage.ts'
import type { Now } from '../core/window.ts'
import type { Ledger } from '../store/ledger.ts'
import type { Answer } from '../wire/answer.ts'
import type { JsonObject } from '../wire/json.ts'
import type { Api, RequestHead } from '../wire/protocol.ts'
import type { SignedRequest } from '../wire/sigv4/index.ts'
import type { Authenticate } from './authenticate.ts'
import type { DomainClock } from './clock.ts'
import type { Quotas } from './quotas.ts'
import type { SettledRecord } from './settle.ts'
import type { WaitingRecords } from './waiting.ts'

/** Who signed a request. */
export interface Signer {
  readonly account: AccountId
  readonly accessKeyId: string
  /** The operations that the key may call; absent means all. */
  readonly operations?: readonly string[]
  /** What the key runs on; MeterUsage keeps hours apart by it. */
  readonly resource?: string
}

export interface Service {
  readonly profile: Profile
  /** The Regions served; others answer DisabledApiException (D4). */
  readonly regions: ReadonlySet<string>
  readonly clock: DomainClock
  readonly catalog: Catalog
  readonly authenticate: Authenticate
  /** Undefined while catalog and keys are fresh; else a look that fails if they cannot become so. */
  readonly freshen: () => Promise<void> | undefined
  readonly ledger: Ledger
  readonly registrations: Registrations
  /** Keeps that a session was let run; resolved once that is on stable storage. */
  readonly registerUsage: (usage: UsageToRegister, nowMs: InstantMs) => Promise<void>
  readonly waiting: WaitingRecords
  /** Absent unless quotas were turned on. */
  readonly quotas?: Quotas
  readonly newRequestId: () => string
  readonly observer: Observer
}

/** The registration tokens that were given out. */
export interface Registrations {
  /** Undefined for a token that was not. */
  open(token: string): Registration | undefined
  /** Counts a use of one that is good. @returns Whether it could be used once more. */
  use(token: string, atMs: InstantMs): Promise<boolean>
}

/** Told of everything that happens; must never throw and never wait. */
export interface Observer {
  /** @param seconds From the last byte of the request to the answer. */
  answered(request: RequestFacts, answer: Answer, seconds: number): void
  settled(records: readonly SettledRecord[], call: Call): void
  /** Usage that was not taken, or taken with a difference that somebody should see. */
  refused(record: RefusedRecord): void
  /** Something that we did not foresee, or a store that failed. */
  failed(request: RequestFacts, error: unknown): void
}

/** A whole request, as the listener hands it over. */
export interface IncomingRequest extends SignedRequest, RequestHead {
  readonly contentType: string | undefined
  readonly address: string
  readonly userAgent: string
}

/** What is known of a request by the time it is answered. */
export interface RequestFacts {
  readonly requestId: string
  operation?: string
  signer?: Signer
  /** Why it was refused, for the log. */
  reason?: string
}

/** What an operation knows of the call that it serves. */
export interface CallContext {
  readonly now: Now
  readonly region: Region
  readonly signer: Signer
  readonly call: Call
  /** Of the body, as it came over the wire. */
  readonly bytes: number
}

export interface Operation {
  readonly name: string
  readonly api: Api
  /** @returns The answer, for the request's protocol to write. @throws Refused */
  run(body: JsonObject, context: CallContext): Promise<object>
}
