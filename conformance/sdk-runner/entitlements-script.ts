/** The part of the script that asks the Entitlement Service, by each SDK's own client for it and its own way through pages. */
import type { Bindings, Contract } from '../bindings.ts'
import { wireOf } from '../compare-entitlements.ts'
import { type Row, typed, type Wanted } from './step.ts'

export function entitlementRows({ contractProduct, otherProduct }: Bindings): readonly Row[] {
  if (!contractProduct || !otherProduct) {
    throw new TypeError('The SDKs need a contract product, and a product of another seller.')
  }
  const { code: ProductCode, first, second } = contractProduct
  const ofFirst = shown(ProductCode, first)
  const all = [...ofFirst, ...shown(ProductCode, second)]
  const told = (entitlements: readonly object[], pages = 1): Wanted => ({ entitlements, pages })
  const byAccount = (account: string) => ({ CUSTOMER_AWS_ACCOUNT_ID: [account] })
  return [
    ['all entitlements', { ProductCode }, told(all)],
    ['two a page', { ProductCode, MaxResults: 2 }, told(all, Math.ceil(all.length / 2))],
    ['of one account', { ProductCode, Filter: byAccount(first.account) }, told(ofFirst)],
    ['of one license', { ProductCode, Filter: { LICENSE_ARN: [first.licenseArn] } }, told(ofFirst)],
    ['of nobody', { ProductCode, Filter: byAccount('999999999999') }, told([])],
    [
      'of somebody else’s product',
      { ProductCode: otherProduct.code },
      typed('InvalidParameterException'),
    ],
  ]
}

/** Each SDK has a time of its own, so programs print milliseconds. */
function shown(productCode: string, contract: Contract): readonly object[] {
  return contract.entitlements.map((one) => {
    const { ExpirationDate: date, ...rest } = wireOf(productCode, contract, one)
    return typeof date === 'number' ? { ...rest, ExpirationDateMs: Math.round(date * 1_000) } : rest
  })
}
