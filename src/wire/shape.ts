/**
 * Shapes: what the service's model says of each member, checked and typed in one walk.
 *
 * A wrong JSON type ends the walk with a SerializationException. A broken constraint is noted and
 * the walk goes on, so a ValidationException lists what is wrong everywhere, and a wrong type
 * anywhere still comes first (D11). `null` is absence and unknown members are dropped (rule 57).
 *
 * Paths are put together only where something is wrong: a good request pays for none.
 */
import type { ErrorCode } from '../core/errors.ts'
import { isJsonObject } from './json.ts'
import { refuse, Refused } from './refused.ts'

/** Reads a value that is present, that is, not null. */
export interface Shape<T> {
  read(value: unknown, breaches: Breaches): T
}

/** The type that a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never

/** The service's own front end lists at most so many (rule 53). */
const BREACHES_LISTED_MAX = 10

/** Longest piece of a caller's value that is told back to it, in characters. */
const VALUE_SHOWN_MAX = 1_024

/**
 * One thing that a request does wrong.
 *
 * @property value As it is shown, quotes included. @property code What a request is refused with for it.
 */
export interface Breach {
  readonly path: string
  readonly value: string
  readonly constraint: string
  readonly code: 'ValidationException' | 'SerializationException'
}

/**
 * The constraints that a request breaks, in the order in which they were met.
 *
 * A survey notes them all, however many, and wrong types beside them; without it the walk is the service's own.
 */
export class Breaches {
  readonly #list: (Omit<Breach, 'path'> & { path: string })[] = []
  readonly #isSurvey: boolean

  constructor({ isSurvey = false }: { readonly isSurvey?: boolean } = {}) {
    this.#isSurvey = isSurvey
  }

  get count(): number {
    return this.#list.length
  }

  get list(): readonly Breach[] {
    return this.#list
  }

  /** @param value As it is shown, quotes included; `null` stands without. */
  add(value: string, constraint: string): void {
    if (this.#list.length >= BREACHES_LISTED_MAX && !this.#isSurvey) return
    this.#list.push({ path: '', value, constraint, code: 'ValidationException' })
  }

  /** Reads one member. Undefined only in a survey, and only where something was noted. */
  read<T>(shape: Shape<T>, value: unknown): T | undefined {
    if (!this.#isSurvey) return shape.read(value, this)
    try {
      return shape.read(value, this)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const constraint = error.refusal.reason
      this.#list.push({ path: '', value: '', constraint, code: 'SerializationException' })
      return undefined
    }
  }

  /** Puts a step before the path of every breach from `mark` on. */
  under(mark: number, step: string): void {
    for (const breach of this.#list.slice(mark)) {
      breach.path = breach.path === '' ? step : `${step}.${breach.path}`
    }
  }

  /** Refuses the request if anything was noted, with the error by which the service tells of it. */
  settle(code: ErrorCode = 'ValidationException'): void {
    const count = this.#list.length
    if (count === 0) return
    const texts = this.#list.map(
      ({ path, value, constraint }) =>
        `Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`,
    )
    const head = `${count} validation error${count === 1 ? '' : 's'} detected: `
    // Without the values: they may be long, and equal mistakes should read the same.
    const reasons = this.#list.map(({ path, constraint }) => `${path}: ${constraint}`)
    refuse(code, reasons.join('; '), head + texts.join('; '))
  }
}

function shown(value: string | number): string {
  const text = String(value)
  return `'${text.length > VALUE_SHOWN_MAX ? `${text.slice(0, VALUE_SHOWN_MAX)}…` : text}'`
}

/** @param text Lengths in Unicode code points, both inclusive. */
export function text(rule: {
  readonly min?: number
  readonly max?: number
  readonly pattern?: RegExp
}): Shape<string> {
  const { min = 0, max = Infinity, pattern } = rule
  return {
    read(value, breaches) {
      if (typeof value !== 'string') return wrongType(value, 'String')
      if (pattern !== undefined && !pattern.test(value)) {
        const source = pattern.source.replaceAll('\\/', '/')
        breaches.add(shown(value), `Member must satisfy regular expression pattern: ${source}`)
      }
      if (value.length < min) {
        const constraint = `Member must have length greater than or equal to ${min}`
        breaches.add(shown(value), constraint)
      }
      if (value.length > max && Array.from(value).length > max) {
        breaches.add(shown(value), `Member must have length less than or equal to ${max}`)
      }
      return value
    },
  }
}

/** A whole number. `5.0`, `5e0` and `-0` are whole; a fraction is never cut, for money hangs on it (D6). */
export function integer(rule: { readonly min: number; readonly max: number }): Shape<number> {
  return {
    read(value, breaches) {
      if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(value, 'Integer')
      if (value < rule.min) {
        breaches.add(shown(value), `Member must have value greater than or equal to ${rule.min}`)
      }
      if (value > rule.max) {
        breaches.add(shown(value), `Member must have value less than or equal to ${rule.max}`)
      }
      return value + 0
    },
  }
}

export const boolean: Shape<boolean> = {
  read(value) {
    return typeof value === 'boolean' ? value : wrongType(value, 'Boolean')
  },
}

/** Seconds since 1970 with any fraction. The number is kept as it came, for the echo. */
export const timestamp: Shape<number> = {
  read(value) {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (typeof value !== 'string' && typeof value !== 'boolean') return wrongType(value, 'Date')
    const message = `class java.lang.${javaClass(value)} can not be converted to milliseconds since epoch`
    return refuse('SerializationException', 'a timestamp is not a number', message)
  },
}

export function list<T>(
  item: Shape<T>,
  rule: { readonly min?: number; readonly max: number },
): Shape<readonly T[]> {
  const { min = 0, max } = rule
  return {
    read(value, breaches) {
      if (!Array.isArray(value)) return notAList(value)
      const items: readonly unknown[] = value
      if (items.length < min || items.length > max) {
        const bound =
          items.length < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`
        breaches.add(shown(`[${items.length} members]`), `Member must have length ${bound}`)
      }
      return items.map((one, index) => {
        const mark = breaches.count
        const read = readPresent(item, one, breaches)
        if (breaches.count > mark) breaches.under(mark, `${index + 1}.member`)
        return read as T
      })
    },
  }
}

/** @param keys The only ones there may be. What has no value is as good as absent. */
export function map<const Key extends string, T>(
  keys: readonly Key[],
  item: Shape<T>,
): Shape<Readonly<Partial<Record<Key, T>>>> {
  const known = new Set<string>(keys)
  const constraint = `Map keys must satisfy constraint: [Member must satisfy enum value set: [${keys.join(', ')}]]`
  return {
    read(value, breaches) {
      if (!isJsonObject(value)) return notAStructure(value)
      const result: Partial<Record<Key, T>> = {}
      for (const [key, given] of Object.entries(value)) {
        if (!known.has(key)) breaches.add(shown(key), constraint)
        else if (given !== null && given !== undefined) {
          const mark = breaches.count
          const read = breaches.read(item, given)
          if (read !== undefined) result[key as Key] = read
          if (breaches.count > mark) breaches.under(mark, `${key}.member`)
        }
      }
      return result
    },
  }
}

/** One member of a structure; made by {@link required}, {@link optional} and {@link defaulted}. */
export interface Member<T, Presence extends 'required' | 'optional' | 'defaulted'> {
  readonly shape: Shape<T>
  readonly presence: Presence
  readonly fallback?: T
}

export function required<T>(shape: Shape<T>): Member<T, 'required'> {
  return { shape, presence: 'required' }
}

export function optional<T>(shape: Shape<T>): Member<T, 'optional'> {
  return { shape, presence: 'optional' }
}

export function defaulted<T>(shape: Shape<T>, fallback: T): Member<T, 'defaulted'> {
  return { shape, presence: 'defaulted', fallback }
}

type Presence = 'required' | 'optional' | 'defaulted'
type Members = Readonly<Record<string, Member<unknown, Presence>>>
type Optional<M extends Members> = {
  [Name in keyof M]: M[Name]['presence'] extends 'optional' ? Name : never
}[keyof M]

/** The object that a structure reads: optional members are absent, never undefined. */
export type Structure<M extends Members> = {
  readonly [Name in Exclude<keyof M, Optional<M>>]: Read<M[Name]['shape']>
} & { readonly [Name in Optional<M>]?: Read<M[Name]['shape']> }

/** @param members In the order in which problems are listed and members are echoed. */
export function structure<const M extends Members>(members: M): Shape<Structure<M>> {
  const entries = Object.entries(members).map(([name, member]) => ({
    name,
    step: name.charAt(0).toLowerCase() + name.slice(1),
    member,
  }))
  return {
    read(value, breaches) {
      if (!isJsonObject(value)) return notAStructure(value)
      const result: Record<string, unknown> = {}
      for (const { name, step, member } of entries) {
        const given = value[name]
        const mark = breaches.count
        if (given !== undefined && given !== null) {
          result[name] = breaches.read(member.shape, given)
        } else if (member.presence === 'defaulted') {
          result[name] = member.fallback
        } else if (member.presence === 'required') {
          breaches.add('null', 'Member must not be null')
        }
        if (breaches.count > mark) breaches.under(mark, step)
      }
      // A required member may be missing here; then `settle` refuses before anybody looks.
      return result as Structure<M>
    },
  }
}

/** Reads a request's root and refuses it unless every constraint holds. */
export function readRequest<T>(shape: Shape<T>, value: unknown, code?: ErrorCode): T {
  const breaches = new Breaches()
  const request = shape.read(value, breaches)
  breaches.settle(code)
  return request
}

function readPresent<T>(shape: Shape<T>, value: unknown, breaches: Breaches): T | undefined {
  if (value !== null) return breaches.read(shape, value)
  breaches.add('null', 'Member must not be null')
  return undefined
}

/** The texts of rule 57, grammar and all: they are what callers know from AWS. */
function wrongType(value: unknown, wanted: string): never {
  if (typeof value === 'object') return startOfContainer(value)
  const article = wanted === 'Boolean' || wanted === 'Date' ? 'a' : 'an'
  const message = `class ${numberOrJavaClass(value)} can not be converted to ${article} ${wanted}`
  return refuse('SerializationException', `a member is not of type ${wanted}`, message)
}

function notAList(value: unknown): never {
  if (typeof value === 'object') return startOfContainer(value)
  return refuse('SerializationException', 'a scalar stands for a list', 'Expected list or null')
}

function notAStructure(value: unknown): never {
  if (Array.isArray(value)) return startOfContainer(value)
  return refuse('SerializationException', 'a scalar stands for a structure', 'Expected null')
}

function startOfContainer(value: unknown): never {
  const message = Array.isArray(value)
    ? 'Start of list found where not expected'
    : 'Start of structure or map found where not expected.'
  return refuse('SerializationException', 'a list or structure stands in a wrong place', message)
}

function numberOrJavaClass(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint'
    ? 'com.amazon.coral.value.json.numbers.TruncatingBigNumber'
    : `java.lang.${javaClass(value)}`
}

function javaClass(value: unknown): 'String' | 'Boolean' {
  return typeof value === 'string' ? 'String' : 'Boolean'
}
