/** Notices the same usage held in two Regions (D4): possibly right, always worth a look. */

export class RegionWatch<Series> {
  readonly #names: ReadonlyMap<Series, string>
  readonly #seen = new Map<string, Series>()

  /** @param names Of the series that differ from another one in Region alone: what they share. */
  constructor(names: ReadonlyMap<Series, string>) {
    this.#names = names
  }

  /** A warning for the second of two such records. */
  problemOf(hour: number, series: Series): string | undefined {
    const name = this.#names.get(series)
    if (name === undefined) return undefined
    const key = `${hour} ${name}`
    const other = this.#seen.get(key)
    if (other === undefined) this.#seen.set(key, series)
    if (other === undefined || other === series) return undefined
    return `the same usage of ${name} in hour ${hour} is held in another Region too`
  }
}
