/**
 * Puts the parts of a running service together and opens its port. Whoever calls has opened the
 * stores, and closes them after this is closed.
 */
import type { BodyLog } from './bodies/body-log.ts'
import { keepingBodies } from './bodies/keeping.ts'
import { createService, operationsOf, type WiringParts } from './create-service.ts'
import { createHandler } from './handle.ts'
import {
  createWireListener,
  HTTP_LIMITS,
  type HealthAnswer,
  type HttpLimits,
  type WireListener,
} from './http.ts'
import { endpointOf, listenOn, type Listening } from './listening.ts'
import type { WaitingRecords } from './waiting.ts'

export interface ServiceParts extends WiringParts, Listening {
  readonly health: HealthAnswer
  readonly connectionsMax: number
  /** Keeps requests and answers whole; absent, as it is by default: nothing does. */
  readonly bodyLog?: Pick<BodyLog, 'keep'>
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
  const plain = createHandler(service, operationsOf(service, parts.masterKeys))
  const handle = parts.bodyLog === undefined ? plain : keepingBodies(plain, parts.bodyLog)
  const limits: HttpLimits = {
    ...HTTP_LIMITS,
    connectionsMax: parts.connectionsMax,
    bodyBytesRefused: parts.profile.bodyBytesRefused,
  }
  const listener = createWireListener(service, handle, parts.health, limits, parts.tls)
  await listenOn(listener.server, parts)
  return {
    endpoint: endpointOf(listener.server, parts),
    listener,
    waiting: service.waiting,
    drain: listener.drain,
    close: (drainMsMax) => listener.close(drainMsMax),
  }
}
