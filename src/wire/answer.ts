/**
 * Answers as bytes: the status, the headers and the body that every SDK understands.
 *
 * Source     CONTRACT rules 44 to 51; CLIENTS.md items 5 to 7: a bare name in `__type`, because
 *            boto3 reads nothing else and the JavaScript SDK v2 breaks on a URL in it.
 */
import { ERRORS, type Refusal } from '../core/errors.ts'
import type { Profile } from '../core/profile.ts'

export interface Answer {
  readonly status: number
  /** The error's name, for headers, logs and metrics; absent on success. */
  readonly errorCode?: Refusal['code']
  readonly body: string
}

export const CONTENT_TYPE = 'application/x-amz-json-1.1'

export function success(body: string): Answer {
  return { status: 200, body }
}

export function errorAnswer(
  { code, message, httpStatus }: Pick<Refusal, 'code' | 'message' | 'httpStatus'>,
  profile: Pick<Profile, 'authStatus'>,
): Answer {
  const byTable = ERRORS[code].httpStatus
  const status = httpStatus ?? (byTable === 'auth' ? profile.authStatus : byTable)
  // Rule 46: AWS itself spells these two with a capital; every SDK reads both.
  const capital = code === 'SerializationException' || code === 'AccessDeniedException'
  const text = message === '' ? {} : capital ? { Message: message } : { message }
  return { status, errorCode: code, body: JSON.stringify({ __type: code, ...text }) }
}
