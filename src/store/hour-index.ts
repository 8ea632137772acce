/**
 * Which series have a record in one hour: position, quantity, and whether it has allocations.
 *
 * Why not a Map  A Map of a million keys takes tens of bytes a key and stops the world while it doubles.
 *                Series ids are dense, so they address slabs of sixteen entries directly: no hashing, no
 *                growth pause, and 8 bytes a key where most series report every hour.
 * Layout         directory[id / 16,384] -> table[id / 16 % 1,024] -> slab -> entry[id % 16], two words each:
 *                position - base + 1 (0: no record), and quantity * 2 + (has allocations).
 * Checked by     hour-index.test.ts, against a Map.
 */

const SLAB_BITS = 4
const SLAB_SIZE = 1 << SLAB_BITS
const TABLE_BITS = 10
const TABLE_SIZE = 1 << TABLE_BITS
const CHUNK_BITS = 13
const CHUNK_SIZE = 1 << CHUNK_BITS
const CHUNK_BYTES = CHUNK_SIZE * 8
const TABLE_BYTES = TABLE_SIZE * 4

/** A delta that stands for "look in the overflow": an hour that stays open for 4 billion records. */
const FAR = 0xffff_ffff

export interface IndexEntry {
  readonly position: number
  readonly quantity: number
  readonly hasAllocations: boolean
}

export class HourIndex {
  readonly #base: number
  readonly #directory: (Uint32Array | undefined)[] = []
  readonly #chunks: Uint32Array[] = []
  readonly #far = new Map<number, number>()
  #slabCount = 0
  #bytes = 0
  #count = 0

  /** @param basePosition At most the least position that will ever be put. */
  constructor(basePosition: number) {
    this.#base = basePosition
  }

  get count(): number {
    return this.#count
  }

  /** Bytes resident, but for a small constant. */
  get bytes(): number {
    return this.#bytes
  }

  get(series: number): IndexEntry | undefined {
    const slot = this.#slotOf(series)
    if (slot < 0) return undefined
    const delta = this.#word(slot, 0)
    if (delta === 0) return undefined
    const content = this.#word(slot, 1)
    const position = delta === FAR ? (this.#far.get(series) ?? 0) : this.#base + delta - 1
    return { position, quantity: content >>> 1, hasAllocations: (content & 1) === 1 }
  }

  /** Adds a series, or moves the one that is there; the quantity must fit in 31 bits. */
  put(series: number, position: number, quantity: number, hasAllocations: boolean): void {
    let slot = this.#slotOf(series)
    if (slot < 0) slot = this.#newSlot(series)
    if (this.#word(slot, 0) === 0) this.#count++
    const delta = position - this.#base + 1
    if (delta >= FAR) this.#far.set(series, position)
    this.#set(slot, 0, Math.min(delta, FAR))
    this.#set(slot, 1, quantity * 2 + Number(hasAllocations))
  }

  remove(series: number): void {
    const slot = this.#slotOf(series)
    if (slot < 0 || this.#word(slot, 0) === 0) return
    this.#set(slot, 0, 0)
    this.#far.delete(series)
    this.#count--
  }

  /**
   * Visits entries in order of series.
   *
   * @param fromSeries The first series to visit. @param countMax How many entries to visit at most.
   * @returns Where to go on, or undefined after the last.
   */
  walk(
    fromSeries: number,
    countMax: number,
    visit: (series: number, entry: IndexEntry) => void,
  ): number | undefined {
    let left = countMax
    const end = this.#directory.length << (TABLE_BITS + SLAB_BITS)
    for (let series = fromSeries; series < end;) {
      const next = this.#nextSlabAt(series)
      if (next !== series) {
        series = next
        continue
      }
      const slabEnd = (Math.floor(series / SLAB_SIZE) + 1) * SLAB_SIZE
      for (; series < slabEnd; series++) {
        const entry = this.get(series)
        if (entry === undefined) continue
        if (left-- === 0) return series
        visit(series, entry)
      }
    }
    return undefined
  }

  /** The series itself if its slab exists, or else the first series of the next place to look. */
  #nextSlabAt(series: number): number {
    const table = this.#directory[series >>> (TABLE_BITS + SLAB_BITS)]
    const step = table === undefined ? TABLE_SIZE * SLAB_SIZE : SLAB_SIZE
    if (table?.[(series >>> SLAB_BITS) & (TABLE_SIZE - 1)]) return series
    return (Math.floor(series / step) + 1) * step
  }

  #slotOf(series: number): number {
    const table = this.#directory[series >>> (TABLE_BITS + SLAB_BITS)]
    if (table === undefined) return -1
    const slab = table[(series >>> SLAB_BITS) & (TABLE_SIZE - 1)] ?? 0
    return slab === 0 ? -1 : (slab - 1) * SLAB_SIZE + (series & (SLAB_SIZE - 1))
  }

  #newSlot(series: number): number {
    const tableNumber = series >>> (TABLE_BITS + SLAB_BITS)
    let table = this.#directory[tableNumber]
    if (table === undefined) {
      while (this.#directory.length < tableNumber) this.#directory.push(undefined)
      table = this.#directory[tableNumber] = new Uint32Array(TABLE_SIZE)
      this.#bytes += TABLE_BYTES
    }
    if (this.#slabCount * SLAB_SIZE === this.#chunks.length * CHUNK_SIZE) {
      this.#chunks.push(new Uint32Array(CHUNK_SIZE * 2))
      this.#bytes += CHUNK_BYTES
    }
    table[(series >>> SLAB_BITS) & (TABLE_SIZE - 1)] = ++this.#slabCount
    return this.#slotOf(series)
  }

  #word(slot: number, word: 0 | 1): number {
    return this.#chunks[slot >>> CHUNK_BITS]?.[(slot & (CHUNK_SIZE - 1)) * 2 + word] ?? 0
  }

  #set(slot: number, word: 0 | 1, value: number): void {
    const chunk = this.#chunks[slot >>> CHUNK_BITS]
    if (chunk !== undefined) chunk[(slot & (CHUNK_SIZE - 1)) * 2 + word] = value
  }
}
