/** The port of the control API. */
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { endpointOf, listenOn, type Listening } from '../../server/listening.ts'
import { closeAtOnce } from '../close-at-once.ts'
import type { SandboxPort } from '../port.ts'
import { createControlApp, type ControlParts } from './app.ts'

const LIMITS = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 }
const CONNECTIONS_MAX = 500

export async function openControlPort(
  parts: ControlParts,
  listening: Listening,
): Promise<SandboxPort> {
  const { fetch } = createControlApp(parts)
  // Without options for HTTP/2 it makes no other kind.
  const server = createAdaptorServer({ fetch, serverOptions: LIMITS }) as Server
  server.maxConnections = CONNECTIONS_MAX
  await listenOn(server, listening)
  return {
    endpoint: endpointOf(server, listening),
    close: () => closeAtOnce(server),
  }
}
