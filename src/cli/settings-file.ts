/** A YAML file of settings: one name a line. Problems name the file and the line. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

export interface SettingsFile {
  /** By name: the value as text, and where it stands. */
  readonly settings: ReadonlyMap<string, { readonly where: string; readonly text: string }>
  readonly problems: readonly string[]
}

export function parseSettingsFile(
  source: string,
  file: string,
  known: readonly string[],
): SettingsFile {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
  const settings = new Map<string, { where: string; text: string }>()
  const problems: string[] = []
  const at = (offset: number): string => `${file}:${lines.linePos(offset).line}`
  for (const error of document.errors) problems.push(`${at(error.pos[0])}: ${error.message}`)
  const { contents } = document
  if (problems.length > 0 || contents === null) return { settings, problems }
  if (!isMap(contents)) {
    return { settings, problems: [`${file}: expected settings, such as "port: 7070"`] }
  }
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : ''
    const where = `${at(offsetOf(key))}: ${name}`
    if (!known.includes(name)) problems.push(`${where}: no such setting`)
    else {
      const text = textOf(value)
      if (text === undefined) problems.push(`${where}: expected a value`)
      else settings.set(name, { where, text })
    }
  }
  return { settings, problems }
}

function offsetOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) ? ((node as Node).range?.[0] ?? 0) : 0
}

/** A list is as good as a text with commas. */
function textOf(value: unknown): string | undefined {
  if (isSeq(value)) {
    const parts = value.items.map(textOf)
    return parts.every((part) => part !== undefined) ? parts.join(',') : undefined
  }
  const scalar: unknown = isScalar(value) ? value.value : undefined
  if (typeof scalar === 'string') return scalar
  return typeof scalar === 'number' || typeof scalar === 'boolean' ? String(scalar) : undefined
}
