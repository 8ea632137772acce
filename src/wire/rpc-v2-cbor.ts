/**
 * Smithy's RPC v2 over CBOR, which the newest Go SDK speaks to the Entitlement Service (rules 16 and 156).
 *
 * Trusts     Nothing. Whatever is not one well-formed item is a SerializationException, as bad JSON is: what is cut off, follows
 *            behind, nests too deep, is not UTF-8, or has keys that are no texts. Of duplicate keys the last counts.
 * Limits     Decoding costs up to half a microsecond a byte, on the thread that meters, so bodies are far smaller here than in
 *            JSON: 65,536 bytes held it for 30 ms.
 * Checked by rpc-v2-cbor.test.ts, and by the Go SDK in conformance/
 */
import { decode, type DecodeOptions, encode, encodedNumber, TypeEncoderMap } from 'cbor2'
import { EpochSeconds } from './epoch-seconds.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import type { Protocol, RequestHead } from './protocol.ts'
import { refuse } from './refused.ts'

export const CBOR_BYTES_MAX = 8_192
/** No operation's request nests deeper than five. */
const DEPTH_MAX = 16

const NAME = 'rpc-v2-cbor'
const CONTENT_TYPE = /^application\/cbor\s*(;|$)/i
/** It may follow a prefix of the endpoint, and a query may follow it. */
const PATH = /\/service\/(\w+)\/operation\/(\w+)$/

const OPTIONS: DecodeOptions = {
  maxDepth: DEPTH_MAX,
  ignoreGlobalTags: true,
  createObject(pairs) {
    return Object.fromEntries(
      pairs.map(([key, value]) => {
        if (typeof key !== 'string') throw new TypeError('a key is no text')
        return [key, value]
      }),
    )
  },
}

/** Tag 1, and always a whole float: readers may compute with a short one in its own precision. */
const ENCODERS = new TypeEncoderMap()
ENCODERS.registerEncoder(EpochSeconds, ({ seconds }) => [1, encodedNumber(seconds, 'f64')])

export const RPC_V2_CBOR: Protocol = {
  name: 'rpcV2Cbor',
  headers: ['Content-Type', 'application/cbor', 'Smithy-Protocol', NAME],
  isSpokenIn: (contentType) => contentType !== undefined && CONTENT_TYPE.test(contentType),
  targetOf,
  read,
  write: (answer) => Buffer.from(encode(answer, { types: ENCODERS })),
}

export function isRpcV2Cbor({ smithyProtocol }: RequestHead): boolean {
  return smithyProtocol === NAME
}

/** A target beside the path would name the operation twice, and Smithy forbids it. */
function targetOf({ target, amzTarget }: RequestHead): string | undefined {
  if (amzTarget !== undefined) return undefined
  const [, service, operation] = PATH.exec(target.split('?', 1)[0] ?? '') ?? []
  return service === undefined || operation === undefined ? undefined : `${service}.${operation}`
}

function read(body: Buffer): JsonObject {
  if (body.length > CBOR_BYTES_MAX) {
    refuse('SerializationException', `the body has more than ${CBOR_BYTES_MAX} bytes of CBOR`)
  }
  const value = decoded(body)
  if (!isJsonObject(value)) refuse('SerializationException', 'the body is not a CBOR map')
  return value
}

function decoded(body: Buffer): unknown {
  try {
    return decode(body, OPTIONS)
  } catch {
    // Whatever it throws, it throws for what is in the body.
    return refuse('SerializationException', 'the body is not CBOR')
  }
}
