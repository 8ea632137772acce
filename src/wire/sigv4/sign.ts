/**
 * Signs a request of ours as an SDK would: for a demo's example seller, whose start must not wait for an SDK.
 *
 * Limits      A POST without a query, with a key that has no session token.
 * Checked by  sign.test.ts, by the verifier and by the official signer
 */
import { hash } from 'node:crypto'
import { writeCanonicalRequest } from './canonical-request.ts'
import { ALGORITHM, deriveSigningKey, signatureOf, TERMINATOR } from './signing-key.ts'
import { formatBasic } from './signing-time.ts'

export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface UnsignedPost {
  readonly url: URL
  /** Beside host and date. Lower-case names; all are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SigningScope {
  readonly region: string
  readonly service: string
}

/** @returns The headers to send, but for `host`, which whoever sends it adds. */
export function signPost(
  { url, headers, body }: UnsignedPost,
  { accessKeyId, secretAccessKey }: SigningCredentials,
  { region, service }: SigningScope,
  nowMs: number,
): Readonly<Record<string, string>> {
  const signedAt = formatBasic(nowMs)
  const scope = { date: signedAt.slice(0, 8), region, service }
  const sent = { ...headers, 'x-amz-date': signedAt }
  const signed = Object.entries({ ...sent, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1))
  const signedHeaders = signed.map(([name]) => name).join(';')
  const request = writeCanonicalRequest({
    method: 'POST',
    path: url.pathname,
    query: '',
    headers: signed,
    signedHeaders,
    bodyHash: hash('sha256', body, 'hex'),
  })
  const key = deriveSigningKey(secretAccessKey, scope)
  const signature = signatureOf(request, signedAt, scope, key).toString('hex')
  const credential = `${accessKeyId}/${scope.date}/${region}/${service}/${TERMINATOR}`
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...sent, authorization }
}
