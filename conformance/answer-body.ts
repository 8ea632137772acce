/**
 * Bodies in the protocol of their request: AWS JSON, or Smithy's RPC v2 over CBOR.
 *
 * Instants   In CBOR they must be tagged as such; whatever is not is shown as the text that it would then differ by.
 */
import { decode, Tag } from 'cbor2'
import { isObject, type Members } from './echo.ts'
import type { Answer, Sent } from './exchange.ts'

const AWS_JSON_HEADERS = { 'content-type': 'application/x-amz-json-1.1' }
const CBOR_HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }

const EPOCH_TAG = 1
const INSTANT = /(Date|Timestamp)$/

function isCbor({ headers }: Sent): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'smithy-protocol')
}

/** @returns Header values that every answer to this request must have. */
export function headersWanted(sent: Sent): Readonly<Record<string, string>> {
  return isCbor(sent) ? CBOR_HEADERS : AWS_JSON_HEADERS
}

export function readBody(sent: Sent, { body }: Answer): Members | undefined {
  try {
    const value: unknown = isCbor(sent) ? fromCbor(body) : JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function fromCbor(bytes: Buffer): unknown {
  return plain(decode(bytes, { ignoreGlobalTags: true }), '')
}

/** @param name Of the member that holds it. */
function plain(value: unknown, name: string): unknown {
  if (INSTANT.test(name)) return instantOf(value)
  if (Array.isArray(value)) return value.map((item) => plain(item, ''))
  if (!isObject(value) || value instanceof Tag) return value
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [member, plain(inner, member)]),
  )
}

function instantOf(value: unknown): unknown {
  const isTagged = value instanceof Tag && Number(value.tag) === EPOCH_TAG
  return isTagged ? value.contents : `${JSON.stringify(value)} without tag ${EPOCH_TAG}`
}

export function textOf({ headers, body }: Answer): string {
  return textOfBytes(body, headers['content-type'] === CBOR_HEADERS['content-type'])
}

export function requestText(sent: Sent): string {
  return textOfBytes(sent.body, isCbor(sent))
}

/** CBOR as bytes: it may be broken, and a report must not be. */
function textOfBytes(bytes: Buffer, isBinary: boolean): string {
  return shortened(isBinary ? `CBOR ${bytes.toString('hex')}` : bytes.toString('utf8'))
}

export function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
