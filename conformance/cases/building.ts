/** The good request that every case starts from, and the answers that many cases share. */
import type { Case, Expected, ExpectedError, Json, JsonObject, Plan, Status } from '../case.ts'

/** Refused only at the very end, because the buyer's agreement was cancelled: free to send, again and again. */
export const RECORD = {
  Timestamp: '<now-1h>',
  Dimension: '<dimension>',
  CustomerAWSAccountId: '<cancelled.account>',
  Quantity: 1,
} as const satisfies JsonObject

export const TAKEN: Expected = { results: ['CustomerNotSubscribed'] }

/** @param changes Members over {@link RECORD}'s; `undefined` takes one away. */
export function record(changes: JsonObject = {}): JsonObject {
  return { ...RECORD, ...changes }
}

export function batch(...records: readonly Json[]): JsonObject {
  return { UsageRecords: records, ProductCode: '<product>' }
}

export function licensed(...records: readonly Json[]): JsonObject {
  return { UsageRecords: records }
}

/** A record in hours that belong to this case alone (slots.ts). */
export function ownRecord(changes: JsonObject = {}, own = 'own'): JsonObject {
  return {
    Timestamp: `<${own}.hour+10m>`,
    Dimension: `<${own}.dimension>`,
    CustomerAWSAccountId: `<${own}.account>`,
    Quantity: 3,
    ...changes,
  }
}

/** A record under one of two licenses of a buyer, in an hour that belongs to this case alone. */
export function pairRecord(license: 'A' | 'B', changes: JsonObject = {}): JsonObject {
  return {
    Timestamp: '<pair.hour+10m>',
    Dimension: '<pair.dimension>',
    CustomerAWSAccountId: '<pair.account>',
    LicenseArn: `<pair.license${license}>`,
    Quantity: 3,
    ...changes,
  }
}

export function results(...statuses: readonly (Status | `${Status} ${string}`)[]): Expected {
  return {
    results: statuses.map((text) => {
      const [status, id] = text.split(' ')
      return { status: status as Status, ...(id === undefined ? {} : { id }) }
    }),
  }
}

/** Held by MeterUsage, under an id that is the same wherever the name is. */
export function held(recordId: string): Expected {
  return { recordId }
}

export function refused(type: string, message?: string | RegExp): ExpectedError {
  return { status: 400, type, ...(message === undefined ? {} : { message }) }
}

/** One constraint broken, in AWS's words. */
export function breach(value: string, path: string, constraint: string): ExpectedError {
  const text = `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`
  return refused('ValidationException', text)
}

/** A case of one request. */
export function once(
  facts: Omit<Case, 'steps' | 'name'>,
  name: string,
  send: Plan,
  expect: Expected,
): Case {
  return { ...facts, name, steps: [{ send, expect }] }
}
