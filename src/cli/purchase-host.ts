/** The pages for buyers as part of a service: for purchase links, and in a demo with a marketplace and example sellers. */
import type { ProductEntry } from '../core/control-entries.ts'
import type { PurchaseSite } from '../server/admin/parts.ts'
import type { RunningPort } from '../server/app-port.ts'
import { type ExampleSellers, landingPathOf } from '../server/example-seller/sellers.ts'
import type { Tls } from '../server/http.ts'
import type { PurchaseParts } from '../server/purchase/parts.ts'
import { startPurchase } from '../server/purchase/start.ts'

export interface PurchaseSettings {
  readonly host: string
  readonly port: number
  /** The origin by which buyers reach it; absent: the port's own. */
  readonly origin?: string
  /** Of a demo. */
  readonly exampleKeys?: ExampleSellers['keys']
}

export interface RunningPurchase {
  readonly port: RunningPort
  /** What the admin API needs to make links. */
  readonly site: PurchaseSite
}

export async function openPurchase(
  parts: Omit<PurchaseParts, 'fulfilmentUrlOf' | 'demo'>,
  { host, port, origin, exampleKeys: keys }: PurchaseSettings,
  metering: ExampleSellers['metering'],
  tls: Tls | undefined,
): Promise<RunningPurchase> {
  let ownOrigin = ''
  const fulfilmentUrlOf = ({ seller }: ProductEntry) => {
    const path = keys && landingPathOf({ keys }, seller)
    return path === undefined ? undefined : `${ownOrigin}${path}`
  }
  const demo = keys && { keys, metering }
  const pages = { ...parts, fulfilmentUrlOf, ...(demo && { demo }) }
  const running = await startPurchase(pages, { host, port, ...(tls && { tls }) })
  ownOrigin = running.endpoint
  return { port: running, site: { origin: origin ?? ownOrigin, fulfilmentUrlOf } }
}
