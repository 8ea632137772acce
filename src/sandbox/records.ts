/** The metering records that a workspace holds. */
import { ACCOUNT, DIMENSION, type NameRule, PRODUCT } from '../core/catalog-names.ts'
import { recordView } from '../server/admin/views.ts'
import type { SandboxBuyer, SandboxProduct } from './facts.ts'
import { SandboxRefused } from './refused.ts'
import type { Workspace } from './workspace.ts'

/** A metering record, as the admin API and `marketmeter records --json` show one. */
export type SandboxRecord = ReturnType<typeof recordView>

/** Every member narrows. */
export interface RecordQuery {
  /** An account id, or one of `buyers`. */
  readonly buyer?: string | SandboxBuyer | undefined
  readonly product?: string | SandboxProduct | undefined
  readonly dimension?: string | undefined
}

const PAGE_COUNT = 10_000

/** In the order in which they were recorded. @throws SandboxRefused on what can be no name. */
export async function recordsOf(
  { world: { ledger } }: Workspace,
  { buyer, product, dimension }: RecordQuery = {},
): Promise<readonly SandboxRecord[]> {
  const account = typeof buyer === 'object' ? buyer.awsAccountId : buyer
  const code = typeof product === 'object' ? product.code : product
  const narrowed = {
    ...(account !== undefined && { buyer: named(ACCOUNT, account) }),
    ...(code !== undefined && { product: named(PRODUCT, code) }),
    ...(dimension !== undefined && { dimension: named(DIMENSION, dimension) }),
  }
  const records: SandboxRecord[] = []
  let after: string | undefined
  do {
    const page = await ledger.read({ ...narrowed, ...(after && { after }), countMax: PAGE_COUNT })
    for (const record of page.records) records.push(recordView(record))
    after = page.next
  } while (after !== undefined)
  return records
}

function named<Name>(rule: NameRule<Name>, text: string): Name {
  const name = rule.parse(text)
  if (name === undefined) throw new SandboxRefused(400, `${JSON.stringify(text)}: ${rule.expected}`)
  return name
}
