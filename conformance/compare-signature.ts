/**
 * Whether an answer of RegisterUsage is signed as it must be: with nothing but node:crypto, and nothing of the service's.
 */
import { constants, verify } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { PublicKey } from './bindings.ts'
import type { ExpectedSignature } from './case.ts'
import { isObject, type Members } from './echo.ts'
import type { Sent } from './exchange.ts'

const IAT_SECONDS_MAX = 60

export function signatureDifferences(
  { body: request }: Sent,
  { Signature, PublicKeyRotationTimestamp: rotation, ...unknown }: Members,
  { signedBy }: ExpectedSignature,
  publicKeys: readonly PublicKey[] = [],
): readonly string[] {
  const found: string[] = []
  if (Object.keys(unknown).length > 0)
    found.push(`AWS has no member ${Object.keys(unknown).join()}`)
  if (typeof rotation !== (signedBy === 'rotated' ? 'number' : 'undefined')) {
    found.push(`PublicKeyRotationTimestamp is ${String(rotation)} of a key that is ${signedBy}`)
  }
  const asked: unknown = JSON.parse(request.toString('utf8'))
  return [
    ...found,
    ...tokenDifferences(String(Signature), isObject(asked) ? asked : {}, publicKeys),
  ]
}

/** @param asked The request that the signature answers. */
export function tokenDifferences(
  signature: string,
  asked: Members,
  publicKeys: readonly PublicKey[],
): readonly string[] {
  const { PublicKeyVersion: version } = asked
  const key = publicKeys.find((one) => one.version === version)
  if (key === undefined) return [`there is no published key of version ${String(version)}`]
  const [header = '', claims = ''] = signature.split('.')
  const found: string[] = []
  if (!isSignedBy(key.publicKey, signature)) found.push('the signature is not of the published key')
  if (!isDeepStrictEqual(partOf(header), { alg: 'PS256', typ: 'JWT' })) {
    found.push(`the header of the signature is ${JSON.stringify(partOf(header))}`)
  }
  const { iat, ...told } = partOf(claims) ?? {}
  if (!isDeepStrictEqual(told, claimsOf(asked))) {
    found.push(`the claims are ${JSON.stringify(told)}, not ${JSON.stringify(claimsOf(asked))}`)
  }
  const ageSeconds = Math.abs(Number(iat) - Date.now() / 1_000)
  if (!(ageSeconds <= IAT_SECONDS_MAX)) found.push(`iat is ${String(iat)}, which is not now`)
  return found
}

function isSignedBy(publicKey: string, token: string): boolean {
  const [header, claims, signature = '', ...more] = token.split('.')
  const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const signed = Buffer.from(`${header}.${claims}`)
  return more.length === 0 && verify('sha256', signed, key, Buffer.from(signature, 'base64url'))
}

function partOf(part: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** In both spellings (rule 173), and no nonce where none was sent (rule 175). */
function claimsOf({ ProductCode, PublicKeyVersion, Nonce }: Members): Members {
  return {
    ...{ ProductCode, PublicKeyVersion, productCode: ProductCode },
    publicKeyVersion: PublicKeyVersion,
    ...(Nonce !== undefined && { Nonce, nonce: Nonce }),
  }
}
