/**
 * Takes an Authorization header apart: `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
 *
 * Limits      Parts may come in any order, with or without a blank beside the commas, each once. Blanks come
 *             folded already (request-headers.ts). Only U+0020 is one: `trim` would take U+00A0 too.
 *             Whether a part makes sense is for its reader to say; nothing here throws.
 */

/** Ten times what an SDK sends; the header comes back in rule 66's text. */
const AUTHORIZATION_LENGTH_MAX = 4_096

export interface Authorization {
  readonly algorithm: string
  /** These three are empty where they are missing. */
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
  /** What no reader may overlook, in words for our log: a part twice, or one that nobody knows. */
  readonly defect: string | undefined
}

type PartName = 'Credential' | 'SignedHeaders' | 'Signature'

export function isTooLong(header: string): boolean {
  return header.length > AUTHORIZATION_LENGTH_MAX
}

/** Another scheme (Basic, Bearer) is no attempt to sign. */
export function isAwsAuthorization(header: string): boolean {
  return header.startsWith('AWS4-')
}

export function parseAuthorization(header: string): Authorization {
  const blank = header.indexOf(' ')
  const algorithm = blank < 0 ? header : header.slice(0, blank)
  const parts = { Credential: '', SignedHeaders: '', Signature: '' }
  const seen: string[] = []
  let defect: string | undefined
  for (const text of blank < 0 ? [] : header.slice(blank).split(',')) {
    const part = withoutBlanks(text)
    const equals = Math.max(0, part.indexOf('='))
    const name = part.slice(0, equals)
    if (!isPartName(name)) defect ??= 'the Authorization header has a part that nobody knows'
    else if (seen.includes(name)) defect ??= `the Authorization header has ${name} twice`
    else {
      parts[name] = part.slice(equals + 1)
      seen.push(name)
    }
  }
  const { Credential: credential, SignedHeaders: signedHeaders, Signature: signature } = parts
  return { algorithm, credential, signedHeaders, signature, defect }
}

function isPartName(text: string): text is PartName {
  return text === 'Credential' || text === 'SignedHeaders' || text === 'Signature'
}

function withoutBlanks(text: string): string {
  const start = text.startsWith(' ') ? 1 : 0
  return text.slice(start, text.endsWith(' ') ? Math.max(start, text.length - 1) : undefined)
}
