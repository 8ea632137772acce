/**
 * Reads a body as JSON, as the AWS JSON protocol does.
 *
 * Trusts     Nothing. Bytes that are not UTF-8, are not JSON, or are not one object are a
 *            SerializationException (rule 62, D6). Of duplicate members the last counts.
 * Limits     What a list or an object costs to build is tens of times what its bytes cost as a text, and is the
 *            same beside as within another: so their number is bounded, and their depth by it.
 * Checked by json.test.ts, by fuzzing in server/, and by conformance/.
 */
import { isUtf8 } from 'node:buffer'
import { refuse } from './refused.ts'

/** What JSON.parse makes of an object; its members are still anything. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A body that is no longer is not looked at beforehand: whatever is in it, it costs a few milliseconds at most. */
const BODY_BYTES_UNCOUNTED = 65_536
/** A good request has one in 19 bytes at most: an allocation without tags, `{"AllocatedUsageQuantity":0,"Tags":[]},`. */
const BYTES_PER_CONTAINER_MIN = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACE = 0x7b

export function parseJsonObject(body: Buffer): JsonObject {
  if (!isUtf8(body)) refuse('SerializationException', 'the body is not UTF-8')
  if (isCrowded(body)) refuse('SerializationException', 'the body has too many lists and objects')
  const value = parse(body.toString('utf8'))
  if (!isJsonObject(value)) refuse('SerializationException', 'the body is not a JSON object')
  return value
}

const PLAIN: unknown = Object.prototype

export function isJsonObject(value: unknown): value is JsonObject {
  // CBOR has bytes, dates and tags besides.
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === PLAIN
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse('SerializationException', 'the body is not JSON')
  }
}

function isCrowded(body: Buffer): boolean {
  if (body.length <= BODY_BYTES_UNCOUNTED) return false
  return containersOf(body) * BYTES_PER_CONTAINER_MIN > body.length
}

/** How many lists and objects begin in a body; in one that is not JSON, about as many as a parser would meet. */
function containersOf(body: Buffer): number {
  let count = 0
  let isText = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (byte === QUOTE) isText = !isText
    else if (isText && byte === BACKSLASH) at++
    else if (!isText && (byte === BRACKET || byte === BRACE)) count++
  }
  return count
}
