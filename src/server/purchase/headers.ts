/**
 * What a browser is told about each page for buyers.
 *
 * Policy      Nothing but our own style and script, no frame around a page, and forms only to where this very page leads.
 *             Browsers hold redirects against `form-action` too, so the origins that a fulfilment URL sends on to are named beside it.
 * Referrer    The origin, never the path: the path of a purchase page is a secret. `no-referrer` would make browsers send
 *             `Origin: null`, and sellers look at it.
 * Checked by  purchase.test.ts, and browser.test.ts in a real browser
 */

/** @param formOrigins Where a form of the page may lead, by way of redirects too; none: to this service alone. */
export function pageHeaders(formOrigins: readonly string[] = []): Readonly<Record<string, string>> {
  const forms = formOrigins.length === 0 ? "'self'" : formOrigins.join(' ')
  return {
    'content-security-policy': `default-src 'none'; style-src 'self'; script-src 'self'; form-action ${forms}; frame-ancestors 'none'; base-uri 'none'`,
    'cache-control': 'no-store',
    'referrer-policy': 'strict-origin',
    'cross-origin-opener-policy': 'same-origin',
    ...FIXED,
  }
}

const FIXED = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' }

/** Of style and script, which are the same for everybody. */
export const ASSET_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'public, max-age=3600',
  ...FIXED,
}

interface RequestHeaders {
  readonly 'sec-fetch-site'?: string | string[] | undefined
  readonly origin?: string | undefined
  readonly host?: string | undefined
}

/**
 * Whether a form was sent from a page of this service: no other site makes a buyer's browser accept something. Browsers say it
 * themselves, so no token need be kept; who says nothing is no browser of today and is refused.
 */
export function isFromOwnPage(headers: RequestHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = headers
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host
}
