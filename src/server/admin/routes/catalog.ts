/** The catalog as one document, and the log of all that was changed. */
import { entryKeyOf } from '../../../core/control-entries.ts'
import type { EntryChange } from '../../../core/catalog-change.ts'
import { Type } from 'typebox'
import { callerIn, OPERATOR_READ, OPERATOR_WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { applyWish } from '../change.ts'
import { AdminProblem } from '../problem.ts'
import { CatalogChanges, CatalogDocument, CatalogOptions, LogEntry, LogQuery } from '../schemas.ts'
import { logView } from '../views.ts'

/** A catalog of 100,000 agreements. */
const DOCUMENT_BYTES_MAX = 64 * 1_048_576
const LOG_COUNT_DEFAULT = 100

export function catalogRoutes(app: AdminApp, parts: AdminParts): void {
  applyRoute(app, parts)
  logRoute(app, parts)
}

function applyRoute(app: AdminApp, { control, documents, nowMs }: AdminParts): void {
  app.post(
    '/v1/catalog',
    {
      config: { access: OPERATOR_WRITE },
      bodyLimit: DOCUMENT_BYTES_MAX,
      schema: {
        summary: 'Apply a catalog document; applied twice it changes nothing the second time',
        querystring: CatalogOptions,
        body: CatalogDocument,
        response: { 200: CatalogChanges },
      },
    },
    async (request) => {
      if (documents === undefined) throw new AdminProblem('unavailable')
      const { dryRun = false, prune = false } = request.query
      const given = { index: control.index, nowMs: nowMs(), prune }
      const document = documents.read(request.body, given)
      if (!document.ok) throw new AdminProblem('invalidRequest', '', document.problems)
      const { wanted } = document
      if (dryRun) {
        const decision = await control.preview(wanted, given.nowMs)
        if (!decision.ok) throw new AdminProblem('refused', '', decision.problems)
        return { dryRun, changes: decision.changes.map(shownChange) }
      }
      const wish = { caller: callerIn(request), wanted, nowMs: given.nowMs }
      const changes = await applyWish(control, { ...wish, summary: 'apply a catalog document' })
      return { dryRun, changes: changes.map(shownChange) }
    },
  )
}

function shownChange({ before, after }: EntryChange) {
  const action = before === undefined ? ('add' as const) : ('change' as const)
  return { action, kind: after.kind, key: entryKeyOf(after) }
}

function logRoute(app: AdminApp, { controlStore }: AdminParts): void {
  app.get(
    '/v1/changes',
    {
      config: { access: OPERATOR_READ },
      schema: {
        summary: 'The log of changes, oldest first',
        querystring: LogQuery,
        response: {
          200: Type.Object({ items: Type.Array(LogEntry), next: Type.Optional(Type.Integer()) }),
        },
      },
    },
    async (request) => {
      const { after = 0, limit = LOG_COUNT_DEFAULT } = request.query
      const entries = await controlStore.readLog({ after, countMax: limit })
      const last = entries.at(-1)
      return {
        items: entries.map(logView),
        ...(last && entries.length === limit && { next: last.version }),
      }
    },
  )
}
