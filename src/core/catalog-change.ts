/**
 * Decides on changes of the catalog, keys and tokens: what is to be written, or all that is wrong with the wish.
 *
 * Order      Wishes may come in any order: each is decided with those it rests on before it, and what holds
 *            between entries is judged at the end, on the catalog as it would be.
 * Fixed      Customer identifier → buyer (per seller), license ARN → buyer and product, product → seller: keys of
 *            the ledger are built from them (D3). Nothing is deleted; a name stays with its thing for ever.
 * Repeating  The same wish again changes nothing, however much later.
 * Checked by catalog-change.test.ts, with a row on each side of each rule.
 */
import { CatalogDraft, type EntryChange, isOther, type Problem } from './catalog-draft.ts'
import type { CatalogIndex } from './catalog-index.ts'
import type { NewNames } from './catalog-names.ts'
import type { Wanted } from './catalog-wanted.ts'
import type { InstantMs } from './usage.ts'
import { checkAccessKey, wantAccessKey, wantAdminToken, wantReencryption } from './rules-access.ts'
import { checkAgreement, wantAgreement } from './rules-agreement.ts'
import {
  checkBuyer,
  checkSeller,
  wantBuyer,
  wantCustomerIdentifier,
  wantPurpose,
  wantSeller,
} from './rules-parties.ts'
import { checkProduct, wantProduct } from './rules-product.ts'
import { wantPublicKey, wantUsageRegistration } from './rules-public-keys.ts'

export type { EntryChange, Problem } from './catalog-draft.ts'

export type CatalogDecision =
  | { readonly ok: true; readonly changes: readonly EntryChange[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const TURN = {
  purpose: 0,
  seller: 1,
  buyer: 2,
  product: 3,
  customerIdentifier: 4,
  agreement: 5,
  accessKey: 6,
  reencryption: 7,
  adminToken: 8,
  publicKey: 9,
  usageRegistration: 10,
} as const satisfies Record<Wanted['kind'], number>

export function decideChange(
  present: CatalogIndex,
  wanted: readonly Wanted[],
  names: NewNames,
  nowMs: InstantMs,
): CatalogDecision {
  const draft = new CatalogDraft(present, names, nowMs)
  const inTurn = [...wanted].sort((left, right) => TURN[left.kind] - TURN[right.kind])
  for (const one of inTurn) take(draft, one)
  // What holds between entries makes sense only once each entry by itself does.
  if (draft.problems.length === 0) checkAll(draft)
  return draft.problems.length === 0
    ? { ok: true, changes: draft.changes() }
    : { ok: false, problems: draft.problems }
}

function take(draft: CatalogDraft, wanted: Wanted): void {
  switch (wanted.kind) {
    case 'purpose':
      wantPurpose(draft, wanted)
      break
    case 'seller':
      wantSeller(draft, wanted)
      break
    case 'buyer':
      wantBuyer(draft, wanted)
      break
    case 'product':
      wantProduct(draft, wanted)
      break
    case 'customerIdentifier':
      wantCustomerIdentifier(draft, wanted)
      break
    case 'agreement':
      wantAgreement(draft, wanted)
      break
    case 'accessKey':
      wantAccessKey(draft, wanted)
      break
    case 'reencryption':
      wantReencryption(draft, wanted)
      break
    case 'adminToken':
      wantAdminToken(draft, wanted)
      break
    case 'publicKey':
      wantPublicKey(draft, wanted)
      break
    case 'usageRegistration':
      wantUsageRegistration(draft, wanted)
      break
  }
}

function checkAll(draft: CatalogDraft): void {
  for (const { before, after, where } of draft.touched()) {
    if (!isOther(before, after)) continue
    if (after.kind === 'seller') checkSeller(draft, after, where)
    if (after.kind === 'buyer') checkBuyer(draft, after, where)
    if (after.kind === 'product') checkProduct(draft, after, where)
    if (after.kind === 'agreement') checkAgreement(draft, after, where)
    if (after.kind === 'accessKey') checkAccessKey(draft, after, where)
  }
}
