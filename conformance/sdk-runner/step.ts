/** A step of the script: what is asked of an SDK, and what must come of it. */
import type { Key } from '../bindings.ts'
import type { Status } from '../case.ts'

/** A request in the model's names; the timestamp in milliseconds, because each SDK has a time of its own. */
export interface SdkRequest {
  readonly ProductCode?: string
  readonly UsageRecords: readonly SdkRecord[]
}

/** A request of ResolveCustomer. */
export interface SdkResolve {
  readonly RegistrationToken: string
}

export interface SdkRecord {
  readonly TimestampMs: number
  readonly Dimension: string
  readonly Quantity: number
  readonly CustomerIdentifier?: string
  readonly CustomerAWSAccountId?: string
  readonly LicenseArn?: string
  readonly UsageAllocations?: readonly SdkAllocation[]
}

export interface SdkAllocation {
  readonly AllocatedUsageQuantity: number
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
}

/** A request of MeterUsage. */
export interface SdkReport {
  readonly ProductCode: string
  readonly TimestampMs: number
  readonly UsageDimension: string
  readonly UsageQuantity?: number
  readonly DryRun?: true
  readonly ClientToken?: string
  readonly UsageAllocations?: readonly SdkAllocation[]
}

/** A request of RegisterUsage. */
export interface SdkRegister {
  readonly ProductCode: string
  readonly PublicKeyVersion: number
  readonly Nonce?: string
}

export type BuyersRequest = SdkReport | SdkRegister

/** A request of GetEntitlements. */
export interface EntitlementsRequest {
  readonly ProductCode: string
  readonly Filter?: Readonly<Record<string, readonly string[]>>
  readonly MaxResults?: number
}

export type Wanted =
  /** @property id Equal names are equal ids, over all steps and all SDKs. */
  | { readonly results: readonly { readonly status: Status; readonly id?: string }[] }
  /** The members of an answer, and no others. */
  | { readonly answer: Readonly<Record<string, string>> }
  /** An answer of MeterUsage, under the same rule of names. */
  | { readonly recordId: string }
  /** A signature by the key of the step, of a version that is current or not. */
  | { readonly signedBy: 'current' | 'rotated' }
  /** All entitlements, over all pages: as AWS JSON has them, but for `ExpirationDateMs`. */
  | { readonly entitlements: readonly object[]; readonly pages: number }
  /** @property typed Whether the model has the error, and so the SDK a class for it. */
  | { readonly error: string; readonly typed: boolean }

/** What is asked, and what must come of it, wherever and by whichever key. */
export interface SdkQuestion {
  readonly name: string
  readonly operation:
    'BatchMeterUsage' | 'ResolveCustomer' | 'MeterUsage' | 'RegisterUsage' | 'GetEntitlements'
  readonly request: AnyRequest
  /** Of RegisterUsage: the published key of the version that is asked for. PEM. */
  readonly publicKey?: string
  readonly wanted: Wanted
}

export interface SdkStep extends SdkQuestion {
  readonly endpoint: string
  readonly credentials: Key
}

export type AnyRequest = SdkRequest | SdkResolve | BuyersRequest | EntitlementsRequest

/** A step as a part of the script writes it; without credentials the seller asks. */
export type Row = readonly [name: string, request: AnyRequest, wanted: Wanted, credentials?: Key]

export function typed(error: string): Wanted {
  return { error, typed: true }
}
