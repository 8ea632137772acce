/** A queue that serves its owners in turn, so that one who floods it only delays itself. */

interface Waiting<Item> {
  readonly item: Item
  readonly size: number
}

export class FairQueue<Item> {
  readonly #owners = new Map<string, Waiting<Item>[]>()
  #size = 0

  /** The sizes of all that waits, added up. */
  get size(): number {
    return this.#size
  }

  get isEmpty(): boolean {
    return this.#owners.size === 0
  }

  push(owner: string, item: Item, size: number): void {
    this.#size += size
    const line = this.#owners.get(owner)
    if (line === undefined) this.#owners.set(owner, [{ item, size }])
    else line.push({ item, size })
  }

  /** Takes items, one owner after the other, while they fit; always at least one if there is any. */
  take(sizeMax: number): Item[] {
    const taken: Item[] = []
    const served = new Map<string, number>()
    let left = sizeMax
    // A Map visits what is put in during the visit, so owners whose turn comes again stand at its end.
    for (const [owner, line] of this.#owners) {
      const index = served.get(owner) ?? 0
      const next = line[index]
      if (next === undefined) continue
      if (taken.length > 0 && next.size > left) break
      taken.push(next.item)
      left -= next.size
      served.set(owner, index + 1)
      this.#owners.delete(owner)
      this.#owners.set(owner, line)
    }
    this.#forget(served)
    this.#size -= sizeMax - left
    return taken
  }

  /** Takes out what nobody waits for any more; the turns of the others stay as they are. */
  drop(isUnwanted: (item: Item) => boolean): void {
    for (const [owner, line] of this.#owners) {
      const kept = line.filter(({ item }) => !isUnwanted(item))
      if (kept.length === line.length) continue
      if (kept.length === 0) this.#owners.delete(owner)
      else this.#owners.set(owner, kept)
      this.#size += sizeOf(kept) - sizeOf(line)
    }
  }

  #forget(served: ReadonlyMap<string, number>): void {
    for (const [owner, count] of served) {
      const line = this.#owners.get(owner)
      if (line === undefined) continue
      if (count >= line.length) this.#owners.delete(owner)
      else line.splice(0, count)
    }
  }
}

function sizeOf(line: readonly Waiting<unknown>[]): number {
  return line.reduce((sum, { size }) => sum + size, 0)
}
