/** Metering calls as CloudTrail records: in pages, or as JSON Lines for as long as whoever asks goes on reading. */
import { Readable } from 'node:stream'
import pRetry from 'p-retry'
import { Type } from 'typebox'
import { ACCOUNT, OPERATION, PRODUCT } from '../../../core/catalog-names.ts'
import { StoreBusy } from '../../../store/busy.ts'
import type { Ledger } from '../../../store/ledger.ts'
import { auditedCalls, type AuditQuery } from '../../audit/calls.ts'
import { cloudTrailOf } from '../../audit/cloudtrail.ts'
import { asSeenBy, type AuditFilter, isWanted } from '../../audit/filter.ts'
import { linesOf } from '../../audit/lines.ts'
import { auditPage } from '../../audit/page.ts'
import { REFUSAL_CODE } from '../../refusals.ts'
import { callerIn, ownSellerAsked, READ } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { callPlaceIn, callPlaceText } from '../call-place.ts'
import type { Caller } from '../caller.ts'
import { requiredInstant } from '../instant.ts'
import { requiredName } from '../problem.ts'
import { AuditedCalls, AuditExportQuery, AuditPageQuery } from '../schemas-audit.ts'
import type { Shape } from '../schemas.ts'
import { cursorChecked, cursorsOf } from '../seller-cursors.ts'
import { endedIfStalled } from '../stalled.ts'

const COUNT_DEFAULT = 100
/** Each holds some records, and a reader of the ledger now and then. */
const EXPORTS_MAX = 2
/** To write a few hundred kilobytes. */
const STALL_MS_MAX = 60_000
/** While others read as many pages as can be. */
const BUSY_PAUSES = { retries: 50, minTimeout: 100, maxTimeout: 1_000, shouldRetry }

/** To the document it is a text; here it comes piece by piece. */
const LINES = Type.Unsafe<Readable>(Type.String())

export function auditRoutes(app: AdminApp, parts: AdminParts): void {
  pageRoute(app, parts)
  exportRoute(app, parts)
}

function pageRoute(app: AdminApp, { ledger, controlStore, masterKeys }: AdminParts): void {
  app.get(
    '/v1/audit',
    {
      config: { access: READ },
      schema: {
        summary: 'Metering calls that added or were refused something, as CloudTrail records',
        querystring: AuditPageQuery,
        response: { 200: AuditedCalls },
      },
    },
    async (request) => {
      const caller = callerIn(request)
      const { cursor, limit = COUNT_DEFAULT } = request.query
      const { filter, query } = askedOf(caller, request.query)
      const cursors = cursorsOf(caller, 'audit', masterKeys)
      const after = cursor === undefined ? undefined : callPlaceIn(cursors.placeOf(cursor))
      const steps = auditedCalls(
        { ledger, refusals: controlStore },
        { ...query, ...(after && { after }) },
      )
      const wanted = (call: Parameters<typeof isWanted>[0]) => isWanted(call, filter)
      const { calls, next } = await cursorChecked(auditPage(steps, wanted, limit, after))
      return {
        calls: calls.map((call) => cloudTrailOf(asSeenBy(call, caller.seller))),
        ...(next !== undefined && { next: cursors.shown(callPlaceText(next)) }),
      }
    },
  )
}

function exportRoute(app: AdminApp, { ledger, controlStore }: AdminParts): void {
  let exportCount = 0
  app.get(
    '/v1/audit/export',
    {
      config: { access: READ },
      schema: {
        summary: 'All of them at once, one JSON object a line',
        querystring: AuditExportQuery,
        response: { 200: { content: { 'application/x-ndjson': { schema: LINES } } } },
      },
    },
    (request, reply) => {
      const caller = callerIn(request)
      const { filter, query } = askedOf(caller, request.query)
      if (exportCount >= EXPORTS_MAX) throw new StoreBusy()
      exportCount += 1
      const steps = auditedCalls({ ledger: patient(ledger), refusals: controlStore }, query)
      const lines = endedIfStalled(linesOf(steps, filter, caller.seller), reply.raw, STALL_MS_MAX)
      const body = Readable.from(lines)
      body.once('close', () => {
        exportCount -= 1
      })
      reply.type('application/x-ndjson')
      return body
    },
  )
}

interface Asked {
  readonly filter: AuditFilter
  readonly query: AuditQuery
}

function askedOf(caller: Caller, query: Shape<typeof AuditExportQuery>): Asked {
  const seller = ownSellerAsked(caller, query.seller)
  const account = requiredName('query.account', ACCOUNT, query.account)
  const product = requiredName('query.product', PRODUCT, query.product)
  const operation = requiredName('query.operation', OPERATION, query.operation)
  const code = requiredName('query.code', REFUSAL_CODE, query.code)
  const fromMs = requiredInstant('query.from', query.from)
  const beforeMs = requiredInstant('query.before', query.before)
  const { requestId } = query
  return {
    filter: { seller, account, product, operation, code, requestId },
    query: {
      ...(seller !== undefined && { seller }),
      ...(fromMs !== undefined && { fromMs }),
      ...(beforeMs !== undefined && { beforeMs }),
    },
  }
}

/** An answer that has begun cannot be taken back because the store is busy for a moment. */
function patient(ledger: Pick<Ledger, 'read'>): Pick<Ledger, 'read'> {
  return { read: (query) => pRetry(() => ledger.read(query), BUSY_PAUSES) }
}

function shouldRetry({ error }: { readonly error: Error }): boolean {
  return error instanceof StoreBusy
}
