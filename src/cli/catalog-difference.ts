/** Shows a change before it is made: one line a thing, with each member that is to be another. */
import type { EntryChange } from '../core/catalog-change.ts'
import { type ControlEntry, entryKeyOf } from '../core/control-entries.ts'
import { startOfHour } from '../core/hour.ts'
import { formatInstant } from '../server/written-instant.ts'
import { entitledText } from './listing.ts'

export interface ShownChange {
  readonly kind: ControlEntry['kind']
  readonly key: string
  readonly change: 'added' | 'changed'
  /** The members that differ. */
  readonly members: readonly ShownMember[]
}

export interface ShownMember {
  readonly name: string
  /** Absent where there was none. */
  readonly before?: string
  readonly after?: string
}

export function shownChangeOf({ before, after }: EntryChange): ShownChange {
  const earlier = before === undefined ? new Map<string, string>() : membersOf(before)
  const later = membersOf(after)
  const names = new Set([...earlier.keys(), ...later.keys()])
  const members: ShownMember[] = []
  for (const name of names) {
    const [was, is] = [earlier.get(name), later.get(name)]
    if (was === is) continue
    members.push({
      name,
      ...(was !== undefined && { before: was }),
      ...(is !== undefined && { after: is }),
    })
  }
  const change = before === undefined ? 'added' : 'changed'
  return { kind: after.kind, key: entryKeyOf(after), change, members }
}

/** `+ buyer 222233334444  name: Active Buyer` or `~ agreement agmt-1  end: none → 2026-12-01T00:00:00Z` */
export function lineOf({ kind, key, change, members }: ShownChange): string {
  const shown = members
    .filter(({ after }) => change === 'changed' || after !== '')
    .map(({ name, before = 'none', after = 'none' }) =>
      change === 'added' ? `${name}: ${after}` : `${name}: ${before} → ${after}`,
    )
  return `${change === 'added' ? '+' : '~'} ${KINDS[kind] ?? kind} ${key}  ${shown.join(', ')}`.trimEnd()
}

const KINDS: Readonly<Record<string, string>> = {
  customerIdentifier: 'customer identifier',
  accessKey: 'access key',
  adminToken: 'admin token',
  publicKey: 'public key',
  usageRegistration: 'usage registration',
}

/** What stands in the key already, says nothing by itself, or must not be seen. */
const UNSHOWN = new Set([
  'kind',
  'account',
  'code',
  'identifier',
  'id',
  'createdMs',
  'secret',
  'hash',
  'temporary',
])

function membersOf(entry: ControlEntry): Map<string, string> {
  const members = new Map<string, string>()
  for (const [name, value] of Object.entries(entry) as [string, unknown][]) {
    if (name === 'retired' || name === 'revoked') members.set(name, value === true ? 'yes' : '')
    else if (!UNSHOWN.has(name) && typeof value !== 'object') members.set(...shown(name, value))
  }
  if (entry.kind === 'accessKey') members.set('account', entry.account)
  if (entry.kind === 'product') {
    if (entry.redirectOrigins) members.set('redirectOrigins', entry.redirectOrigins.join(' '))
    for (const { name, description, unit, price, retired } of entry.dimensions) {
      const facts = [unit, price, description, retired ? 'retired' : ''].filter((one) => one !== '')
      members.set(`dimension ${name}`, facts.join(' · '))
    }
  }
  if (entry.kind === 'agreement') {
    for (const one of entry.entitlements ?? []) {
      members.set(`entitlement ${one.dimension}`, entitledText(one))
    }
  }
  return members
}

function shown(name: string, value: unknown): [string, string] {
  if (name === 'concurrentFromHour') {
    const hour = value as Parameters<typeof startOfHour>[0]
    return ['concurrent', hour === 0 ? 'always' : `from ${formatInstant(startOfHour(hour))}`]
  }
  if (name.endsWith('Ms')) return [name.slice(0, -2), formatInstant(Number(value))]
  return [name, String(value)]
}
