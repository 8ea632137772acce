/** Opens the port of a Fastify application, and closes it in bounded time. */
import type { FastifyInstance } from 'fastify'
import { endpointOf, type Listening } from './listening.ts'

export interface RunningPort {
  /** `http://127.0.0.1:7071`, with the port that was really taken. */
  readonly endpoint: string
  /** Answers what was accepted, then closes the port; what is still open after `drainMsMax` is cut off. */
  close(drainMsMax?: number): Promise<void>
}

const DRAIN_MS_MAX = 2_000

export async function openPort(
  app: Pick<FastifyInstance, 'listen' | 'close' | 'server'>,
  listening: Listening,
): Promise<RunningPort> {
  const { host, port } = listening
  await app.listen({ host, port })
  return {
    endpoint: endpointOf(app.server, listening),
    async close(drainMsMax = DRAIN_MS_MAX) {
      const force = setTimeout(() => {
        app.server.closeAllConnections()
      }, drainMsMax)
      await app.close()
      clearTimeout(force)
    },
  }
}
