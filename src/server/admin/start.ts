/**
 * Opens the admin port. Its libraries are loaded here and not before, so that metering starts without them.
 */
import type { AddressInfo } from 'node:net'
import type { Tls } from '../http.ts'
import type { AdminParts } from './app.ts'

export interface AdminListening {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls?: Tls
}

export interface RunningAdmin {
  /** `http://127.0.0.1:7071`, with the port that was really taken. */
  readonly endpoint: string
  /** Answers what was accepted, then closes the port; what is still open after `drainMsMax` is cut off. */
  close(drainMsMax?: number): Promise<void>
}

const DRAIN_MS_MAX = 2_000

export async function startAdmin(
  parts: AdminParts,
  { host, port, tls }: AdminListening,
): Promise<RunningAdmin> {
  const { createAdminApp } = await import('./app.ts')
  const app = await createAdminApp(parts, tls)
  await app.listen({ host, port })
  const address = app.server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return {
    endpoint: `${tls ? 'https' : 'http'}://${name}:${address.port}`,
    async close(drainMsMax = DRAIN_MS_MAX) {
      const force = setTimeout(() => {
        app.server.closeAllConnections()
      }, drainMsMax)
      await app.close()
      clearTimeout(force)
    },
  }
}
