/**
 * RegisterUsage decided: whether a container of a buyer may run, and under which key it is told so.
 *
 * Order      Product, key version, entitlement. Who is registered stays so: a task goes on when its buyer leaves (rule 171).
 * Checked by server/operations/register-usage.test.ts
 */
import type { Catalog } from './catalog.ts'
import type { PublicKeyEntry } from './control-entries.ts'
import { isInForce } from './entitled.ts'
import { type Refusal, refusal } from './errors.ts'
import type { AccountId, InstantMs, ProductCode } from './usage.ts'

export interface UsageToRegister {
  readonly product: ProductCode
  readonly publicKeyVersion: number
  /** Whose session it is, and so who has bought. */
  readonly buyer: AccountId
  readonly accessKeyId: string
}

export type RegistrationJudgement =
  | {
      readonly ok: true
      readonly key: PublicKeyEntry
      /** Whether this session is registered under this version or a later one already. */
      readonly isRegistered: boolean
    }
  | { readonly ok: false; readonly refusal: Refusal }

export function judgeUsageRegistration(
  catalog: Catalog,
  { product: code, publicKeyVersion, buyer, accessKeyId }: UsageToRegister,
  nowMs: InstantMs,
): RegistrationJudgement {
  const product = catalog.product(code)
  if (product?.meteredBy !== 'MeterUsage' || product.retired) {
    return refuse('InvalidProductCodeException', `no product ${code} is metered by MeterUsage`)
  }
  const key = catalog.publicKeysOf(code).find(({ version }) => version === publicKeyVersion)
  if (key === undefined) {
    const reason = `product ${code} has no public key of version ${publicKeyVersion}`
    return refuse('InvalidPublicKeyVersionException', reason)
  }
  const registered = catalog.usageRegistration(accessKeyId, code)
  const agreements = catalog.purchasesOf(code, buyer)?.agreements ?? []
  if (registered === undefined && !agreements.some((one) => isInForce(one, nowMs))) {
    const reason = `buyer ${buyer} has no agreement for product ${code} that is in force`
    return refuse('CustomerNotEntitledException', reason)
  }
  const isRegistered = registered !== undefined && registered.publicKeyVersion >= publicKeyVersion
  return { ok: true, key, isRegistered }
}

function refuse(
  code: Refusal['code'],
  reason: string,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refusal(code, reason) }
}
