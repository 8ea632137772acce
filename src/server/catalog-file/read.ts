/**
 * Reads a catalog file, or tells everything that is wrong with its form, each with its line and column.
 */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import type { Problem } from '../../core/catalog-change.ts'
import { CATALOG_FILE, type CatalogFile } from './schema.ts'

export type ReadResult =
  | { readonly ok: true; readonly file: CatalogFile; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Turns a problem at a path such as `products[0].code` into a line that an editor can jump to. */
export type Locate = (problem: Problem) => string

/** @param name The file's name, as the problems are to say it. */
export function readCatalogFile(text: string, name: string): ReadResult {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`)
    return { ok: false, problems }
  }
  const value = plainValueOf(document)
  if (value === TOO_MANY_ALIASES) {
    return { ok: false, problems: [`${name}: has too many aliases (*name); write things out`] }
  }
  const locate: Locate = (problem) => {
    const path = segmentsOf(problem.where)
    const place = at(offsetOf(document, path))
    return problem.where === ''
      ? `${place}: ${problem.text}`
      : `${place}: ${problem.where}: ${problem.text}`
  }
  const checked = checkCatalog(value)
  if (checked.ok) return { ...checked, locate }
  return { ok: false, problems: checked.problems.map(locate) }
}

const TOO_MANY_ALIASES = Symbol('too many aliases')

/** A few lines of aliases to aliases can stand for more than any memory holds. */
function plainValueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 1_000 })
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY_ALIASES
    throw error
  }
}

export type CheckResult =
  | { readonly ok: true; readonly file: CatalogFile }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Checks the form of a document that somebody else has parsed. */
export function checkCatalog(value: unknown): CheckResult {
  if (isCatalogFile(value)) return { ok: true, file: value }
  return { ok: false, problems: formProblems() }
}

const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true })
const isCatalogFile = ajv.compile<CatalogFile>(CATALOG_FILE)

/** What the last check found. A union that fits in no part is told once, not once a part. */
function formProblems(): Problem[] {
  const errors = isCatalogFile.errors ?? []
  const unions = new Set(errors.filter((one) => one.keyword === 'anyOf').map(pathOf))
  return errors
    .filter((one) => one.keyword === 'anyOf' || !unions.has(pathOf(one)))
    .map((one) => ({ where: whereOf(one), text: textOf(one) }))
}

function pathOf({ instancePath }: ErrorObject): string {
  return instancePath
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
  switch (error.keyword) {
    case 'additionalProperties':
      return 'there is no such member'
    case 'required':
      return `needs ${String(params['missingProperty'])}`
    case 'type':
      return params['type'] === 'string'
        ? 'expected text; put it in quotes'
        : `expected ${PLAIN_TYPES[String(params['type'])] ?? String(params['type'])}`
    case 'const':
      return `expected ${String(params['allowedValue'])}`
    case 'anyOf':
      return `expected ${choicesOf(error)}`
    default:
      return error.message ?? 'is not valid'
  }
}

const PLAIN_TYPES: Readonly<Record<string, string>> = {
  object: 'members',
  array: 'a list',
  boolean: 'true or false',
}

/** The parts of a union are literals or types. */
function choicesOf({ schema }: ErrorObject): string {
  const parts: readonly unknown[] = Array.isArray(schema) ? schema : []
  return parts
    .map((part) => {
      if (typeof part !== 'object' || part === null) return ''
      if ('const' in part) return String(part.const)
      return 'type' in part ? `a ${String(part.type)}` : ''
    })
    .join(' or ')
}

function segmentsOf(where: string): (string | number)[] {
  return [...where.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? '') : Number(index),
  )
}

/** The nearest node that is there: a member that is missing is pointed at by what lacks it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}
