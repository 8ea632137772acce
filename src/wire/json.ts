/**
 * Reads a body as JSON, as the AWS JSON protocol does.
 *
 * Trusts     Nothing. Bytes that are not UTF-8, are not JSON, or are not one object are a
 *            SerializationException (rule 62, D6). Of duplicate members the last counts.
 * Checked by json.test.ts, by fuzzing in server/, and by conformance/.
 */
import { isUtf8 } from 'node:buffer'
import { refuse } from './refused.ts'

/** What JSON.parse makes of an object; its members are still anything. */
export type JsonObject = Readonly<Record<string, unknown>>

export function parseJsonObject(body: Buffer): JsonObject {
  if (!isUtf8(body)) refuse('SerializationException', 'the body is not UTF-8')
  const value = parse(body.toString('utf8'))
  if (!isJsonObject(value)) refuse('SerializationException', 'the body is not a JSON object')
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse('SerializationException', 'the body is not JSON')
  }
}
