/**
 * A request and its answer as one line, for who turned that on: bodies as they came, and no header that opens a door.
 *
 * Left out    Signatures, session tokens and all other headers but content type and target.
 * Masked      Registration tokens: the member that carries one, and whatever is shaped like one wherever it stands.
 * Checked by  body-line.test.ts
 */
import type { Answer } from '../../wire/answer.ts'
import { withoutTokens } from '../masked-tokens.ts'
import { registrationTokenId } from '../registration-tokens.ts'
import { withoutSecretMembers } from '../secret-members.ts'
import type { IncomingRequest, RequestFacts } from '../service.ts'

export interface Exchange {
  readonly atMs: number
  readonly request: Pick<
    IncomingRequest,
    'method' | 'target' | 'contentType' | 'amzTarget' | 'address' | 'userAgent' | 'body'
  >
  readonly facts: RequestFacts
  readonly answer: Pick<Answer, 'status' | 'errorCode' | 'body'>
}

export function bodyLine({ atMs, request, facts, answer }: Exchange): string {
  const { method, target, contentType, amzTarget, address, userAgent } = request
  const head = { method, contentType, amzTarget, address }
  const said = { target: withoutTokens(pathOf(target)), userAgent: withoutTokens(userAgent) }
  const line = {
    time: new Date(atMs).toISOString(),
    requestId: facts.requestId,
    operation: facts.operation,
    account: facts.signer?.account,
    accessKeyId: facts.signer?.accessKeyId,
    request: { ...head, ...said, ...shown(request.body) },
    answer: { status: answer.status, errorCode: answer.errorCode, ...shown(answer.body) },
  }
  return `${JSON.stringify(line)}\n`
}

/** A query may hold a signature. */
function pathOf(target: string): string {
  return target.split('?')[0] ?? ''
}

/** Text as it came, but for tokens; bytes that are no text as base64. */
function shown(body: string | Uint8Array): object {
  if (typeof body === 'string') return { body: maskedText(body) }
  const bytes = Buffer.from(body)
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? { body: maskedText(text) } : shownBytes(bytes)
}

/** Base64 is shaped as a token is, so it is the bytes themselves that are looked at. */
function shownBytes(bytes: Buffer): object {
  const text = bytes.toString('latin1')
  if (withoutTokens(text) === text) return { bodyBase64: bytes.toString('base64') }
  return { bodyBytes: bytes.length, isMasked: true }
}

function maskedText(text: string): string {
  const plain = text.includes('\\') ? unescaped(text) : text
  const named = withoutSecretMembers(
    plain,
    (value) => `[registration token ${registrationTokenId(value)}]`,
  )
  return withoutTokens(named)
}

/** A backslash that is one; a letter, or another mark, as JSON may write it too. */
const ESCAPE = /\\\\|\\u00([0-9a-fA-F]{2})|\\\//g
const TOKEN_LETTER = /[A-Za-z0-9+/=%_-]/

/** Only letters that a token may have, so that it stays the JSON that it is. */
function unescaped(text: string): string {
  return text.replace(ESCAPE, (escape, code: string | undefined) => {
    if (escape === '\\/') return '/'
    const letter = code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16))
    return TOKEN_LETTER.test(letter) ? letter : escape
  })
}
