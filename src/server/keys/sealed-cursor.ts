/**
 * Places in a list that callers carry from page to page, and that nobody but this service can read or make up.
 *
 * The key     is another for each purpose (derived-keys.ts). A restart and every replica have it; so a cursor is good for as
 *             long as the master key that it names is known.
 * Random      Equal places look different each time.
 * Checked by  ../admin/seller-cursors.test.ts, ../operations/get-entitlements.test.ts
 */
import { randomBytes } from 'node:crypto'
import { keyFor, ringFor } from './derived-keys.ts'
import type { MasterKeyRing } from './master-keys.ts'
import { openText, sealText } from './sealed-text.ts'

export type CursorKeys = Pick<MasterKeyRing, 'current' | 'find'>

/** @param purpose What the cursor is for, and whose: it opens for nothing else. */
export function sealCursor(masterKeys: CursorKeys, purpose: string, place: string): string {
  return sealText(keyFor(masterKeys.current, purpose), purpose, place, randomBytes)
}

/** @returns Undefined for what was never given for that purpose. */
export function openCursor(
  masterKeys: CursorKeys,
  purpose: string,
  cursor: string,
): string | undefined {
  const opened = openText(ringFor(masterKeys, purpose), purpose, cursor)
  return opened.ok ? opened.text : undefined
}
