/**
 * A request's headers as the signature sees them: lower-case names, values folded, repeated ones joined.
 *
 * Why ours    `request.headers` of node:http drops some repeated headers and joins others with blanks; what
 *             was signed can only be told from the raw list.
 */

/** Said twice, these would leave it open which one counts. */
const SINGLE = new Set([
  'authorization',
  'date',
  'host',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
])

const FOLDABLE = /^[ \t\r\n]|[ \t\r\n]$|[\t\r\n]| {2}/
const BLANKS = /[ \t\r\n]+/g

export interface RequestHeaders {
  readonly values: ReadonlyMap<string, string>
  /** A header that may stand only once and stands there again. */
  readonly repeated: string | undefined
}

/** @param rawHeaders Names and values in turn, as node:http lists them. */
export function collectHeaders(rawHeaders: readonly string[]): RequestHeaders {
  const values = new Map<string, string>()
  let repeated: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = foldBlanks(rawHeaders[index + 1] ?? '')
    const earlier = values.get(name)
    if (earlier !== undefined && SINGLE.has(name)) repeated ??= name
    values.set(name, earlier === undefined ? value : `${earlier},${value}`)
  }
  return { values, repeated }
}

/**
 * Trims a value and turns each run of blanks into one.
 *
 * Only ASCII blanks: in a header that node:http read as Latin-1, U+00A0 may be half of a UTF-8 letter.
 */
function foldBlanks(value: string): string {
  if (!FOLDABLE.test(value)) return value
  const folded = value.replace(BLANKS, ' ')
  const start = folded.startsWith(' ') ? 1 : 0
  const end = folded.endsWith(' ') ? folded.length - 1 : folded.length
  return folded.slice(start, Math.max(start, end))
}
