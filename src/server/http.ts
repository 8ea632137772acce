/**
 * The wire's listener: bodies with limits, health, answers, and a way out that answers what it took.
 *
 * Trusts     Nothing. Every stranger's connection, header and byte is bounded in number and in time
 *            here, before anything else sees it; a malformed request is answered and closed.
 * Limits     One body at most 1 MB (by profile), all bodies being read together bounded: over that a
 *            connection waits, and the time limit closes it. HTTP/1.1 only; TLS is optional.
 * Checked by http.test.ts over raw sockets, handle.fuzz.test.ts, and conformance/.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { refusal } from '../core/errors.ts'
import { type Answer, errorAnswer } from '../wire/answer.ts'
import { AWS_JSON, type RequestHead } from '../wire/protocol.ts'
import { protocolOf } from '../wire/protocols.ts'
import { BodyReader, type BodyLimits } from './body.ts'
import { Connections } from './connections.ts'
import type { Handle } from './handle.ts'
import type { IncomingRequest, RequestFacts, Service } from './service.ts'

export interface HttpLimits extends BodyLimits {
  readonly connectionsMax: number
  readonly headerBytesMax: number
  /** To send all headers; to send the whole request; between requests. */
  readonly headersMsMax: number
  readonly requestMsMax: number
  readonly keepAliveMs: number
}

export const HTTP_LIMITS: Omit<HttpLimits, 'bodyBytesRefused'> = {
  connectionsMax: 10_000,
  headerBytesMax: 16_384,
  headersMsMax: 10_000,
  requestMsMax: 30_000,
  keepAliveMs: 65_000,
  bodiesBytesMax: 64 * 1_048_576,
}

export interface Tls {
  readonly key: string | Buffer
  readonly cert: string | Buffer
}

/** Answers `GET /healthz` and `GET /readyz`; undefined for every other request. */
export type HealthAnswer = (
  method: string,
  target: string,
) => { readonly status: number; readonly body: string } | undefined

export interface WireListener {
  readonly server: Server
  /** Requests that were taken and not yet answered. */
  readonly inFlight: () => number
  /** From here on each answer is the last of its connection, so that callers come back by way of their balancer. */
  readonly drain: () => void
  /** Stops taking connections, answers what was taken, and closes the rest after `drainMsMax`. */
  close(drainMsMax: number): Promise<void>
}

/** What of a service the listener needs. */
export type ListenerParts = Pick<Service, 'profile' | 'newRequestId' | 'observer'>

/** How an answer goes out; a sandbox may cut, slow or garble it. @param closing It is to be the last of its connection. */
export type Deliver = (response: ServerResponse, answer: NumberedAnswer, closing: boolean) => void

export function createWireListener(
  service: ListenerParts,
  handle: Handle,
  health: HealthAnswer,
  limits: HttpLimits,
  tls?: Tls,
  deliver: Deliver = send,
): WireListener {
  const bodies = new BodyReader(limits)
  const connections = new Connections(service.newRequestId)
  let inFlight = 0
  let closing = false
  const answering = { service, handle, health, bodies }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    inFlight += 1
    try {
      await connections.owing(request, async () => {
        const answer = await answerTo(request, answering)
        if (answer !== undefined) deliver(response, answer, closing)
      })
    } finally {
      inFlight -= 1
    }
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    serve(request, response).catch((error: unknown) => {
      service.observer.failed({ requestId: '' }, error)
      response.destroy()
    })
  }
  const options = serverOptions(limits)
  const server = tls
    ? createTlsServer({ ...options, ...tls, handshakeTimeout: limits.headersMsMax }, onRequest)
    : createServer(options, onRequest)
  server.maxConnections = limits.connectionsMax
  // Ends who never takes an answer: the other limits bound what is being sent, and so come first.
  server.timeout = limits.requestMsMax + limits.keepAliveMs
  connections.watch(server, tls !== undefined)
  return {
    server,
    inFlight: () => inFlight,
    drain() {
      closing = true
    },
    close(drainMsMax) {
      closing = true
      return connections.close(drainMsMax)
    },
  }
}

function serverOptions(limits: HttpLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMsMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMsMax),
    noDelay: true,
    // Node's own answer has no request id and no JSON; without Host no signature is good anyway.
    requireHostHeader: false,
  }
}

interface Answering {
  readonly service: ListenerParts
  readonly handle: Handle
  readonly health: HealthAnswer
  readonly bodies: BodyReader
}

/** What `send` needs to know beside the answer. */
export type NumberedAnswer = Answer & {
  readonly requestId?: string
  readonly lastOnConnection?: boolean
}

async function answerTo(
  request: IncomingMessage,
  { service, handle, health, bodies }: Answering,
): Promise<NumberedAnswer | undefined> {
  const { method = '', url: target = '' } = request
  const healthy = health(method, target)
  if (healthy !== undefined) return healthy
  const facts: RequestFacts = { requestId: service.newRequestId() }
  const body = await bodies.read(request)
  if (body === 'gone') return undefined
  const startedMs = performance.now()
  const answer =
    body === 'tooLarge'
      ? errorAnswer(
          refusal('RequestEntityTooLargeException', 'the body is too large'),
          service.profile,
          protocolOf(headOf(request)),
        )
      : await handle(incomingOf(request, body), facts)
  service.observer.answered(facts, answer, (performance.now() - startedMs) / 1_000)
  return { ...answer, requestId: facts.requestId, lastOnConnection: body === 'tooLarge' }
}

function incomingOf(request: IncomingMessage, body: Buffer): IncomingRequest {
  const { method = '', rawHeaders, headers } = request
  return {
    ...headOf(request),
    method,
    rawHeaders,
    body,
    contentType: headers['content-type'],
    address: request.socket.remoteAddress ?? '',
    userAgent: headers['user-agent'] ?? '',
  }
}

function headOf({ url: target = '', headers }: IncomingMessage): RequestHead {
  const amzTarget = single(headers['x-amz-target'])
  return { target, amzTarget, smithyProtocol: single(headers['smithy-protocol']) }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function send(response: ServerResponse, answer: NumberedAnswer, closing: boolean): void {
  if (response.destroyed) return
  sendHead(response, answer, closing)
  // A text leaves in one write together with the head; a buffer would be a second one.
  response.end(answer.body)
}

export function sendHead(response: ServerResponse, answer: NumberedAnswer, closing: boolean): void {
  const { headers: spelled } = answer.protocol ?? AWS_JSON
  const headers = [...spelled, 'Content-Length', String(Buffer.byteLength(answer.body))]
  if (answer.requestId !== undefined) headers.push('x-amzn-RequestId', answer.requestId)
  if (answer.errorCode !== undefined) headers.push('x-amzn-ErrorType', answer.errorCode)
  if (closing || answer.lastOnConnection === true) headers.push('Connection', 'close')
  response.writeHead(answer.status, headers)
}
