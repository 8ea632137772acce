/**
 * Text that any database gives back as it was.
 *
 * A lone surrogate has no UTF-8, and NUL ends a text for some databases, so both are escaped, and the
 * backslash that marks an escape with them. Equal texts stay equal and different ones different (D6).
 */

const SPECIAL = /[\0\\\ud800-\udfff]/
const TO_ESCAPE = /[\0\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const ESCAPED = /\\(0|\\|u[0-9a-f]{4})/g

export function toStoredText(text: string): string {
  return SPECIAL.test(text) ? text.replace(TO_ESCAPE, escape) : text
}

export function fromStoredText(text: string): string {
  return text.includes('\\') ? text.replace(ESCAPED, unescape) : text
}

function escape(character: string): string {
  if (character === '\0') return '\\0'
  return character === '\\' ? '\\\\' : `\\u${character.charCodeAt(0).toString(16)}`
}

function unescape(_escaped: string, code: string): string {
  if (code === '0') return '\0'
  return code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code.slice(1), 16))
}
