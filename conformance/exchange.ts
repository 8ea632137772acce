/**
 * Sends one planned request as bytes over node:http(s) and reads the answer.
 *
 * A connection of its own for each request, so that nothing a fault does to one can reach the next.
 */
import http from 'node:http'
import https from 'node:https'
import { encode } from 'cbor2'
import type { Json, Plan } from './case.ts'
import { signed } from './signing.ts'
import { resolveJson, resolveText, type Scope } from './tokens.ts'

export interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** Long enough for a megabyte over a slow line; an endpoint that hangs is told apart from one that answers. */
const ANSWER_MS_MAX = 20_000

/** @throws Unbound if the bindings lack a name or a key that the plan needs. */
export async function prepare(plan: Plan, scope: Scope, endpoint: URL): Promise<Sent> {
  const body = bodyOf(plan, scope)
  const url = new URL(endpoint)
  const [path = '', query = ''] = (plan.path ?? '/').split('?')
  url.pathname = url.pathname.replace(/\/$/, '') + path
  url.search = query
  const method = plan.method ?? 'POST'
  const headers = headersOf(plan, url, body)
  const bodyHashed = plan.headers?.['x-amz-content-sha256'] !== null
  return signed({ method, url, headers, body }, plan.sign ?? {}, bodyHashed, scope)
}

function bodyOf(plan: Plan, scope: Scope): Buffer {
  const whole = wholeBody(plan, scope)
  const cut = whole.subarray(0, whole.length - (plan.cutBytes ?? 0))
  const missing = (plan.padToBytes ?? 0) - cut.length
  return missing > 0 ? Buffer.concat([cut, Buffer.alloc(missing, ' ')]) : cut
}

function wholeBody(plan: Plan, scope: Scope): Buffer {
  if (plan.base64 !== undefined) return Buffer.from(plan.base64, 'base64')
  if (plan.text !== undefined) return Buffer.from(resolveText(plan.text, scope))
  if (plan.cbor !== undefined) return Buffer.from(encode(present(resolveJson(plan.cbor, scope))))
  return Buffer.from(JSON.stringify(resolveJson(plan.body, scope)))
}

/** CBOR has an `undefined` of its own; members that are one are left out, as in JSON. */
function present(value: Json): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)
}

function headersOf(plan: Plan, url: URL, body: Buffer): Sent['headers'] {
  const headers: Record<string, string | null> = {
    host: url.host,
    'content-type': 'application/x-amz-json-1.1',
    'content-length': String(body.length),
    'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage',
    ...plan.headers,
  }
  return Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null)
}

/** @throws if no answer came: the connection failed, or it was silent for too long. */
export function send(sent: Sent): Promise<Answer> {
  const { request } = sent.url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const outgoing = request(sent.url, {
      method: sent.method,
      headers: sent.headers.flat(),
      setHost: false,
      agent: false,
      timeout: ANSWER_MS_MAX,
    })
    let answered = false
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 20 seconds')))
    outgoing.on('error', (error) => {
      // A server may answer a body that is too large before it has read it all.
      if (!answered) reject(error)
    })
    outgoing.on('response', (incoming) => {
      answered = true
      const pieces: Buffer[] = []
      incoming.on('data', (piece: Buffer) => pieces.push(piece))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const { statusCode = 0, headers } = incoming
        resolve({ status: statusCode, headers, body: Buffer.concat(pieces) })
      })
    })
    outgoing.end(sent.body)
  })
}
