/**
 * What an error of the AWS SDK means for the records of the call.
 *
 * Source      The error table of `core`, whose `blames` says who is at fault; CONTRACT rules 48 and 60 to 77.
 * Checked by  failure.test.ts
 */
import { ERRORS, type ErrorCode } from '../core/errors.ts'

export interface Failure {
  /**
   * `record`: one or more records are bad, and halving finds them. `request`: all of its records share the fault.
   * `caller`: every other call would fare alike. `throttled`: nothing was taken. `unknown`: nobody can tell.
   */
  readonly kind: 'record' | 'request' | 'caller' | 'throttled' | 'unknown'
  readonly errorName: string
  readonly message: string
}

/** Names that other front ends of AWS have for a bad key or signature, and the SDK's own for having no key. */
const CALLER_ERRORS = new Set([
  'CredentialsProviderError',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'NotAuthorized',
  'OptInRequired',
  'RequestExpired',
  'SignatureDoesNotMatch',
])

const THROTTLES = new Set(['ThrottlingException', 'Throttling', 'TooManyRequestsException'])

export function failureOf(error: unknown): Failure {
  const status = statusOf(error)
  const errorName = nameOf(error, status)
  return { kind: kindOf(errorName, status), errorName, message: messageOf(error) }
}

function kindOf(errorName: string, status: number | undefined): Failure['kind'] {
  if (THROTTLES.has(errorName) || status === 429) return 'throttled'
  if (CALLER_ERRORS.has(errorName)) return 'caller'
  if (status === undefined || status >= 500 || status < 400) return 'unknown'
  if (isErrorCode(errorName)) {
    const { blames } = ERRORS[errorName]
    return blames === 'service' ? 'unknown' : blames
  }
  return status === 401 || status === 403 ? 'caller' : 'request'
}

/** Where AWS's front end refuses a size it may send no body, and so no name (rule 48). */
function nameOf(error: unknown, status: number | undefined): string {
  if (status === 413) return 'RequestEntityTooLargeException' satisfies ErrorCode
  return error instanceof Error ? error.name : 'Error'
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A refused connection comes as an AggregateError with an empty message and a code.
  return error.message || ('code' in error ? String(error.code) : error.name)
}

/** The status of the answer; undefined if there was none. The SDK hangs it on whatever it throws. */
function statusOf(error: unknown): number | undefined {
  const metadata = memberOf(error, '$metadata')
  const status = memberOf(metadata, 'httpStatusCode')
  return typeof status === 'number' ? status : undefined
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(ERRORS, name)
}
