/**
 * Reads a YAML file, or tells everything that is wrong with its form, each with its line and column.
 */
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import type { Problem } from '../../core/catalog-change.ts'
import { type Check, checkOf } from './form.ts'
import { CATALOG_FILE, type CatalogFile } from './schema.ts'

export type ReadResult<File> =
  | { readonly ok: true; readonly file: File; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly string[] }

export type ParseResult =
  | { readonly ok: true; readonly value: unknown; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Turns a problem at a path such as `products[0].code` into a line that an editor can jump to. */
export type Locate = (problem: Problem) => string

/** Checks the form of a document that somebody else has parsed. */
export const checkCatalog: Check<CatalogFile> = checkOf<CatalogFile>(CATALOG_FILE)

/** @param name The file's name, as the problems are to say it. */
export function readCatalogFile(text: string, name: string): ReadResult<CatalogFile> {
  return readFileWith(checkCatalog, text, name)
}

/** The same of a file of another form. */
function readFileWith<File>(check: Check<File>, text: string, name: string): ReadResult<File> {
  const parsed = parseFile(text, name)
  if (!parsed.ok) return parsed
  const { value, locate } = parsed
  const checked = check(value)
  return checked.ok
    ? { ...checked, locate }
    : { ok: false, problems: checked.problems.map((problem) => locate(problem)) }
}

/** What a file says, whatever its form. JSON is YAML too. */
export function parseFile(text: string, name: string): ParseResult {
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
  const locate: Locate = ({ where, text: problem }) => {
    const place = at(offsetOf(document, segmentsOf(where)))
    return where === '' ? `${place}: ${problem}` : `${place}: ${where}: ${problem}`
  }
  return { ok: true, value, locate }
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

/** `products[0].code` as the members that lead there. */
export function segmentsOf(where: string): (string | number)[] {
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
