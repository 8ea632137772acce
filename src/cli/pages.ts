/** The pages of a listing, one after the other, so that nothing is held but one page. */

const PAGE_COUNT = 1_000

export interface PageWanted {
  readonly countMax: number
  /** Where the page before ended. */
  readonly after?: string
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Absent after the last. */
  readonly next?: string
}

/** @param countMax Items of all pages together. */
export async function* pagesOf<Item>(
  read: (wanted: PageWanted) => Promise<Page<Item>>,
  countMax = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Item[], void, undefined> {
  let left = countMax
  let after: string | undefined
  do {
    const wanted = { countMax: Math.min(PAGE_COUNT, left) }
    const { items, next } = await read(after === undefined ? wanted : { ...wanted, after })
    yield items
    left -= items.length
    after = next
  } while (after !== undefined && left > 0)
}
