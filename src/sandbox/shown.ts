/**
 * Requests and answers as people look at them: raw, but for secrets.
 *
 * Masked      Signatures, session tokens and registration tokens; a sandbox's are harmless, but what is shown gets pasted.
 * Cut         Long texts, so that what is kept stays small.
 * Checked by  shown.test.ts
 */
import { isUtf8 } from 'node:buffer'
import { isSecretMember, withoutSecretMembers } from '../server/secret-members.ts'
import type { IncomingRequest } from '../server/service.ts'
import { RPC_V2_CBOR } from '../wire/rpc-v2-cbor.ts'
import type { ShownBody, ShownRequest } from './exchange.ts'

const TEXT_LENGTH_MAX = 65_536
const MASK = '(masked)'
const MASKED_HEADERS = new Set(['x-amz-security-token', 'cookie', 'x-amzn-marketplace-token'])
const SIGNATURE = /(Signature=)[^,\s&]*/gi
/** As a query or a form has them. */
const SECRET_FIELD = /((?:x-amz-security-token|x-amzn-marketplace-token)=)[^&\s]*/gi

export function shownRequest({ method, target, rawHeaders, body }: IncomingRequest): ShownRequest {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    headers.push([name, shownHeader(name, rawHeaders[index + 1] ?? '')])
  }
  return {
    method,
    target: cut(withoutFields(target)),
    headers,
    ...shownBody(body),
  }
}

function shownHeader(name: string, value: string): string {
  if (MASKED_HEADERS.has(name.toLowerCase())) return MASK
  return name.toLowerCase() === 'authorization'
    ? cut(value.replace(SIGNATURE, `$1${MASK}`))
    : cut(value)
}

export function shownBody(body: Buffer): ShownBody {
  if (isUtf8(body)) return { body: cut(withoutFields(withoutSecretMembers(body.toString()))) }
  const cbor = cborText(body)
  return cbor === undefined
    ? { body: `(${body.length} bytes)`, bodyEncoding: 'bytes' }
    : { body: cut(withoutFields(withoutSecretMembers(cbor))), bodyEncoding: 'cbor' }
}

/** As JSON; undefined if it is no CBOR that an operation would read. */
function cborText(body: Buffer): string | undefined {
  try {
    return JSON.stringify(RPC_V2_CBOR.read(body), shownValue)
  } catch {
    return undefined
  }
}

/** What JSON has no way to say. Bytes may spell a token, and say themselves what they are as JSON: so it is the member that is looked at. */
function shownValue(this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
  if (isSecretMember(name)) return MASK
  const member = this[name]
  if (typeof member === 'bigint') return String(member)
  return ArrayBuffer.isView(member) ? `(${member.byteLength} bytes)` : value
}

function withoutFields(text: string): string {
  return text.replace(SIGNATURE, `$1${MASK}`).replace(SECRET_FIELD, `$1${MASK}`)
}

function cut(text: string): string {
  if (text.length <= TEXT_LENGTH_MAX) return text
  return `${text.slice(0, TEXT_LENGTH_MAX)}… (${text.length} characters)`
}
