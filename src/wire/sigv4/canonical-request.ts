/**
 * Writes the canonical request: the one text that both sides hash.
 *
 * Source      "Create a signed AWS API request" in AWS's IAM user guide: any service but S3, so the path is
 *             normalised and then encoded once more than it was on the wire; the query is encoded once.
 * Limits      Characters stand for bytes, one each, as node:http gives them; anything above U+00FF is not a
 *             byte and has no canonical form.
 * Checked by  worked-cases.test.ts
 */

const HEX = '0123456789ABCDEF'
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*\/?$/
const ENCODED = /[^A-Za-z0-9_.~-]/g
const ENCODED_IN_PATH = /[^A-Za-z0-9_.~/-]/g
const ESCAPE = /%([0-9A-Fa-f]{2})/g

export interface CanonicalParts {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Lower-case names in order, each with its folded value. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly signedHeaders: string
  /** Lower-case hexadecimal SHA-256 of the body. */
  readonly bodyHash: string
}

export function writeCanonicalRequest(parts: CanonicalParts): string {
  let text = `${parts.method}\n${canonicalPath(parts.path)}\n${canonicalQuery(parts.query)}\n`
  for (const [name, value] of parts.headers) text += `${name}:${value}\n`
  return `${text}\n${parts.signedHeaders}\n${parts.bodyHash}`
}

/** Removes empty, `.` and `..` segments from a path as it was received, then encodes it (so `%` becomes `%25`). */
export function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/'
  if (PLAIN_PATH.test(path)) return path
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  if (segments.length === 0) return '/'
  const trailing = path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${trailing}`.replace(ENCODED_IN_PATH, escapeByte)
}

/** Encodes each name and value anew and sorts by name, then value. A name without a value gets an empty one. */
export function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .filter((parameter) => parameter !== '')
    .map((parameter) => {
      const equals = parameter.indexOf('=')
      const name = equals < 0 ? parameter : parameter.slice(0, equals)
      const value = equals < 0 ? '' : parameter.slice(equals + 1)
      return [encodeAnew(name), encodeAnew(value)] as const
    })
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Names of a query's parameters, decoded. */
export function parameterNames(query: string): readonly string[] {
  return query.split('&').map((parameter) => decode(parameter.split('=', 1)[0] ?? ''))
}

function encodeAnew(text: string): string {
  return decode(text).replace(ENCODED, escapeByte)
}

/** A `%` that begins no escape stands for itself, and so does `+`. */
function decode(text: string): string {
  return text.replace(ESCAPE, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}

function escapeByte(character: string): string {
  const byte = character.charCodeAt(0)
  return `%${HEX.charAt(byte >> 4)}${HEX.charAt(byte & 15)}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
