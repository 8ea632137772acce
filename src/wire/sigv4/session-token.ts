/** Session tokens of temporary keys: only their hash is kept, and hashes are compared in constant time. */
import { hash, timingSafeEqual } from 'node:crypto'

export interface Session {
  /** SHA-256 of the token's text: 32 bytes. */
  readonly tokenHash: Uint8Array
  /** The first millisecond at which the token is no longer good. */
  readonly expiresAtMs: number
}

export function hashSessionToken(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

export function isTokenOf(session: Session, token: string): boolean {
  const offered = hashSessionToken(token)
  return offered.length === session.tokenHash.length && timingSafeEqual(offered, session.tokenHash)
}
