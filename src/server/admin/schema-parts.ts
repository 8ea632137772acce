/** What the shapes of the admin API are made of. */
import { Type } from 'typebox'
import { HOUR_PATTERN, INSTANT_PATTERN } from './instant.ts'

/** Unknown members are refused: a misspelt one would be silently ignored otherwise. */
export const CLOSED = { additionalProperties: false }

export function text(description: string, lengthMax = 1_000) {
  return Type.String({ description, maxLength: lengthMax })
}

export function either<const Value extends string>(values: readonly Value[], description: string) {
  return Type.Enum([...values], { type: 'string', description })
}

/** In lists and answers; which names are legal is for the rules of the catalog to say. */
export const account = text('An account: twelve digits', 12)
export const instant = Type.String({
  description: 'ISO 8601 with its offset, such as 2026-11-01T00:00Z',
  pattern: INSTANT_PATTERN,
})
export const hour = Type.String({
  description: 'An hour in UTC, such as 2026-11-01T10',
  pattern: HOUR_PATTERN,
})
export const shownInstant = Type.String({ description: 'ISO 8601 in UTC' })
export const name = text('For people')
export const retired = Type.Boolean({ description: 'Nothing is deleted, only retired' })
