/**
 * What every page for a buyer has: language, title, one heading, the style.
 *
 * Escaped     by the template itself: whatever is put into `html` is text, unless it came from `html`. Nothing here says `raw`.
 * No inline   Style and script are files of their own, so that the policy (headers.ts) allows nothing inside a page.
 */
import { html } from 'hono/html'

/** A promise only where a part of it is one. */
export type Html = ReturnType<typeof html>

export const STYLE_PATH = '/style.css'
export const SCRIPT_PATH = '/form.js'

export interface PageParts {
  readonly title: string
  readonly body: Html
}

export function pageOf({ title, body }: PageParts): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
        <script src="${SCRIPT_PATH}" defer></script>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`
}

/** Names and what they stand for, each in a line. */
export function factList(facts: readonly (readonly [name: string, value: string])[]): Html {
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`
}
