/**
 * The declarative catalog as the admin API takes it: the same form and the same rules as a file.
 *
 * Secrets are refused here. `env:` and `file:` would let a caller read what is the server's, and the API
 * has a route of its own that makes access keys.
 */
import { randomInt } from 'node:crypto'
import { newNames } from '../../core/catalog-names.ts'
import type { CatalogDocuments } from '../admin/catalog-documents.ts'
import { checkCatalog } from './read.ts'
import { pruneWishes, wishesOf } from './wanted.ts'

export const catalogDocuments: CatalogDocuments = {
  read(document, { index, nowMs, prune }) {
    const checked = checkCatalog(document)
    if (!checked.ok) return checked
    const { wanted, problems } = wishesOf(checked.file, {
      nowMs,
      names: newNames(randomInt),
      sealSecret: () => ({ ok: false, problem: SECRET_REFUSED }),
    })
    if (problems.length > 0) return { ok: false, problems }
    const pruned = prune ? pruneWishes(checked.file, index, nowMs) : []
    return { ok: true, wanted: [...wanted, ...pruned] }
  },
}

const SECRET_REFUSED =
  'a document sent to the API holds no secrets; make keys with POST /v1/access-keys'
