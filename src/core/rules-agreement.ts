/** The rules of agreements: what is fixed, how they end, and which may stand beside which. Part of catalog-change.ts. */
import { type Agreement, isLive } from './catalog.ts'
import type { CatalogDraft } from './catalog-draft.ts'
import { ACCOUNT, AGREEMENT, LICENSE, PRODUCT } from './catalog-names.ts'
import type { WantedAgreement, WantedInstant } from './catalog-wanted.ts'
import type { AgreementEntry } from './control-entries.ts'
import { startOfHour } from './hour.ts'
import { wantEntitlements } from './rules-entitlements.ts'
import { someOf, unknown } from './rules-parties.ts'
import { revokedTokens } from './rules-tokens.ts'
import type { AccountId, AgreementId, InstantMs, LicenseArn, ProductCode } from './usage.ts'

export function wantAgreement(draft: CatalogDraft, wanted: WantedAgreement): void {
  const found = findAgreement(draft, wanted)
  if (found === 'refused') return
  const { before, id, licenseArn } = found
  const parties =
    before === undefined ? newParties(draft, wanted) : sameParties(draft, wanted, before)
  if (parties === undefined) return
  const facts =
    before?.status === 'cancelled'
      ? cancelledFacts(draft, wanted, before)
      : openFacts(draft, wanted, before)
  if (facts === undefined) return
  const { product, buyer } = parties
  const entitled = wantEntitlements(draft, wanted, before, product)
  draft.put(
    {
      kind: 'agreement',
      id,
      licenseArn,
      product,
      buyer,
      ...facts,
      ...entitled,
      ...revokedTokens(draft, wanted, before),
    },
    before,
    wanted.where,
  )
}

/** Live ones need a product and a buyer in use; those of a product with single agreements stand one after the other. */
export function checkAgreement(
  draft: CatalogDraft,
  agreement: AgreementEntry,
  where: string,
): void {
  const product = draft.product(agreement.product)
  if (product === undefined) return
  if (isLive(agreement, draft.nowMs)) {
    if (product.retired)
      draft.refuse(where, `product ${product.code} is retired and takes no agreement`)
    if (draft.buyer(agreement.buyer)?.retired === true) {
      draft.refuse(where, `buyer ${agreement.buyer} is retired and takes no agreement`)
    }
  }
  const concurrentFromMs =
    product.concurrentFromHour === undefined
      ? Infinity
      : (startOfHour(product.concurrentFromHour) as number)
  const overlapped = draft.agreementsOf(agreement.product, agreement.buyer).filter((other) => {
    if (other.id === agreement.id) return false
    const fromMs = Math.max(other.startMs, agreement.startMs)
    const untilMs = Math.min(other.endMs ?? Infinity, agreement.endMs ?? Infinity)
    return fromMs < untilMs && fromMs < concurrentFromMs
  })
  if (overlapped.length === 0) return
  draft.refuse(
    where,
    `it overlaps ${someOf(overlapped, 'and')} of the same buyer, and the product takes one at a time; end or cancel one where the other begins`,
  )
}

type Found =
  | 'refused'
  | {
      readonly before: AgreementEntry | undefined
      readonly id: AgreementId
      readonly licenseArn: LicenseArn
    }

function findAgreement(draft: CatalogDraft, wanted: WantedAgreement): Found {
  const { where } = wanted
  const problemCount = draft.problems.length
  const id = wanted.id === undefined ? undefined : draft.read(`${where}.id`, AGREEMENT, wanted.id)
  const licenseArn =
    wanted.licenseArn === undefined
      ? undefined
      : draft.read(`${where}.license`, LICENSE, wanted.licenseArn)
  if (draft.problems.length > problemCount) return 'refused'
  const byLicense = licenseArn === undefined ? undefined : draft.agreementByLicense(licenseArn)
  const before = id === undefined ? byLicense : draft.agreement(id)
  if (before !== undefined && licenseArn !== undefined && before.licenseArn !== licenseArn) {
    draft.refuse(
      `${where}.license`,
      `agreement ${before.id} has license ${before.licenseArn} for ever`,
    )
    return 'refused'
  }
  if (before === undefined && byLicense !== undefined) {
    draft.refuse(
      `${where}.license`,
      `the license belongs to agreement ${byLicense.id} for ever; leave it out and one is made`,
    )
    return 'refused'
  }
  return {
    before,
    id: before?.id ?? id ?? draft.names.agreementId(),
    licenseArn: before?.licenseArn ?? licenseArn ?? draft.names.licenseArn(),
  }
}

interface Parties {
  readonly product: ProductCode
  readonly buyer: AccountId
}

function newParties(draft: CatalogDraft, wanted: WantedAgreement): Parties | undefined {
  const { where } = wanted
  if (wanted.product === undefined || wanted.buyer === undefined) {
    const named = wanted.id ?? wanted.licenseArn
    return draft.refuse(
      where,
      named === undefined
        ? 'a new agreement needs its product and its buyer'
        : `there is no agreement ${named}; a new one needs its product and its buyer`,
    )
  }
  const code = draft.read(`${where}.product`, PRODUCT, wanted.product)
  const account = draft.read(`${where}.buyer`, ACCOUNT, wanted.buyer)
  if (code === undefined || account === undefined) return undefined
  const [product, buyer] = [draft.product(code), draft.buyer(account)]
  if (product === undefined) draft.refuse(`${where}.product`, unknown('product', code))
  if (buyer === undefined) draft.refuse(`${where}.buyer`, unknown('buyer', account))
  return { product: code, buyer: account }
}

function sameParties(
  draft: CatalogDraft,
  wanted: WantedAgreement,
  before: AgreementEntry,
): Parties | undefined {
  const { product, buyer } = before
  const fixed = [
    ['product', product, wanted.product],
    ['buyer', buyer, wanted.buyer],
  ] as const
  for (const [member, present, asked] of fixed) {
    if (asked === undefined || asked === present) continue
    return draft.refuse(
      `${wanted.where}.${member}`,
      `agreement ${before.id} with license ${before.licenseArn} has ${member} ${present} for ever; make a new agreement for ${member} ${asked}`,
    )
  }
  return { product, buyer }
}

type Facts = Pick<AgreementEntry, 'startMs' | 'endMs' | 'status'>

/** A cancelled agreement is over for ever: the same words again are no change, others are refused. */
function cancelledFacts(
  draft: CatalogDraft,
  wanted: WantedAgreement,
  before: AgreementEntry,
): Facts | undefined {
  const { startMs, endMs, status } = before
  if (wanted.status !== undefined && wanted.status !== 'cancelled') {
    return draft.refuse(
      `${wanted.where}.status`,
      `agreement ${before.id} was cancelled and stays so; make a new one, with a license of its own`,
    )
  }
  const start = wantedMs(wanted.start, before)
  const end = wanted.end === 'never' ? Infinity : wantedMs(wanted.end, before)
  if ((start !== undefined && start !== startMs) || (end !== undefined && end !== endMs)) {
    return draft.refuse(wanted.where, `agreement ${before.id} was cancelled; its dates stay`)
  }
  return { startMs, ...(endMs === undefined ? {} : { endMs }), status }
}

function openFacts(
  draft: CatalogDraft,
  wanted: WantedAgreement,
  before: AgreementEntry | undefined,
): Facts | undefined {
  const { where } = wanted
  const startMs = wantedMs(wanted.start, before) ?? before?.startMs ?? draft.nowMs
  const status = wanted.status ?? before?.status ?? 'active'
  const endMs = endOf(draft, wanted, before, status)
  if (endMs === 'refused') return undefined
  if (endMs !== undefined && endMs < startMs) {
    return draft.refuse(`${where}.end`, 'an agreement cannot end before it starts')
  }
  return { startMs, ...(endMs === undefined ? {} : { endMs }), status }
}

function endOf(
  draft: CatalogDraft,
  wanted: WantedAgreement,
  before: AgreementEntry | undefined,
  status: Agreement['status'],
): InstantMs | undefined | 'refused' {
  const { nowMs } = draft
  const asked = wanted.end === 'never' ? 'never' : wantedMs(wanted.end, before)
  if (status !== 'cancelled') return asked === 'never' ? undefined : (asked ?? before?.endMs)
  if (asked === 'never' || (asked !== undefined && asked > nowMs)) {
    draft.refuse(
      `${wanted.where}.end`,
      'a cancellation takes effect at once; to let the agreement run out, set its end and leave its status',
    )
    return 'refused'
  }
  if (asked !== undefined) return asked
  // Cancelled before it began, it never admitted anything.
  const startMs = wantedMs(wanted.start, before) ?? before?.startMs ?? nowMs
  const cancelledMs = Math.max(startMs, nowMs) as InstantMs
  const presentMs = before?.endMs
  return presentMs !== undefined && presentMs < cancelledMs ? presentMs : cancelledMs
}

/** An instant that was told relative to now counts for what is new. */
function wantedMs(
  wanted: WantedInstant | undefined,
  before: AgreementEntry | undefined,
): InstantMs | undefined {
  if (wanted === undefined || (wanted.onlyIfNew && before !== undefined)) return undefined
  return wanted.ms
}
