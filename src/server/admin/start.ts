/**
 * Opens the admin port. Its libraries are loaded here and not before, so that metering starts without them.
 */
import { openPort, type RunningPort } from '../app-port.ts'
import type { Listening } from '../listening.ts'
import type { AdminParts } from './parts.ts'

export type RunningAdmin = RunningPort

export async function startAdmin(parts: AdminParts, listening: Listening): Promise<RunningAdmin> {
  const { createAdminApp } = await import('./app.ts')
  return openPort(await createAdminApp(parts, listening.tls), listening)
}
