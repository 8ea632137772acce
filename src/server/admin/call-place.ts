/** The place of a call as the text of a cursor: when it was received, its request id, and where the ledger is read from. */
import type { CallPlace } from '../audit/calls.ts'
import { foreignCursor } from './seller-cursors.ts'

const PLACE = /^(-?\d{1,16})\.([0-9a-zA-Z~-]{1,64})\.(.*)$/

export function callPlaceText({ receivedAtMs, requestId, ledger = '' }: CallPlace): string {
  return `${receivedAtMs}.${requestId}.${ledger}`
}

/** @throws AdminProblem `invalidCursor` for a text that is none. */
export function callPlaceIn(text: string): CallPlace {
  const [, receivedAtMs, requestId, ledger] = PLACE.exec(text) ?? []
  if (receivedAtMs === undefined || requestId === undefined) throw foreignCursor()
  const place = { receivedAtMs: Number(receivedAtMs), requestId }
  return ledger === '' || ledger === undefined ? place : { ...place, ledger }
}
