/**
 * What a test wants to know afterwards of what was sent: plain data in and out, for functions and for the control API alike.
 *
 * Checked by assertions.test.ts
 */
import { OPERATION, ACCOUNT } from '../core/catalog-names.ts'
import type { InstantMs } from '../core/usage.ts'
import { recordView, refusalView } from '../server/admin/views.ts'
import { REFUSAL_CODE } from '../server/refusals.ts'
import type { KeptRefusal, RefusedRecord } from '../core/refused-record.ts'
import {
  checkQuery,
  HOURS_MEMBERS,
  type HoursQuery,
  named,
  namesIn,
  USAGE_MEMBERS,
  type UsageQuery,
  writtenNamesIn,
} from './query.ts'
import type { SandboxRecord, SandboxRefusal } from './shapes.ts'
import type { CallsMade, Resent } from './tally.ts'
import { millisecondsOf } from './time.ts'
import type { Workspace } from './workspace.ts'
import type { World } from './world.ts'

/** Every member narrows. `from` and `to` are instants of refusing. */
export interface RefusalQuery extends UsageQuery, HoursQuery {
  /** The name of an error, or a status such as `DuplicateRecord`. */
  readonly code?: string
}

const REFUSAL_MEMBERS = [...HOURS_MEMBERS, 'code'] as const
const CALLS_MEMBERS = ['operation', 'account'] as const
const PAGE_COUNT = 10_000

/** Records that were refused and why, the first to appear first. @throws SandboxRefused on what can be no name. */
export async function refusalsOf(
  { world, clock }: Workspace,
  refusalQuery: RefusalQuery = {},
): Promise<readonly SandboxRefusal[]> {
  checkQuery(refusalQuery, REFUSAL_MEMBERS)
  const { code, from, to, ...usage } = refusalQuery
  const { product, buyer, dimension } = writtenNamesIn(usage)
  const query = {
    ...(code !== undefined && { code: named(REFUSAL_CODE, code, 'code') }),
    ...(product !== undefined && { productCode: product }),
    ...(from !== undefined && { fromMs: millisecondsOf(from, clock.nowMs) as InstantMs }),
    ...(to !== undefined && { beforeMs: millisecondsOf(to, clock.nowMs) as InstantMs }),
  }
  const kept: KeptRefusal[] = []
  let after: string | undefined
  do {
    const asked = { ...query, ...(after && { after }), countMax: PAGE_COUNT }
    const page = await world.refusals.readRefusals(asked)
    kept.push(...page.refusals)
    after = page.next
  } while (after !== undefined)
  return kept
    .filter(({ refused }) => (buyer ?? buyerOf(refused, world)) === buyerOf(refused, world))
    .filter(({ refused }) => (dimension ?? refused.usage?.dimension) === refused.usage?.dimension)
    .reverse()
    .map((one) => refusalView(one))
}

/** Whichever way the request named the buyer. */
function buyerOf({ usage, seller }: RefusedRecord, { catalog }: World): string | undefined {
  const { account, customerIdentifier } = usage?.buyer ?? {}
  if (account !== undefined || customerIdentifier === undefined) return account
  return catalog.buyerOf(seller, customerIdentifier)
}

/** Every member narrows. */
export interface CallsQuery {
  readonly operation?: string
  readonly account?: string
}

/** How often each operation was called, by who signed and by outcome. @throws SandboxRefused on what can be no name. */
export function callsOf(
  { world: { tally } }: Workspace,
  query: CallsQuery = {},
): readonly CallsMade[] {
  checkQuery(query, CALLS_MEMBERS)
  const { operation, account } = query
  const wanted = {
    operation: operation === undefined ? undefined : named(OPERATION, operation, 'operation'),
    account: account === undefined ? undefined : named(ACCOUNT, account, 'account'),
  }
  return tally.calls.filter(
    (one) =>
      (wanted.operation ?? one.operation) === one.operation &&
      (wanted.account ?? one.account) === one.account,
  )
}

/** A record that is held, and what was sent for its hour again. */
export interface SandboxDuplicate extends Resent {
  readonly record: SandboxRecord
}

/** In the order in which each was first sent again. @throws SandboxRefused on what is not there. */
export async function duplicatesOf(
  { world: { ledger, tally, catalog } }: Workspace,
  query: UsageQuery = {},
): Promise<readonly SandboxDuplicate[]> {
  checkQuery(query, USAGE_MEMBERS)
  const narrowed = namesIn(query, catalog)
  const duplicates: SandboxDuplicate[] = []
  for (const [id, resent] of tally.resent) {
    const { records } = await ledger.read({ ...narrowed, id, countMax: 1 })
    for (const record of records) duplicates.push({ record: recordView(record), ...resent })
  }
  return duplicates
}
