/** The months that records are divided by, and the statements that make and attach their partitions. */
import { MS_PER_HOUR, startOfHour, type UsageHour } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'

/** So many months beyond the running one have their partitions. */
const MONTHS_AHEAD = 3
/** And so many before it, when a ledger is made: a window may reach back. */
const MONTHS_BEHIND = 2

/** A calendar month in UTC. */
export interface Month {
  readonly firstHour: UsageHour
  readonly endHour: UsageHour
  /** `2026_11`: what names of partitions end in. */
  readonly name: string
}

/** @param away How many months later, or earlier if negative. */
export function monthAt(instantMs: number, away = 0): Month {
  const date = new Date(instantMs)
  const startMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + away)
  const endMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + away + 1)
  return {
    firstHour: (startMs / MS_PER_HOUR) as UsageHour,
    endHour: (endMs / MS_PER_HOUR) as UsageHour,
    name: new Date(startMs).toISOString().slice(0, 7).replace('-', '_'),
  }
}

let latest = monthAt(0)

export function monthOf(hour: UsageHour): Month {
  // Nearly always the month of the record before.
  if (hour < latest.firstHour || hour >= latest.endHour) latest = monthAt(startOfHour(hour))
  return latest
}

/** As people write it: `2026-11`. */
export function monthText({ name }: Month): string {
  return name.replace('_', '-')
}

/** @param text As people write it. */
export function parseMonth(text: string): Month | undefined {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return undefined
  return monthAt(Date.parse(`${text}-01T00:00Z`))
}

/** The running month and those ahead. */
export function monthsWanted(nowMs: InstantMs): readonly Month[] {
  return Array.from({ length: MONTHS_AHEAD + 1 }, (_, away) => monthAt(nowMs, away))
}

export function monthsBefore(nowMs: InstantMs): readonly Month[] {
  return Array.from({ length: MONTHS_BEHIND }, (_, index) => monthAt(nowMs, -1 - index))
}

export type DividedTable = 'record' | 'call_group'

/** In the order in which they are detached: no record may be seen without its call. */
export const DIVIDED_TABLES: readonly DividedTable[] = ['record', 'call_group']

export function partitionName(table: DividedTable, { name }: Month): string {
  return `${table}_${name}`
}

export function attachStatement(table: string, { firstHour, endHour }: Month, name: string) {
  return `alter table ${table} attach partition ${name} for values from (${firstHour}) to (${endHour})`
}

export function partitionStatements(table: DividedTable, month: Month): readonly string[] {
  const name = partitionName(table, month)
  return [`create table ${name} (like ${table} including all)`, attachStatement(table, month, name)]
}
