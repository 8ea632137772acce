/**
 * Puts the parts of a running service together and opens its port. Whoever calls has opened the
 * stores, and closes them after this is closed.
 */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { Profile } from '../core/profile.ts'
import type { ControlStore } from '../store/control.ts'
import type { Ledger } from '../store/ledger.ts'
import { accessKeyLookup } from './access-keys.ts'
import { domainClock } from './clock.ts'
import { createHandler } from './handle.ts'
import {
  createWireListener,
  HTTP_LIMITS,
  type HealthAnswer,
  type HttpLimits,
  type Tls,
  type WireListener,
} from './http.ts'
import type { MasterKeyRing } from './keys/master-keys.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { batchMeterUsage } from './operations/batch-meter-usage.ts'
import { getEntitlements } from './operations/get-entitlements.ts'
import { meterUsage } from './operations/meter-usage.ts'
import { registerUsage } from './operations/register-usage.ts'
import { resolveCustomer } from './operations/resolve-customer.ts'
import { Quotas } from './quotas.ts'
import { registrationsOf } from './registrations.ts'
import { type Change, changeInMemory, registerUsageBy } from './usage-registrations.ts'
import type { Observer, Service } from './service.ts'
import { WAITING_BYTES_MAX, WaitingRecords } from './waiting.ts'

export interface ServiceParts {
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
  readonly health: HealthAnswer
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls?: Tls
  /** Turns the profile's quotas on. */
  readonly quotas: boolean
  /** Records that may wait for a commit, over all sellers; one may hold half. */
  readonly waitingMax: number
  /** Bytes of their bodies, likewise. */
  readonly waitingBytesMax?: number
  readonly connectionsMax: number
  /** Domain time, in milliseconds since 1970; the machine's unless a sandbox plays another. */
  readonly nowMs?: () => number
}

export interface RunningService {
  /** `http://127.0.0.1:7070`, with the port that was really taken. */
  readonly endpoint: string
  readonly listener: WireListener
  readonly waiting: WaitingRecords
  /** Still takes requests, each the last of its connection. */
  drain(): void
  /** Answers what was accepted; what is not answered in time is closed. */
  close(drainMsMax: number): Promise<void>
}

export async function startService(parts: ServiceParts): Promise<RunningService> {
  const service = createService(parts)
  const handle = createHandler(service, [
    batchMeterUsage(service),
    meterUsage(service),
    resolveCustomer(service),
    registerUsage(service, parts.masterKeys),
    getEntitlements(service, parts.masterKeys),
  ])
  const limits: HttpLimits = {
    ...HTTP_LIMITS,
    connectionsMax: parts.connectionsMax,
    bodyBytesRefused: parts.profile.bodyBytesRefused,
  }
  const listener = createWireListener(service, handle, parts.health, limits, parts.tls)
  await listen(listener, parts.host, parts.port)
  return {
    endpoint: endpointOf(listener, parts),
    listener,
    waiting: service.waiting,
    drain: listener.drain,
    close: (drainMsMax) => listener.close(drainMsMax),
  }
}

function createService(parts: ServiceParts): Service {
  const { profile, ledger, catalog, masterKeys, signingKeys, observer, nowMs = Date.now } = parts
  return {
    profile,
    regions: new Set(parts.regions),
    clock: domainClock(nowMs),
    machineNowMs: Date.now,
    catalog,
    keys: accessKeyLookup(catalog, masterKeys, signingKeys),
    freshen: parts.freshen ?? (() => undefined),
    ledger,
    registerUsage: registerUsageBy(parts.change ?? changeInMemory(parts.catalog)),
    registrations: registrationsOf(masterKeys, parts.tokenUses, profile),
    waiting: new WaitingRecords({
      records: parts.waitingMax,
      bytes: parts.waitingBytesMax ?? WAITING_BYTES_MAX,
    }),
    ...(parts.quotas && { quotas: new Quotas(profile.quotas, () => performance.now()) }),
    newRequestId: randomUUID,
    observer,
  }
}

function listen({ server }: WireListener, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function endpointOf({ server }: WireListener, { host, tls }: ServiceParts): string {
  const { port } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return `${tls ? 'https' : 'http'}://${name}:${port}`
}
