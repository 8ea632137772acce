/**
 * Distinct BatchMeterUsage requests, signed before the clock starts, as bytes ready for a socket.
 *
 * Each record has an hour key of its own: a permutation walks the keys of one hour in random order,
 * then those of the hour before, as far back as the window allows. Signatures are good for 5 minutes.
 */
import { createHash, createHmac } from 'node:crypto'
import { deriveSigningKey } from '../src/wire/sigv4/index.ts'

export interface Caller {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly productCode: string
  /** The first buyer's account, as a number; the others follow it. */
  readonly firstBuyer: number
}

export interface KeySpace {
  readonly buyers: number
  readonly dimensions: number
  /** Records a request, at most 25. */
  readonly recordsPerRequest: number
}

const REGION = 'us-east-1'
const HOUR_MS = 3_600_000
const HEADERS_SIGNED = 'content-type;host;x-amz-date;x-amz-target'
/** The oldest hour of six is partly out of the window already. */
export const HOURS_OPEN = 5

/** How many distinct records there are before a key comes twice. */
export function recordsAvailable({ buyers, dimensions }: KeySpace): number {
  return buyers * dimensions * HOURS_OPEN
}

/**
 * Makes `count` requests, the first of them number `from`.
 *
 * @throws RangeError when the key space has no fresh keys left.
 */
export function signedRequests(
  caller: Caller,
  space: KeySpace,
  host: string,
  from: number,
  count: number,
): Buffer[] {
  if ((from + count) * space.recordsPerRequest > recordsAvailable(space)) {
    throw new RangeError('the key space is too small for so many requests')
  }
  const sign = signer(caller, host)
  return Array.from({ length: count }, (_, index) => sign(bodyOf(caller, space, from + index)))
}

function bodyOf({ productCode, firstBuyer }: Caller, space: KeySpace, request: number): string {
  const { buyers, dimensions, recordsPerRequest } = space
  const keysPerHour = buyers * dimensions
  const nowMs = Date.now()
  const records = Array.from({ length: recordsPerRequest }, (_, index) => {
    const serial = request * recordsPerRequest + index
    const key = permuted(serial % keysPerHour, keysPerHour)
    const hoursBack = Math.floor(serial / keysPerHour)
    return {
      Timestamp: (nowMs - hoursBack * HOUR_MS) / 1_000,
      Dimension: `dimension-${key % dimensions}`,
      Quantity: (serial * 7_919) % 1_000_000,
      CustomerAWSAccountId: String(firstBuyer + Math.floor(key / dimensions)),
    }
  })
  return JSON.stringify({ UsageRecords: records, ProductCode: productCode })
}

/** A fixed permutation of 0..size-1: neighbours in time are strangers in the key space. */
function permuted(index: number, size: number): number {
  // A prime that divides no size used here; BigInt-free, since index * PRIME stays below 2^53.
  return (index * 2_654_435_761) % size
}

function signer({ accessKeyId, secretAccessKey }: Caller, host: string): (body: string) => Buffer {
  const amzDate = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const date = amzDate.slice(0, 8)
  const scope = `${date}/${REGION}/aws-marketplace/aws4_request`
  const key = deriveSigningKey(secretAccessKey, {
    date,
    region: REGION,
    service: 'aws-marketplace',
  })
  const target = 'AWSMPMeteringService.BatchMeterUsage'
  const type = 'application/x-amz-json-1.1'
  return (body) => {
    const headers = `content-type:${type}\nhost:${host}\nx-amz-date:${amzDate}\nx-amz-target:${target}\n`
    const canonical = `POST\n/\n\n${headers}\n${HEADERS_SIGNED}\n${sha256(body)}`
    const toSign = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`
    const signature = createHmac('sha256', key).update(toSign).digest('hex')
    return Buffer.from(
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nX-Amz-Date: ${amzDate}\r\n` +
        `X-Amz-Target: ${target}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, ` +
        `SignedHeaders=${HEADERS_SIGNED}, Signature=${signature}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
