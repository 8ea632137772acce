/**
 * Takes the values of secret members out of JSON that is kept or shown, however their names are spelled.
 *
 * Spelling    Any case, and any letter as an escape, also where JSON stands within a text of JSON.
 * Raw         All else stays as it came, to the byte.
 * No JSON     Where a member ends cannot be known, so nothing is shown from its name on.
 * Checked by  secret-members.test.ts
 */
const NAMES = ['RegistrationToken', 'Signature']
const SECRET = new Set(NAMES.map((name) => name.toLowerCase()))
const SPELLED = NAMES.map((name) => Array.from(name, spellings).join('')).join('|')
/** A secret's name, wherever it stands. */
const NAME = new RegExp(SPELLED)
/** Its name as a member's, in JSON that is the text of a member. */
const NESTED_NAME = new RegExp(`(?:${SPELLED})\\\\{1,8}(?:"|u0022)[\\s\\\\nrt]{0,20}:`)
/** What JSON consists of; a text that has no end goes to the end. Each alternative matches whatever begins as it does: no going back. */
const PART = /"[^"\\]*(?:\\[^]?[^"\\]*)*"?|[{}[\],:]|[^\s"{}[\],:]+/g
const MASKED = '(masked)'

/** What stands in a secret's place. */
export type Mask = (value: string) => string

export function isSecretMember(name: string): boolean {
  return SECRET.has(name.toLowerCase())
}

/** @param mask Told the value as it is meant, without escapes. */
export function withoutSecretMembers(text: string, mask: Mask = () => MASKED): string {
  const found = NAME.exec(text)
  if (found === null) return text
  if (!isJson(text)) return `${text.slice(0, found.index)}${MASKED}`
  return withoutValues(text, mask)
}

function spellings(letter: string): string {
  const either = [letter.toLowerCase(), letter.toUpperCase()]
  const codes = either.map((one) => one.charCodeAt(0).toString(16))
  const hex = codes.join('|').replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
  return `(?:${either.join('|')}|\\\\{1,8}u00(?:${hex}))`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function withoutValues(text: string, mask: Mask): string {
  let depth = 0
  /** How deep the secret stands whose value this is: all of it goes, a list or an object too. */
  let secretDepth: number | undefined
  let name = ''
  return text.replace(PART, (part) => {
    if (part === '{' || part === '[') depth++
    else if (part === '}' || part === ']') depth--
    else if (part === ':' && isSecretMember(name)) secretDepth ??= depth
    else if (part !== ':' && part !== ',') {
      name = meant(part)
      return secretDepth === undefined ? shown(part) : masked(part, mask)
    }
    if (secretDepth !== undefined && hasEnded(part, depth, secretDepth)) secretDepth = undefined
    return part
  })
}

function hasEnded(part: string, depth: number, secretDepth: number): boolean {
  return depth < secretDepth || (part === ',' && depth === secretDepth)
}

function masked(part: string, mask: Mask): string {
  const value = meant(part)
  return value === '' ? part : JSON.stringify(mask(value))
}

function shown(part: string): string {
  const found = NESTED_NAME.exec(part)
  return found === null ? part : `${part.slice(0, found.index)}${MASKED}"`
}

function meant(part: string): string {
  return String(JSON.parse(part))
}
