/**
 * BatchMeterUsage requests as bytes ready for a socket, signed like an SDK signs them.
 *
 * Limits     One signature date for all that a signer makes: good for five minutes either way. The secret
 *            is the caller's own; nothing here verifies anything.
 */
import { createHash, createHmac } from 'node:crypto'
import { deriveSigningKey } from '../src/wire/sigv4/index.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Makes a whole HTTP request out of a body. */
export type SignRequest = (body: string) => Buffer

const REGION = 'us-east-1'
const SERVICE = 'aws-marketplace'
const TARGET = 'AWSMPMeteringService.BatchMeterUsage'
const TYPE = 'application/x-amz-json-1.1'
const HEADERS_SIGNED = 'content-type;host;x-amz-date;x-amz-target'

/** @param host With the port, as the `Host` header has it. */
export function requestSigner(
  { accessKeyId, secretAccessKey }: Credentials,
  host: string,
  atMs = Date.now(),
): SignRequest {
  const amzDate = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const date = amzDate.slice(0, 8)
  const scope = `${date}/${REGION}/${SERVICE}/aws4_request`
  const key = deriveSigningKey(secretAccessKey, { date, region: REGION, service: SERVICE })
  const headers = `content-type:${TYPE}\nhost:${host}\nx-amz-date:${amzDate}\nx-amz-target:${TARGET}\n`
  return (body) => {
    const canonical = `POST\n/\n\n${headers}\n${HEADERS_SIGNED}\n${sha256(body)}`
    const toSign = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`
    const signature = createHmac('sha256', key).update(toSign).digest('hex')
    return Buffer.from(
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${TYPE}\r\nX-Amz-Date: ${amzDate}\r\n` +
        `X-Amz-Target: ${TARGET}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, ` +
        `SignedHeaders=${HEADERS_SIGNED}, Signature=${signature}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
