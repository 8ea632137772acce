/** Opens the port of the pages for buyers. Its libraries are loaded here and not before, as the admin port's are. */
import { openPort, type RunningPort } from '../app-port.ts'
import type { Listening } from '../listening.ts'
import type { PurchaseParts } from './parts.ts'

export async function startPurchase(
  parts: PurchaseParts,
  listening: Listening,
): Promise<RunningPort> {
  const { createPurchaseApp } = await import('./app.ts')
  return openPort(await createPurchaseApp(parts, listening.tls), listening)
}
