/** Pages over what stands in memory, or in a store: in order of names, so a cursor survives restarts and changes. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

export interface PageQuery {
  readonly after?: string
  readonly limit?: number
}

const COUNT_DEFAULT = 100

/**
 * @param nameOf The text by which items are ordered; unique.
 * @returns The first `limit` items whose names come after the cursor. Looks at each item once.
 */
export function pageOf<Item>(
  items: Iterable<Item>,
  nameOf: (item: Item) => string,
  { after, limit = COUNT_DEFAULT }: PageQuery,
): Page<Item> {
  const floor = after === undefined ? undefined : nameIn(after)
  const first: Named<Item>[] = []
  for (const item of items) {
    const name = nameOf(item)
    if (floor !== undefined && name <= floor) continue
    const last = first.at(-1)
    if (first.length > limit && last !== undefined && name >= last.name) continue
    first.splice(placeOf(first, name), 0, { name, item })
    // One more than asked for tells whether there is a next page.
    if (first.length > limit + 1) first.pop()
  }
  const page = first.slice(0, limit)
  const end = page.at(-1)
  return {
    items: page.map(({ item }) => item),
    ...(first.length > page.length && end && { next: cursorOf(end.name) }),
  }
}

/**
 * The same of what a store has, which may be more than memory holds.
 *
 * @param after Gives out what comes after a name, in the order of names.
 */
export async function pageOfStored<Item>(
  after: (name: string) => AsyncIterable<Item>,
  { nameOf, wanted }: { nameOf: (item: Item) => string; wanted: (item: Item) => boolean },
  { after: cursor, limit = COUNT_DEFAULT }: PageQuery,
): Promise<Page<Item>> {
  const found: Item[] = []
  for await (const item of after(cursor === undefined ? '' : nameIn(cursor))) {
    if (!wanted(item)) continue
    found.push(item)
    // One more than asked for tells whether there is a next page.
    if (found.length > limit) break
  }
  const items = found.slice(0, limit)
  const end = items.at(-1)
  return {
    items,
    ...(found.length > limit && end !== undefined && { next: cursorOf(nameOf(end)) }),
  }
}

interface Named<Item> {
  readonly name: string
  readonly item: Item
}

function placeOf(sorted: readonly Named<unknown>[], name: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.name ?? '') < name) low = middle + 1
    else high = middle
  }
  return low
}

function cursorOf(name: string): string {
  return Buffer.from(name).toString('base64url')
}

function nameIn(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString()
}

export function* matching<Item>(
  items: Iterable<Item>,
  wanted: (item: Item) => boolean,
): Generator<Item> {
  for (const item of items) if (wanted(item)) yield item
}
