/**
 * Signs requests for tests, with nothing of the verifier's: it knows plain paths and plain headers only, so a
 * mistake in one is not repeated in the other. worked-cases.test.ts checks it against a published signature.
 */
import { createHash, createHmac } from 'node:crypto'
import type { SignedRequest } from './verify.ts'

export const ACCESS_KEY_ID = 'AKIDEXAMPLE'
export const SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const NOW_MS = Date.parse('2026-11-23T15:30:00Z')

export interface Signing {
  readonly method?: string
  readonly target?: string
  /** Beside host and x-amz-date. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly region?: string
  readonly service?: string
  readonly terminator?: string
  /** ISO 8601, basic format. */
  readonly at?: string
  /** YYYYMMDD; the day of `at` unless it is wrong on purpose. */
  readonly day?: string
  /** Sent, but not signed. */
  readonly unsigned?: readonly string[]
}

export const BATCH_METER_USAGE = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage',
}

export function signRequest(signing: Signing = {}): SignedRequest {
  const at = signing.at ?? '20261123T153000Z'
  const { method = 'POST', target = '/', body = '{"UsageRecords":[]}' } = signing
  const headers: Record<string, string> = {
    host: 'metering.example:7070',
    'x-amz-date': at,
    ...(signing.headers ?? BATCH_METER_USAGE),
  }
  if (signing.sessionToken !== undefined) headers['x-amz-security-token'] = signing.sessionToken
  const names = Object.keys(headers)
    .filter((name) => signing.unsigned?.includes(name) !== true)
    .sort()
  const [path = '', query = ''] = target.split('?')
  const lines = names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('')
  const canonical = [method, path, query, lines, names.join(';'), sha256(body)].join('\n')
  const authorization = authorize(signing, at, names.join(';'), canonical)
  return {
    method,
    target,
    rawHeaders: [...Object.entries(headers).flat(), 'Authorization', authorization],
    body: Buffer.from(body),
  }
}

function authorize(signing: Signing, at: string, names: string, canonical: string): string {
  const day = signing.day ?? at.slice(0, 8)
  const { region = 'us-east-1', service = 'aws-marketplace', terminator = 'aws4_request' } = signing
  let key: Buffer | string = `AWS4${signing.secretAccessKey ?? SECRET_ACCESS_KEY}`
  for (const step of [day, region, service, terminator]) key = hmac(key, step)
  const scope = `${day}/${region}/${service}/${terminator}`
  const stringToSign = ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')
  const credential = `${signing.accessKeyId ?? ACCESS_KEY_ID}/${scope}`
  const signature = hmac(key, stringToSign).toString('hex')
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`
}

/** The same request with one header's value replaced, removed (undefined) or, if it was not there, added. */
export function withHeader(
  request: SignedRequest,
  name: string,
  value: string | undefined,
): SignedRequest {
  const kept: string[] = []
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [header = '', old = ''] = request.rawHeaders.slice(index, index + 2)
    if (header.toLowerCase() !== name.toLowerCase()) kept.push(header, old)
  }
  return { ...request, rawHeaders: value === undefined ? kept : [...kept, name, value] }
}

export function headerOf(request: SignedRequest, name: string): string {
  const index = request.rawHeaders.findIndex(
    (text, at) => at % 2 === 0 && text.toLowerCase() === name.toLowerCase(),
  )
  return request.rawHeaders[index + 1] ?? ''
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
