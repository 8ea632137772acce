/**
 * Where a buyer's browser may be sent: a fulfilment URL, and the origins that it may send the browser on to.
 *
 * Narrow      Origins end up in a Content-Security-Policy and URLs in a form, so only what reads the same to everybody is
 *             taken: no user, no fragment, no name that is a number in disguise, no quote, blank or semicolon.
 * Secure      https; http only to the machine itself, for a seller who is trying things.
 * Canonical   Scheme and host in lower case, no default port, at least `/` as the path: what browsers make of it.
 * Checked by  fulfilment-url.test.ts, against the platform's own reading of URLs
 */
import type { NameRule } from './catalog-names.ts'

export const REDIRECT_ORIGINS_MAX = 20
const URL_LENGTH_MAX = 2_048

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** The last label begins with a letter, or browsers read the name as a number. */
const NAME = `(?:${LABEL}\\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?`
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const LOOPBACK = new RegExp(`^(?:localhost|127(?:\\.${BYTE}){3}|\\[::1\\])$`)
const ORIGIN = new RegExp(
  `^(https?)://(${NAME}|${BYTE}(?:\\.${BYTE}){3}|\\[::1\\])(?::([1-9]\\d{0,4}))?$`,
)
const HEAD = /^([a-z]+:\/\/[^/?#]*)(.*)$/i
/** Visible ASCII but for what browsers write another way, or what could end the attribute it stands in. */
const REST = /^(?:\/[!$%&()*+,\-.0-9:=@A-Z[\]_a-z~/]*)?(?:\?[!$%&()*+,\-.0-9:=@A-Z[\]_a-z~/?]*)?$/
const DEFAULT_PORT: Readonly<Record<string, string>> = { https: '443', http: '80' }
const PORT_MAX = 65_535

export const FULFILMENT_URL: NameRule<string> = {
  parse(text) {
    const [, head = '', rest = ''] = HEAD.exec(text) ?? []
    const origin = originOf(head)
    if (origin === undefined || text.length > URL_LENGTH_MAX || !REST.test(rest)) return undefined
    return `${origin}${rest.startsWith('/') ? '' : '/'}${rest}`
  },
  expected:
    'a fulfilment URL such as https://example.com/register: https (http for localhost alone), in ASCII, without a user or a fragment, at most 2,048 characters',
}

export const REDIRECT_ORIGIN: NameRule<string> = {
  parse: originOf,
  expected:
    'an origin such as https://app.example.com: https (http for localhost alone), and no path',
}

/** The origin of a URL that {@link FULFILMENT_URL} has read. */
export function originOfUrl(url: string): string {
  return HEAD.exec(url)?.[1] ?? url
}

function originOf(text: string): string | undefined {
  const [, scheme = '', host = '', port] = ORIGIN.exec(text.toLowerCase()) ?? []
  if (scheme === '' || host.length > 253 || Number(port ?? 0) > PORT_MAX) return undefined
  if (scheme === 'http' && !LOOPBACK.test(host)) return undefined
  const shown = port === undefined || port === DEFAULT_PORT[scheme] ? '' : `:${port}`
  return `${scheme}://${host}${shown}`
}
