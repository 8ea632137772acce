/**
 * Reads what somebody gave, a question or a fault: one sentence for what is wrong, with what there could be in its place.
 *
 * Why ours   A schema and its validator would be loaded before the first test could run, and know nothing of the
 *            buyers and products that there are. Typed functions and routes that take JSON both come through here.
 * Checked by query.test.ts and faults/check.test.ts
 */
import { SandboxRefused, shown } from './refused.ts'

export type GivenObject = Readonly<Record<string, unknown>>

const LISTED_MAX = 10

export function isObject(value: unknown): value is GivenObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function refused(message: string): SandboxRefused {
  return new SandboxRefused(400, message)
}

/** @throws SandboxRefused */
export function oneOf<const Name extends string>(
  value: unknown,
  names: readonly Name[],
  what: string,
): Name {
  const name = names.find((one) => one === value)
  if (name !== undefined) return name
  throw refused(`There is no ${what} ${shown(value)}. There are: ${names.join(', ')}.`)
}

/** @param member Where an object, as `buyers` and `products` list them, has its name. @throws SandboxRefused */
export function nameIn<Name extends string>(
  names: ReadonlyMap<Name, unknown>,
  value: unknown,
  what: string,
  member: string,
): Name {
  const name = (isObject(value) ? value[member] : value) as Name
  if (typeof name === 'string' && names.has(name)) return name
  throw refused(`There is no ${what} ${shown(name)}. ${listOf([...names.keys()])}`)
}

function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'There is none at all.'
  const more = names.length - LISTED_MAX
  const list = names.slice(0, LISTED_MAX).join(', ')
  return `There are: ${list}${more > 0 ? `, and ${more} more` : ''}.`
}

/** @throws SandboxRefused */
export function readWhole(value: unknown, member: string, min: number, or = ''): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value
  throw refused(`${member}: expected a whole number from ${min} on${or}, got ${shown(value)}.`)
}
