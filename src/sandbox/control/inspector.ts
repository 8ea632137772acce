/** The inspector's page: what a workspace is asked and answers, live. */
import { readFileSync } from 'node:fs'
import type { Hono } from 'hono'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}
/** They hold nothing of a workspace, so whoever follows a link to them may have them. */
export const PAGE_PATHS: ReadonlySet<string> = new Set(['/', '/inspector.js', '/inspector.css'])
const FILES = [
  ['/', 'inspector.html', 'text/html'],
  ['/inspector.js', 'inspector.js', 'text/javascript'],
  ['/inspector.css', 'inspector.css', 'text/css'],
] as const

export function inspectorRoutes(app: Hono): void {
  for (const [path, file, type] of FILES) {
    const text = readFileSync(new URL(`./page/${file}`, import.meta.url), 'utf8')
    const headers = { ...HEADERS, 'Content-Type': `${type}; charset=utf-8` }
    app.get(path, (context) => context.body(text, 200, headers))
  }
}
