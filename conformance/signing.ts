/**
 * Signs a request with the AWS SDK's own signer, and then spoils it where the case says so.
 *
 * Never with the project's verifier or anything that shares code with it: two of one mind would agree on a mistake.
 */
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Key } from './bindings.ts'
import type { KeyRole, Signing } from './case.ts'
import type { Sent } from './exchange.ts'
import { durationMs, resolveText, type Scope, Unbound } from './tokens.ts'

const UNKNOWN: Key = {
  accessKeyId: 'AKIAUNKNOWNUNKNOWN00',
  secretAccessKey: 'a-secret-that-nobody-ever-gave-to-anyone',
}

/** Signed as well where they are sent, as some SDKs do; the signer leaves it out by itself. */
const SIGNABLE = new Set(['user-agent'])

/** @param bodyHashed Whether `x-amz-content-sha256` is sent; some SDKs do, some do not. */
export async function signed(
  request: Sent,
  signing: Signing,
  bodyHashed: boolean,
  scope: Scope,
): Promise<Sent> {
  if (signing.key === 'none') return request
  const sent = await withSignature(request, signing, bodyHashed, scope)
  const headers = sent.headers.flatMap(([name, value]): (readonly [string, string])[] => {
    const edited = editedValue(name, value, signing, sent.signingDate)
    return edited === null ? [] : [[name, edited]]
  })
  return { ...sent, headers: [...headers, ...(signing.added ?? [])] }
}

async function withSignature(
  request: Sent,
  signing: Signing,
  bodyHashed: boolean,
  scope: Scope,
): Promise<Sent & { readonly signingDate: string }> {
  const { url } = request
  const headers = Object.fromEntries(request.headers)
  const signer = new SignatureV4({
    service: signing.service ?? 'aws-marketplace',
    region: resolveText(signing.region ?? scope.bindings.region, scope),
    credentials: credentialsOf(signing, scope),
    sha256: Sha256,
    applyChecksum: bodyHashed,
  })
  const signingDate = new Date(Date.now() + durationMs(signing.clock ?? ''))
  const result = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body: signing.bodyOf ?? request.body,
    },
    { signingDate, signableHeaders: SIGNABLE },
  )
  const day = signingDate.toISOString().slice(0, 10).replaceAll('-', '')
  return { ...request, headers: Object.entries(result.headers), signingDate: day }
}

function editedValue(
  name: string,
  value: string,
  { edits = [] }: Signing,
  signingDate: string,
): string | null {
  let edited: string | null = value
  for (const { header, find, put } of edits) {
    if (header !== name) continue
    edited =
      find === undefined || put === null
        ? put
        : (edited ?? '').replace(find.replace('<signing.date>', signingDate), put)
  }
  return edited
}

function credentialsOf(signing: Signing, scope: Scope): Key {
  const { sessionToken, ...key } = keyOf(signing.key ?? 'seller', scope)
  const secretAccessKey =
    signing.secret === 'wrong' ? `${key.secretAccessKey}x` : key.secretAccessKey
  const token = tokenOf(signing, sessionToken)
  return { ...key, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) }
}

function keyOf(role: KeyRole | 'none', { bindings }: Scope): Key {
  if (role === 'unknown' || role === 'none') return UNKNOWN
  const key = bindings.keys[role]
  if (key === undefined) throw new Unbound(`the bindings do not name keys.${role}`)
  return key
}

function tokenOf({ token }: Signing, own: string | undefined): string | undefined {
  if (token === undefined) return own
  if (token === 'none') return undefined
  if (token === 'invented' || own === undefined) return 'SW52ZW50ZWQgYnkgbm9ib2R5'
  return own.slice(0, -1) + (own.endsWith('A') ? 'B' : 'A')
}

interface Hashing {
  update(data: Uint8Array): unknown
  digest(): Buffer
}

/** The signer wants its SHA-256 brought along. */
export class Sha256 {
  #hash: Hashing

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = createHash('sha256')
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
