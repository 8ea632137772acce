/** Opens the port of a Fastify application, and closes it in bounded time. */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Tls } from './http.ts'

export interface Listening {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls?: Tls
}

export interface RunningPort {
  /** `http://127.0.0.1:7071`, with the port that was really taken. */
  readonly endpoint: string
  /** Answers what was accepted, then closes the port; what is still open after `drainMsMax` is cut off. */
  close(drainMsMax?: number): Promise<void>
}

const DRAIN_MS_MAX = 2_000

export async function openPort(
  app: Pick<FastifyInstance, 'listen' | 'close' | 'server'>,
  { host, port, tls }: Listening,
): Promise<RunningPort> {
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
