/** What a scenario is, and what it gives back. */

export interface Settings {
  /** How long each measured stretch lasts, at most. */
  readonly seconds: number
  /** Each on a fresh data folder. */
  readonly runs: number
  /** Only cases with this text in their names; of scenarios that have several. */
  readonly only?: string
  /** Rows of a full ledger on PostgreSQL, in millions. */
  readonly millionRows?: number
  /** Where the service writes its CPU profiles, if it is to. */
  readonly cpuProfileFolder?: string
}

export interface Scenario {
  readonly name: string
  /** What it answers, in one line. */
  readonly question: string
  run(settings: Settings): AsyncIterable<Case>
}

/** Figures of one configuration. */
export interface Case {
  readonly name: string
  readonly figures: readonly Figure[]
}

export interface Figure {
  readonly name: string
  readonly unit: string
  /** One value for each run. */
  readonly values: readonly number[]
  /** What the project set itself. */
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number }
}

/** The middle one; of an even number, the mean of both. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? NaN
  if (Number.isInteger(middle)) return (upper + (sorted[middle - 1] ?? NaN)) / 2
  return upper
}

export function meets({ values, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined
  const median = medianOf(values)
  return 'atLeast' in goal ? median >= goal.atLeast : median <= goal.atMost
}

/** The same figure of several runs, side by side. */
export function acrossRuns(
  runs: readonly Readonly<Record<string, number>>[],
  kinds: readonly Omit<Figure, 'values'>[],
): readonly Figure[] {
  return kinds.map((kind) => ({
    ...kind,
    values: runs.map((run) => run[kind.name] ?? NaN),
  }))
}
