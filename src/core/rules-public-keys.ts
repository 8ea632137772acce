/** The rules of public keys and of what is registered under them. Part of catalog-change.ts. */
import type { CatalogDraft } from './catalog-draft.ts'
import { PRODUCT } from './catalog-names.ts'
import type { WantedPublicKey, WantedUsageRegistration } from './catalog-wanted.ts'
import { unknown } from './rules-parties.ts'

/** The next version of a product's key. The one before it goes on signing, and answers say that it was replaced. */
export function wantPublicKey(draft: CatalogDraft, wanted: WantedPublicKey): void {
  const { where, publicKey, fingerprint, secret } = wanted
  const code = draft.read(where, PRODUCT, wanted.product)
  if (code === undefined) return
  const product = draft.product(code)
  if (product === undefined) {
    draft.refuse(where, unknown('product', code))
    return
  }
  if (product.meteredBy !== 'MeterUsage') {
    draft.refuse(
      where,
      `product ${code} is metered by ${product.meteredBy}; RegisterUsage is for products metered by MeterUsage`,
    )
    return
  }
  const present = draft.publicKeysOf(code).at(-1)
  const version = (present?.version ?? 0) + 1
  if (present !== undefined) draft.put({ ...present, rotatedMs: draft.nowMs }, present, where)
  const entry = { product: code, version, publicKey, fingerprint, createdMs: draft.nowMs, secret }
  draft.put({ kind: 'publicKey', ...entry }, undefined, where)
}

/** One of each session and product, for its latest version: who asks often, by turns for old and new too, writes once a version. */
export function wantUsageRegistration(draft: CatalogDraft, wanted: WantedUsageRegistration): void {
  const { where, product, buyer, accessKeyId, publicKeyVersion } = wanted
  const before = draft.usageRegistration(accessKeyId, product)
  if (before !== undefined && before.publicKeyVersion >= publicKeyVersion) return
  const resource = draft.accessKey(accessKeyId)?.temporary?.resource
  const facts = { product, buyer, accessKeyId, publicKeyVersion, registeredMs: draft.nowMs }
  const entry = { ...facts, ...(resource !== undefined && { resource }) }
  draft.put({ kind: 'usageRegistration', ...entry }, before, where)
}
