/**
 * The key pairs under which RegisterUsage signs: made, sealed at rest as secrets are, and used.
 *
 * Bound       The fingerprint of its public key is authenticated with a private key, so one that was moved to another row fails.
 * Checked by  ../operations/register-usage.test.ts, cli/commands/public-keys.test.ts
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { PublicKeyEntry } from '../../core/control-entries.ts'
import type { InstantMs } from '../../core/usage.ts'
import type { MasterKey, MasterKeyRing } from './master-keys.ts'
import type { RandomBytes } from './new-key.ts'
import { masterKeyIdOf, openText, type OpenProblem, sealText } from './sealed-text.ts'

const MODULUS_BITS = 2_048
/** RSA-PSS with SHA-256, as AWS's verifiers expect (rule 173). */
const HEADER = { alg: 'PS256', typ: 'JWT' } as const

export type NewPublicKey = Pick<PublicKeyEntry, 'publicKey' | 'fingerprint' | 'secret'>
type SealedKey = Pick<PublicKeyEntry, 'fingerprint' | 'secret'>

export async function newPublicKey(
  masterKey: MasterKey,
  randomBytes: RandomBytes,
): Promise<NewPublicKey> {
  return sealedPublicKey(masterKey, await newPrivateKey(), randomBytes)
}

/** In PEM. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return privateKey
}

/** @param privateKey RSA, in PEM. @throws Error on anything else. */
export function sealedPublicKey(
  masterKey: MasterKey,
  privateKey: string,
  randomBytes: RandomBytes,
): NewPublicKey {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const fingerprint = createHash('sha256').update(publicKey).digest('hex')
  const secret = sealText(masterKey, purposeOf(fingerprint), privateKey, randomBytes)
  return { publicKey, fingerprint, secret }
}

/** @param nowMs Domain time; the token says the whole second in `iat`. */
export async function signClaims(
  masterKeys: Pick<MasterKeyRing, 'find'>,
  key: SealedKey,
  claims: Readonly<Record<string, string | number>>,
  nowMs: InstantMs,
): Promise<string> {
  const privateKey = createPrivateKey(openPrivateKey(masterKeys, key))
  // Fifteen megabytes resident, which nobody should pay for who sells no containers.
  const { SignJWT } = await import('jose/jwt/sign')
  return new SignJWT(claims)
    .setProtectedHeader(HEADER)
    .setIssuedAt(Math.floor(nowMs / 1e3))
    .sign(privateKey)
}

/** For the rotation of master keys: what the current one holds already stays as it is. */
export function resealPrivateKey(
  masterKeys: MasterKeyRing,
  key: SealedKey,
  randomBytes: RandomBytes,
):
  | { readonly ok: true; readonly sealed: string; readonly changed: boolean }
  | { readonly ok: false; readonly problem: string } {
  const { fingerprint, secret } = key
  const opened = openText(masterKeys, purposeOf(fingerprint), secret)
  if (!opened.ok)
    return { ok: false, problem: describePrivateKeyProblem(opened.problem, fingerprint) }
  if (masterKeyIdOf(secret) === masterKeys.current.id) {
    return { ok: true, sealed: secret, changed: false }
  }
  const purpose = purposeOf(fingerprint)
  const sealed = sealText(masterKeys.current, purpose, opened.text, randomBytes)
  return { ok: true, sealed, changed: true }
}

/** @throws Error with a sentence for whoever runs the service. */
function openPrivateKey(
  masterKeys: Pick<MasterKeyRing, 'find'>,
  { fingerprint, secret }: SealedKey,
): string {
  const opened = openText(masterKeys, purposeOf(fingerprint), secret)
  if (opened.ok) return opened.text
  throw new Error(describePrivateKeyProblem(opened.problem, fingerprint))
}

/** One sentence for the person who runs the service. */
export function describePrivateKeyProblem(problem: OpenProblem, fingerprint: string): string {
  return problem.kind === 'unknownMasterKey'
    ? `The private key of ${fingerprint} is encrypted under master key ${problem.masterKeyId}, which is not known here. Put that key back, after the current one.`
    : `The private key of ${fingerprint} was altered, or is another one's. Rotate the public key of its product: marketmeter public-keys rotate PRODUCT`
}

function purposeOf(fingerprint: string): string {
  return `marketmeter private key of ${fingerprint}`
}
