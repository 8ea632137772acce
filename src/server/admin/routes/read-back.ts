/** What the ledger holds, and what was refused: AWS has neither. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ACCOUNT, DIMENSION, PRODUCT, RECORD_ID, REGION } from '../../../core/catalog-names.ts'
import type { MeteringRecord } from '../../../core/metering-record.ts'
import type { RefusalQuery } from '../../../store/control.ts'
import type { LedgerQuery } from '../../../store/ledger.ts'
import type { AccountId } from '../../../core/usage.ts'
import { REFUSAL_CODE } from '../../refusals.ts'
import { callerIn, ownSellerAsked, READ } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import type { Caller } from '../caller.ts'
import { microsecondsText, requiredHour, requiredInstant } from '../instant.ts'
import { requiredName } from '../problem.ts'
import { MeteringRecords, RecordsQuery, Refusals, RefusalsQuery } from '../schemas-read-back.ts'
import type { Shape } from '../schemas.ts'
import { cursorChecked, cursorsOf, withPlace } from '../seller-cursors.ts'
import { recordView, refusalView } from '../views.ts'

const COUNT_DEFAULT = 100
/** A millisecond or two. */
const SLICE_COUNT = 200
const US_PER_MINUTE = 60_000_000

export function readBackRoutes(app: AdminApp, parts: AdminParts): void {
  recordsRoute(app, parts)
  refusalsRoute(app, parts)
}

function recordsRoute(app: AdminApp, { ledger, masterKeys }: AdminParts): void {
  app.get(
    '/v1/records',
    {
      config: { access: READ },
      schema: {
        summary: 'Metering records in the order in which they were recorded',
        querystring: RecordsQuery,
        response: { 200: MeteringRecords },
      },
    },
    async (request) => {
      const caller = callerIn(request)
      const seller = ownSellerAsked(caller, request.query.seller)
      const cursors = cursorsOf(caller, 'records', masterKeys)
      const query = ledgerQuery(withPlace(request.query, cursors), seller)
      const page = await cursorChecked(ledger.read(query))
      return {
        records: await viewsOf(page.records, caller),
        ...(page.next !== undefined && { next: cursors.shown(page.next) }),
        resume: cursors.shown(page.resume),
        completeUntil: microsecondsText(shownCompleteUntilUs(page.completeUntilUs, caller)),
      }
    },
  )
}

function refusalsRoute(app: AdminApp, { controlStore, masterKeys }: AdminParts): void {
  app.get(
    '/v1/refusals',
    {
      config: { access: READ },
      schema: {
        summary: 'Usage that was refused and why, the latest to appear first',
        querystring: RefusalsQuery,
        response: { 200: Refusals },
      },
    },
    async (request) => {
      const caller = callerIn(request)
      const seller = ownSellerAsked(caller, request.query.seller)
      const cursors = cursorsOf(caller, 'refusals', masterKeys)
      const query = refusalQuery(withPlace(request.query, cursors), seller)
      const { refusals, next } = await cursorChecked(controlStore.readRefusals(query))
      return {
        refusals: refusals.map((kept) => refusalView(kept, caller.seller)),
        ...(next !== undefined && { next: cursors.shown(next) }),
      }
    },
  )
}

/** In slices, because requests are answered on this thread too and must not wait for a whole page. */
async function viewsOf(records: readonly MeteringRecord[], { seller }: Caller) {
  const views = []
  for (let start = 0; start < records.length; start += SLICE_COUNT) {
    if (start > 0) await nextTurn()
    const slice = records.slice(start, start + SLICE_COUNT)
    views.push(...slice.map((record) => recordView(record, seller)))
  }
  return views
}

function ledgerQuery(
  query: Shape<typeof RecordsQuery>,
  seller: AccountId | undefined,
): LedgerQuery {
  const { cursor, limit = COUNT_DEFAULT } = query
  const product = requiredName('query.product', PRODUCT, query.product)
  const buyer = requiredName('query.buyer', ACCOUNT, query.buyer)
  const dimension = requiredName('query.dimension', DIMENSION, query.dimension)
  const region = requiredName('query.region', REGION, query.region)
  const id = requiredName('query.id', RECORD_ID, query.id)
  const fromHour = requiredHour('query.fromHour', query.fromHour)
  const beforeHour = requiredHour('query.beforeHour', query.beforeHour)
  return {
    countMax: limit,
    ...(seller !== undefined && { seller }),
    ...(product !== undefined && { product }),
    ...(buyer !== undefined && { buyer }),
    ...(dimension !== undefined && { dimension }),
    ...(region !== undefined && { region }),
    ...(id !== undefined && { id }),
    ...(fromHour !== undefined && { fromHour }),
    ...(beforeHour !== undefined && { beforeHour }),
    ...(cursor !== undefined && { after: cursor }),
  }
}

function refusalQuery(
  query: Shape<typeof RefusalsQuery>,
  seller: AccountId | undefined,
): RefusalQuery {
  const { product, cursor, limit = COUNT_DEFAULT } = query
  const code = requiredName('query.code', REFUSAL_CODE, query.code)
  const fromMs = requiredInstant('query.from', query.from)
  const beforeMs = requiredInstant('query.before', query.before)
  return {
    countMax: limit,
    ...(seller !== undefined && { seller }),
    ...(code !== undefined && { code }),
    ...(product !== undefined && { productCode: product }),
    ...(fromMs !== undefined && { fromMs }),
    ...(beforeMs !== undefined && { beforeMs }),
    ...(cursor !== undefined && { after: cursor }),
  }
}

/**
 * A ledger may be complete until right after its last record, whoever's it is: polled, that counts what others meter. So
 * a seller is told whole minutes, which are as true.
 */
function shownCompleteUntilUs(us: number, { seller }: Caller): number {
  return seller === undefined ? us : us - (us % US_PER_MINUTE)
}
