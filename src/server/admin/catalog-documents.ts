/** What the admin API needs of the declarative catalog, which the command line's rooms read and write. */
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { Wanted } from '../../core/catalog-wanted.ts'
import type { ProblemPart } from './problem.ts'

export interface CatalogDocuments {
  /** Reads a document into wishes; with `prune`, also the wish to retire what it does not name. */
  read(
    document: unknown,
    given: { readonly index: CatalogIndex; readonly nowMs: number; readonly prune: boolean },
  ):
    | { readonly ok: true; readonly wanted: readonly Wanted[] }
    | { readonly ok: false; readonly problems: readonly ProblemPart[] }
}
