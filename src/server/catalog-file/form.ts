/**
 * Checks the form of a file against its schema, and says what is wrong: all of it, each with the rule and the value that broke it.
 *
 * Checked by read.test.ts
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import type { Problem } from '../../core/catalog-change.ts'

export type CheckResult<File> =
  | { readonly ok: true; readonly file: File }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Checks a document that somebody else has parsed. */
export type Check<File> = (value: unknown) => CheckResult<File>

export function checkOf<File>(schema: TSchema): Check<File> {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true })
  const isFile: ValidateFunction<File> = ajv.compile<File>(schema)
  return (value) => {
    if (isFile(value)) return { ok: true, file: value }
    return { ok: false, problems: problemsOf(isFile.errors ?? []) }
  }
}

/** A union that fits in no part is told once, not once a part; one that could be meant to be its only object is told as that. */
function problemsOf(errors: readonly ErrorObject[]): Problem[] {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  const meant = new Map(unions.map((union) => [union, meantPartOf(union)]))
  const isTold = (error: ErrorObject): boolean =>
    unions.every((union) => {
      const part = meant.get(union)
      if (error === union) return part === undefined
      if (!isWithin(error, union)) return true
      return part !== undefined && error.schemaPath.startsWith(`${part}/`)
    })
  return errors.filter(isTold).map((one) => ({ where: whereOf(one), text: textOf(one) }))
}

/** Whether it was found while a part of the union was tried. */
function isWithin(error: ErrorObject, union: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${union.schemaPath}/`) &&
    `${error.instancePath}/`.startsWith(`${union.instancePath}/`)
  )
}

/** The path of the one part of a union that takes objects, where an object was given. */
function meantPartOf({ data, schema, schemaPath }: ErrorObject): string | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined
  const parts: readonly unknown[] = Array.isArray(schema) ? schema : []
  const index = parts.findIndex((part) => typeOf(part) === 'object')
  return index < 0 ? undefined : `${schemaPath}/${index}`
}

/** `/products/0` becomes `products[0]`. An unknown member is pointed at itself. */
function whereOf(error: ErrorObject): string {
  const path = error.instancePath.split('/').slice(1)
  const extra: unknown = error.params['additionalProperty']
  const parts = typeof extra === 'string' ? [...path, extra] : path
  return parts
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}

function textOf(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params
  const got = gotOf(error)
  switch (error.keyword) {
    case 'additionalProperties':
      return `there is no such member; there are ${membersOf(error)}`
    case 'required':
      return `needs ${String(params['missingProperty'])}`
    case 'type':
      return params['type'] === 'string'
        ? `expected text${got}; put it in quotes`
        : `expected ${typeText(String(params['type']))}${got}`
    case 'const':
      return `expected ${String(params['allowedValue'])}${got}`
    case 'enum':
      return `expected ${(params['allowedValues'] as readonly unknown[]).join(' or ')}${got}`
    case 'anyOf':
      return `expected ${choicesOf(error)}${got}`
    default:
      return `${error.message ?? 'is not valid'}${got}`
  }
}

function membersOf({ parentSchema }: ErrorObject): string {
  const properties: unknown = parentSchema?.['properties']
  return Object.keys(properties ?? {}).join(', ')
}

/** Nobody wants to read more of a value than tells where it came from. */
const SHOWN_LENGTH_MAX = 80
const SECRET = /\/(?:secret|sessionToken|privateKey)$/

/** A secret is not told: problems are printed, and pasted. */
function gotOf({ data, instancePath }: ErrorObject): string {
  if (SECRET.test(instancePath)) return ''
  if (data === null) return ', got nothing'
  if (typeof data === 'object') return `, got ${Array.isArray(data) ? 'a list' : 'members'}`
  const shown = JSON.stringify(data)
  return `, got ${shown.length > SHOWN_LENGTH_MAX ? `${shown.slice(0, SHOWN_LENGTH_MAX)}…` : shown}`
}

const TYPE_TEXTS: Readonly<Record<string, string>> = {
  object: 'members',
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
}

function typeText(type: string): string {
  return TYPE_TEXTS[type] ?? type
}

function typeOf(part: unknown): string | undefined {
  return typeof part === 'object' && part !== null && 'type' in part ? String(part.type) : undefined
}

/** The parts of a union are literals or types. */
function choicesOf({ schema }: ErrorObject): string {
  const parts: readonly unknown[] = Array.isArray(schema) ? schema : []
  return parts
    .map((part) => {
      if (typeof part === 'object' && part !== null && 'const' in part) return String(part.const)
      return typeText(typeOf(part) ?? '')
    })
    .join(' or ')
}
