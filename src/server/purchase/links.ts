/**
 * Purchase links: with one, one buyer may accept one product, once, within its life.
 *
 * Sealed      A link says all that it is for, encrypted under a key made from the master key. So nobody else makes one, none is
 *             stored before it is used, and every replica takes it.
 * Single use  A use is counted in the control store, before anything comes of it: of two browsers with one link, on whichever
 *             replicas, one is served.
 * Life        Effort time, as that of admin tokens: a link is a right, not a fact of the catalog.
 * Checked by  purchase.test.ts, and ../../cli/purchase.test.ts
 */
import type { Purchase } from '../../core/purchase.ts'
import type { InstantMs } from '../../core/usage.ts'
import type { ControlStore } from '../../store/control.ts'
import { openCursor, sealCursor, type CursorKeys } from '../keys/sealed-cursor.ts'
import type { RandomBytes } from '../keys/new-key.ts'
import { countUse } from '../token-uses.ts'

const PURPOSE = 'marketmeter purchase link'
const PATH = '/purchase/'
/** Tells links apart that are equal otherwise. */
const NUMBER_BYTES = 12
/** A use is remembered so much longer than its link lives, for a clock that steps back. */
const REMEMBERED_MS_MIN = 86_400_000
export const LINK_MINUTES = { fallback: 30, max: 1_440 }
const MS_PER_MINUTE = 60_000

export interface PurchaseLink extends Purchase {
  readonly number: string
  readonly expiresMs: InstantMs
}

export interface MadeLink {
  /** A secret of the buyer: who has it can buy in the buyer's name. */
  readonly path: string
  readonly link: PurchaseLink
}

export interface LinkContext {
  readonly masterKeys: CursorKeys
  readonly randomBytes: RandomBytes
  /** Effort time. */
  readonly machineNowMs: number
}

export function newPurchaseLink(
  { masterKeys, randomBytes, machineNowMs }: LinkContext,
  { product, buyer }: Purchase,
  minutes: number = LINK_MINUTES.fallback,
): MadeLink {
  const expiresMs = (machineNowMs + minutes * MS_PER_MINUTE) as InstantMs
  const number = randomBytes(NUMBER_BYTES).toString('base64url')
  const link = { product, buyer, number, expiresMs }
  const sealed = sealCursor(masterKeys, PURPOSE, JSON.stringify(link))
  return { path: `${PATH}${sealed}`, link }
}

/** Undefined for what no service with these master keys has made. */
export function openPurchaseLink(masterKeys: CursorKeys, sealed: string): PurchaseLink | undefined {
  const text = openCursor(masterKeys, PURPOSE, sealed)
  // It is what we wrote, so its shape is taken as known.
  return text === undefined ? undefined : (JSON.parse(text) as PurchaseLink)
}

export function isOver({ expiresMs }: PurchaseLink, machineNowMs: number): boolean {
  return machineNowMs >= expiresMs
}

/** @returns False if it was used before. */
export function usePurchaseLink(
  store: Pick<ControlStore, 'useToken'>,
  { number }: PurchaseLink,
  machineNowMs: number,
): Promise<boolean> {
  const lifeMs = LINK_MINUTES.max * MS_PER_MINUTE
  const forgetBeforeMs = (machineNowMs - lifeMs - REMEMBERED_MS_MIN) as InstantMs
  const atMs = machineNowMs as InstantMs
  const tokenId = `purchase ${number}`
  return countUse(store, { tokenId, usesMax: 1, atMs, forgetBeforeMs })
}
