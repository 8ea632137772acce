/**
 * The language of the cases: what is sent, and what must come back. Data only, so that a case can be read without
 * knowing the runner, and sent to any endpoint.
 *
 * Tokens       A whole text in angle brackets stands for something that is known only at run time: `<product>`,
 *              `<cancelled.account>`, `<now-1h>`. tokens.ts lists them all. Inside `text` they may stand anywhere.
 * Free of cost Most cases name a buyer whose agreement was cancelled: the answer CustomerNotSubscribed proves
 *              that the request passed every rule before it, and nothing is stored or billed.
 */
import type { Source } from './sources.ts'

export type Json =
  string | number | boolean | null | undefined | readonly Json[] | { readonly [name: string]: Json }

export type JsonObject = Readonly<Record<string, Json>>

export type ProfileName = 'aws-2025' | 'aws-2026'

/** What only some endpoints let a caller set. */
export type Control = 'clock' | 'catalog'

export interface Case {
  readonly name: string
  /** Rules and decisions of the contract: `53`, `D6`. */
  readonly rules: readonly string[]
  readonly source: Source
  /** The one profile whose answer this is; absent: both agree. */
  readonly profile?: ProfileName
  /** ISO 8601: the domain's clock stands still there for the whole case. Needs the control `clock`. */
  readonly clock?: string
  /** Runs where quotas are on, and there alone. */
  readonly quotas?: true
  readonly steps: readonly Step[]
}

export type Step = Exchange | CatalogStep

export interface Exchange {
  readonly send: Plan
  /** Sent again, so many times at most, until the answer is the expected one. */
  readonly sendUntil?: number
  readonly expect: Expected
}

/** Changes an agreement between two requests. Needs the control `catalog`. */
export interface CatalogStep {
  readonly catalog: 'suspend' | 'resume'
  /** Token of a license ARN. */
  readonly licenseArn: string
}

/** One HTTP request. Every member changes one thing of a good, signed BatchMeterUsage. */
export interface Plan {
  /** The body as JSON. Members that are `undefined` are left out. */
  readonly body?: Json
  /** The body as it is written here, tokens apart. */
  readonly text?: string
  /** The body as JSON would say it, written as CBOR. */
  readonly cbor?: Json
  /** The body as bytes. */
  readonly base64?: string
  /** The last bytes of the body are left out. */
  readonly cutBytes?: number
  /** Blanks follow the body until it has this many bytes. */
  readonly padToBytes?: number
  readonly method?: string
  /** Comes after the path of the endpoint. */
  readonly path?: string
  /** Headers that are set (or, with null, left out) before signing. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly sign?: Signing
}

export type KeyRole =
  | 'seller'
  | 'otherSeller'
  | 'temporary'
  | 'expired'
  | 'disabled'
  | 'restricted'
  | 'buyer'
  | 'buyerElsewhere'
  | 'buyerUnlabelled'
  | 'lapsedBuyer'
  | 'unknown'

export interface Signing {
  /** `none`: not signed at all. Default: `seller`. */
  readonly key?: KeyRole | 'none'
  readonly secret?: 'wrong'
  /** The session token sent in place of the key's own. */
  readonly token?: 'none' | 'altered' | 'invented'
  readonly region?: string
  readonly service?: string
  /** When it is signed, as in `-4m`. */
  readonly clock?: string
  /** Signed as if the body were this text. */
  readonly bodyOf?: string
  /** What is changed in a header once it is signed. */
  readonly edits?: readonly Edit[]
  /** Header lines that are added once it is signed. */
  readonly added?: readonly (readonly [name: string, value: string])[]
}

export interface Edit {
  readonly header: string
  /** Default: the whole value. */
  readonly find?: string
  /** null takes the header away. */
  readonly put: string | null
}

export type Status = 'Success' | 'CustomerNotSubscribed' | 'DuplicateRecord'

/** @property id Equal names are equal metering record ids, other names other ids, within the case. */
export interface ExpectedResult {
  readonly status: Status
  readonly id?: string
}

/** An answer that took the batch: one result a record, in order, each with its record echoed. */
export interface ExpectedResults {
  readonly results: readonly (Status | ExpectedResult)[]
}

export interface ExpectedError {
  /** `auth` is the status that the bindings name for errors of signature and rights. */
  readonly status: 400 | 404 | 409 | 413 | 'auth'
  readonly type: string
  /** Exact, or a pattern where the text holds what cannot be known. Absent: any. */
  readonly message?: string | RegExp
}

/** An answer of these members and no others, tokens replaced. */
export interface ExpectedAnswer {
  readonly answer: JsonObject
}

/** The report is held. Equal names are equal metering record ids, other names other ids, within the case. */
export interface ExpectedRecordId {
  readonly recordId: string
}

/** A signature of what was sent, that verifies against the published key of the version that was asked for. */
export interface ExpectedSignature {
  readonly signedBy: 'current' | 'rotated'
}

/** `first` is all that the first buyer of the bindings' contract product has, `first.0` the first of it. */
export type EntitlementRole = 'first' | 'second' | `${'first' | 'second'}.${number}`

/** An answer of entitlements, in whatever order. */
export interface ExpectedEntitlements {
  readonly entitlements: readonly EntitlementRole[]
  /** A page: so many of these, none of which an earlier step of the case has shown. Absent: all of them. */
  readonly count?: number
  /** Whether a NextToken comes along; `<next>` is what it was. Absent: none does. */
  readonly isMore?: true
}

export type Expected =
  | ExpectedResults
  | ExpectedAnswer
  | ExpectedRecordId
  | ExpectedSignature
  | ExpectedEntitlements
  | ExpectedError
