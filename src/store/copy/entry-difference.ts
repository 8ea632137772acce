/**
 * What a thing of the catalog, a key or a token says differently from the one that another ledger holds under the same name.
 *
 * Secrets     are never repeated: what is encrypted or hashed, and webhooks, whose URLs may hold one. Of what is encrypted not
 *             even a difference is told, for the same secret may be encrypted in many ways, and an id is never another's.
 * Checked by  entry-difference.test.ts
 */
import { isDeepStrictEqual } from 'node:util'
import type { ControlEntry } from '../../core/control-entries.ts'

const UNTOLD: ReadonlySet<string> = new Set(['hash', 'sessionTokenHash', 'webhook'])
const ENCRYPTED = 'secret'
/** A product may have hundreds of dimensions. */
const FIELDS_MAX = 5
const VALUE_LENGTH_MAX = 100

/** @returns Nothing if they are the same. */
export function entryDifferenceOf(source: ControlEntry, target: ControlEntry): string | undefined {
  const texts = [...differencesIn(source, target, '')]
  if (texts.length === 0) return undefined
  const more = texts.length > FIELDS_MAX ? `, and ${texts.length - FIELDS_MAX} more` : ''
  return `the target has ${texts.slice(0, FIELDS_MAX).join(', ')}${more}`
}

function* differencesIn(source: unknown, target: unknown, field: string): Generator<string> {
  const name = field.slice(field.lastIndexOf('.') + 1)
  if (name === ENCRYPTED || isDeepStrictEqual(source, target)) return
  if (UNTOLD.has(name)) yield `another ${field}`
  else if (!isObject(source) || !isObject(target)) {
    yield `${field} ${textOf(target)} instead of ${textOf(source)}`
  } else {
    for (const part of new Set([...Object.keys(source), ...Object.keys(target)])) {
      yield* differencesIn(source[part], target[part], field === '' ? part : `${field}.${part}`)
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string {
  if (value === undefined) return 'none'
  const text = JSON.stringify(value)
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text
}
