/** Signature Version 4: what other rooms may use of it. */
export { isRegionName } from './scope.ts'
export type { SignaturePolicy } from './scope.ts'
export { hashSessionToken } from './session-token.ts'
export type { Session } from './session-token.ts'
export type { SignatureErrorCode, SignatureProblem } from './signature-problem.ts'
export { signPost } from './sign.ts'
export type { SigningCredentials } from './sign.ts'
export { deriveSigningKey } from './signing-key.ts'
export type { Scope } from './signing-key.ts'
export { claimedSigner, verifySignature } from './verify.ts'
export type {
  KeyLookup,
  KnownKey,
  SignatureClock,
  SignatureResult,
  SignedRequest,
} from './verify.ts'
