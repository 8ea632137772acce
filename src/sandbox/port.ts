/** The wire's port of a sandbox: the same listener as the service's, with answers that a fault may have changed. */
import { randomUUID } from 'node:crypto'
import { AWS_2025 } from '../core/profile.ts'
import type { Handle } from '../server/handle.ts'
import { createWireListener, HTTP_LIMITS } from '../server/http.ts'
import { endpointOf, listenOn, type Listening } from '../server/listening.ts'
import { closeAtOnce } from './close-at-once.ts'
import { deliver } from './faults/delivery.ts'
import { QUIET } from './quiet.ts'

export interface SandboxPort {
  /** `http://127.0.0.1:7070`, with the port that was really taken. */
  readonly endpoint: string
  /** Ends every connection at once. */
  close(): Promise<void>
}

const CONNECTIONS_MAX = 1_000

export async function openWirePort(handle: Handle, listening: Listening): Promise<SandboxPort> {
  const { server } = createWireListener(
    { profile: AWS_2025, newRequestId: randomUUID, observer: QUIET },
    handle,
    healthOf,
    {
      ...HTTP_LIMITS,
      connectionsMax: CONNECTIONS_MAX,
      bodyBytesRefused: AWS_2025.bodyBytesRefused,
    },
    undefined,
    deliver,
  )
  await listenOn(server, listening)
  return {
    endpoint: endpointOf(server, listening),
    close: () => closeAtOnce(server),
  }
}

function healthOf(method: string, target: string) {
  const isAsked = method === 'GET' && (target === '/healthz' || target === '/readyz')
  return isAsked ? { status: 200, body: '{"status":"ok"}' } : undefined
}
