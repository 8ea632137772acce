/** The algorithm's key and its use. A signing key is good for one secret, day, Region and service. */
import { createHmac, createSecretKey, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const TERMINATOR = 'aws4_request'

export interface Scope {
  /** YYYYMMDD. */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** A KeyObject, because Node 24 takes six times as long to sign with the same key as a Buffer. */
export function deriveSigningKey(secretAccessKey: string, scope: Scope): KeyObject {
  const steps = [scope.date, scope.region, scope.service, TERMINATOR]
  const start: Buffer = Buffer.from(`AWS4${secretAccessKey}`, 'utf8')
  return createSecretKey(steps.reduce((key, step) => hmac(key, step), start))
}

/** @returns 32 bytes. */
export function signatureOf(
  canonicalRequest: Buffer | string,
  signedAt: string,
  scope: Scope,
  key: KeyObject,
): Buffer {
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`
  const requestHash = hash('sha256', canonicalRequest, 'hex')
  return hmac(key, `${ALGORITHM}\n${signedAt}\n${scopeText}\n${requestHash}`)
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}
