/**
 * Requests and answers as people look at them: raw, but for secrets.
 *
 * Masked      Signatures, session tokens and registration tokens; a sandbox's are harmless, but what is shown gets pasted.
 * Cut         Long texts, so that what is kept stays small.
 * Checked by  shown.test.ts
 */
import { isUtf8 } from 'node:buffer'
import { withoutTokens } from '../server/masked-tokens.ts'
import { isSecretMember, withoutSecretMembers } from '../server/secret-members.ts'
import type { IncomingRequest } from '../server/service.ts'
import { RPC_V2_CBOR } from '../wire/rpc-v2-cbor.ts'
import type { ShownBody, ShownRequest } from './exchange.ts'

const TEXT_LENGTH_MAX = 65_536
const MASK = '(masked)'
/** Of headers, whatever programs call them. */
const SECRET_HEADER = /token|secret|cookie|authorization|password|signature|api-?key/i
/** Of members, and of the fields of a query or a form. */
const SECRET_FIELD = /^(?:x-amz-(?:security-token|signature)|x-amzn-marketplace-token)$/i
const SECRET_NAME = /(?:x-amz-security-token|x-amzn-marketplace-token)(?!=\(masked\))/i
/** From where one begins, so that a long text is gone through once. */
const FIELD = /(?<![^&?;\s"'])([^&?;\s"'=]{1,200})=([^&;\s"']*)/g
/** The name and password of a target that is a whole URL. */
const USER_INFO = /\/\/[^/?#\s@]*@/

export function shownRequest({ method, target, rawHeaders, body }: IncomingRequest): ShownRequest {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    headers.push([name, shownHeader(name, rawHeaders[index + 1] ?? '')])
  }
  return {
    method,
    target: cut(withoutFields(target.replace(USER_INFO, `//${MASK}@`))),
    headers,
    ...shownBody(body),
  }
}

function shownHeader(name: string, value: string): string {
  if (name.toLowerCase() === 'authorization') return shownAuthorization(value)
  return SECRET_HEADER.test(name) ? MASK : cut(withoutTokens(value))
}

/** What stands behind a signature goes with it: where one ends that is badly written, nobody knows. */
function shownAuthorization(value: string): string {
  if (!value.startsWith('AWS4-')) return `${/^\w{1,20} /.exec(value)?.[0] ?? ''}${MASK}`
  return cut(value.replace(/(?<=Signature\s*=)[^]*/i, MASK))
}

export function shownBody(body: Buffer): ShownBody {
  if (isUtf8(body)) return { body: cut(shownText(body.toString())) }
  const cbor = cborText(body)
  return cbor === undefined
    ? { body: `(${body.length} bytes)`, bodyEncoding: 'bytes' }
    : { body: cut(shownText(cbor)), bodyEncoding: 'cbor' }
}

function shownText(text: string): string {
  const shown = withoutFields(withoutSecretMembers(text))
  // As in the parts of a form that a browser sends, which have no end that is known here.
  const found = SECRET_NAME.exec(shown)
  return found === null ? shown : `${shown.slice(0, found.index)}${MASK}`
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

/** Also those whose names are written in percents, and tokens that stand anywhere else. */
function withoutFields(text: string): string {
  const masked = text.replace(FIELD, (field, name: string) =>
    isSecretField(name) ? `${name}=${MASK}` : field,
  )
  return withoutTokens(masked)
}

function isSecretField(name: string): boolean {
  const meant = decoded(name)
  return isSecretMember(meant) || SECRET_FIELD.test(meant)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** A copy: a part of a text holds on to the whole. */
function cut(text: string): string {
  if (text.length <= TEXT_LENGTH_MAX) return text
  const kept = Buffer.from(text.slice(0, TEXT_LENGTH_MAX)).toString()
  return `${kept}… (${text.length} characters)`
}
