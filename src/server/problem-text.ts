/** A problem with its path, for who has no file to point into. */
import type { Problem } from '../core/catalog-change.ts'

export function problemText({ where, text }: Problem): string {
  return where === '' ? text : `${where}: ${text}`
}
