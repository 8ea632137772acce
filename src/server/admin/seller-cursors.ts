/**
 * The cursors of read-back as a token's holder gets and gives them: an operator's are the store's own, a seller's are sealed.
 *
 * Why sealed  A store's cursor is a place among the records of all sellers. Read, it tells one of them how much the others
 *             meter; made up, it asks whether there is that much. Sealed, it is good for one list of one seller.
 * Random      Equal places look different each time: a cursor that stands still would tell that nobody metered.
 * One length  The place is filled up, because the length of a number tells its size.
 * The key     is another for each list and each seller: see keys/sealed-cursor.ts.
 * Not hidden  How long a page takes, and that it may be empty and name a next one.
 * Checked by  seller-cursors.test.ts
 */
import { type CursorKeys, openCursor, sealCursor } from '../keys/sealed-cursor.ts'
import type { Caller } from './caller.ts'
import { AdminProblem } from './problem.ts'

/** The longest place of each list: PostgreSQL's has 66 characters. With the tag it makes whole characters of base64. */
const PLACE_LENGTHS = { records: 80, refusals: 80, notifications: 80, audit: 128 } as const

export type CursorList = keyof typeof PLACE_LENGTHS

export interface Cursors {
  /** What the holder is given for a store's cursor. */
  readonly shown: (place: string) => string
  /** @throws AdminProblem `invalidCursor` for what was never given to such a holder for this list. */
  readonly placeOf: (cursor: string) => string
}

const PLAIN: Cursors = { shown: (place) => place, placeOf: (cursor) => cursor }

export function cursorsOf({ seller }: Caller, list: CursorList, masterKeys: CursorKeys): Cursors {
  if (seller === undefined) return PLAIN
  const purpose = `marketmeter cursor of ${list} for seller ${seller}`
  return {
    shown: (place) => sealCursor(masterKeys, purpose, place.padEnd(PLACE_LENGTHS[list])),
    placeOf(cursor) {
      const place = openCursor(masterKeys, purpose, cursor)
      if (place === undefined) throw foreignCursor()
      return place.trimEnd()
    },
  }
}

/** The query with the store's own cursor in place of the one that the caller was given. */
export function withPlace<Query extends { cursor?: string }>(
  query: Query,
  cursors: Cursors,
): Query {
  const { cursor } = query
  return cursor === undefined ? query : { ...query, cursor: cursors.placeOf(cursor) }
}

/** A store throws RangeError for a cursor that it never made. */
export async function cursorChecked<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page
  } catch (error) {
    if (error instanceof RangeError) throw foreignCursor()
    throw error
  }
}

/** One sentence for all that is wrong with a cursor, so that none tells more than another. */
export function foreignCursor(): AdminProblem {
  return new AdminProblem(
    'invalidCursor',
    'It is not one that was given for this list to this operator or seller, or the ledger is another one now. Begin without a cursor.',
  )
}
