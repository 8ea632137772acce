/**
 * Answers as bytes: the status, the headers and the body that every SDK understands.
 *
 * Source     CONTRACT rules 44 to 51; CLIENTS.md items 5 to 7: a bare name in `__type`, because
 *            boto3 reads nothing else and the JavaScript SDK v2 breaks on a URL in it.
 */
import { ERRORS, type Refusal } from '../core/errors.ts'
import type { Profile } from '../core/profile.ts'
import { AWS_JSON, type Protocol } from './protocol.ts'

export interface Answer {
  readonly status: number
  /** The error's name, for headers, logs and metrics; absent on success. */
  readonly errorCode?: Refusal['code']
  readonly body: string | Buffer
  /** How the body is written, and what the headers say of that; AWS JSON if absent. */
  readonly protocol?: Protocol
}

type StatusProfile = Pick<Profile, 'authStatus' | 'idempotencyConflictStatus'>

export function success(protocol: Protocol, answer: object): Answer {
  return { status: 200, body: protocol.write(answer), protocol }
}

export function errorAnswer(
  { code, message, httpStatus }: Pick<Refusal, 'code' | 'message' | 'httpStatus'>,
  profile: StatusProfile,
  protocol = AWS_JSON,
): Answer {
  const status = httpStatus ?? statusOf(code, profile)
  // Rule 46: AWS itself spells these two with a capital in JSON; every SDK reads both.
  const capital = protocol === AWS_JSON && CAPITAL_MESSAGE.has(code)
  const text = message === '' ? {} : capital ? { Message: message } : { message }
  return { status, errorCode: code, body: protocol.write({ __type: code, ...text }), protocol }
}

function statusOf(
  code: Refusal['code'],
  { authStatus, idempotencyConflictStatus }: StatusProfile,
): number {
  const status = ERRORS[code].httpStatus
  if (status === 'auth') return authStatus
  return status === 'token' ? idempotencyConflictStatus : status
}

const CAPITAL_MESSAGE = new Set<Refusal['code']>([
  'SerializationException',
  'AccessDeniedException',
])
