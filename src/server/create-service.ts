/** Wires a service: the members that requests need, from the parts that differ between uses. */
import { randomUUID } from 'node:crypto'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { Profile } from '../core/profile.ts'
import type { ControlStore } from '../store/control.ts'
import type { Ledger } from '../store/ledger.ts'
import { accessKeyLookup } from './access-keys.ts'
import { type SignatureClocks, verifyingWith } from './authenticate.ts'
import { domainClock } from './clock.ts'
import type { MasterKeyRing } from './keys/master-keys.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { batchMeterUsage } from './operations/batch-meter-usage.ts'
import { getEntitlements } from './operations/get-entitlements.ts'
import { meterUsage } from './operations/meter-usage.ts'
import { registerUsage } from './operations/register-usage.ts'
import { resolveCustomer } from './operations/resolve-customer.ts'
import { Quotas } from './quotas.ts'
import { registrationsOf } from './registrations.ts'
import type { Observer, Operation, Service } from './service.ts'
import { type Change, changeInMemory, registerUsageBy } from './usage-registrations.ts'
import { WAITING_BYTES_MAX, WaitingRecords } from './waiting.ts'

export interface WiringParts {
  readonly profile: Profile
  readonly regions: readonly string[]
  readonly ledger: Ledger
  readonly catalog: CatalogIndex
  /** What keeps the catalog fresh; without it, it is taken as it is. */
  readonly freshen?: Service['freshen']
  /** What keeps usage that is registered; without it, it is kept in memory alone. */
  readonly change?: Change
  readonly masterKeys: MasterKeyRing
  /** Counts uses of registration tokens, where the profile bounds them. */
  readonly tokenUses: Pick<ControlStore, 'useToken'>
  readonly signingKeys: SigningKeys
  readonly observer: Observer
  /** Turns the profile's quotas on. */
  readonly quotas: boolean
  /** Records that may wait for a commit, over all sellers; one may hold half. */
  readonly waitingMax: number
  /** Bytes of their bodies, likewise. */
  readonly waitingBytesMax?: number
  /** Domain time, in milliseconds since 1970; the machine's unless a sandbox plays another. */
  readonly nowMs?: () => number
  /** Effort time, which quotas go by, in milliseconds from any instant on. */
  readonly machineNowMs?: () => number
  /** The machine's alone unless it is a sandbox. */
  readonly signatureClocks?: SignatureClocks
}

export function createService(parts: WiringParts): Service {
  const { profile, ledger, catalog, masterKeys, signingKeys, observer, nowMs = Date.now } = parts
  const effortNowMs = parts.machineNowMs ?? (() => performance.now())
  return {
    profile,
    regions: new Set(parts.regions),
    clock: domainClock(nowMs),
    catalog,
    authenticate: verifyingWith(
      accessKeyLookup(catalog, masterKeys, signingKeys),
      parts.signatureClocks ?? [Date.now],
    ),
    freshen: parts.freshen ?? (() => undefined),
    ledger,
    registerUsage: registerUsageBy(parts.change ?? changeInMemory(parts.catalog)),
    registrations: registrationsOf(masterKeys, parts.tokenUses, profile),
    waiting: new WaitingRecords({
      records: parts.waitingMax,
      bytes: parts.waitingBytesMax ?? WAITING_BYTES_MAX,
    }),
    ...(parts.quotas && { quotas: new Quotas(profile.quotas, effortNowMs) }),
    newRequestId: randomUUID,
    observer,
  }
}

/** Every operation that a service serves. */
export function operationsOf(service: Service, masterKeys: MasterKeyRing): readonly Operation[] {
  return [
    batchMeterUsage(service),
    meterUsage(service),
    resolveCustomer(service),
    registerUsage(service, masterKeys),
    getEntitlements(service, masterKeys),
  ]
}
