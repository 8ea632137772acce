/** GetEntitlements: what the buyers of a contract product are entitled to now, a page at a time. */
import { createHash } from 'node:crypto'
import type { Catalog, Product } from '../../core/catalog.ts'
import { refusal } from '../../core/errors.ts'
import {
  entitlementsOf,
  type EntitlementFilter,
  type EntitlementPlace,
} from '../../core/entitled.ts'
import type { AccountId, ProductCode } from '../../core/usage.ts'
import {
  type EntitlementsAsked,
  getEntitlementsAnswer,
  getEntitlementsShape,
  toEntitlementsAsked,
} from '../../wire/get-entitlements.ts'
import { ENTITLEMENT } from '../../wire/protocol.ts'
import { Refused } from '../../wire/refused.ts'
import { readRequest } from '../../wire/shape.ts'
import { type CursorKeys, openCursor, sealCursor } from '../keys/sealed-cursor.ts'
import type { Operation, Service } from '../service.ts'

export function getEntitlements(service: Service, masterKeys: CursorKeys): Operation {
  const { profile, catalog } = service
  return {
    name: 'GetEntitlements',
    api: ENTITLEMENT,
    run(body, { now, signer }) {
      const request = readRequest(getEntitlementsShape, body, 'InvalidParameterException')
      const asked = toEntitlementsAsked(request)
      const product = contractProduct(catalog, asked, signer.account)
      const { filter, countMax, nextToken } = asked
      const purpose = purposeOf(product, filter)
      const after = nextToken === undefined ? undefined : placeIn(masterKeys, purpose, asked)
      const query = { filter, countMax, nowMs: now.ms, ...(after && { after }) }
      const { items, next } = entitlementsOf(catalog, product, query)
      const token = next && sealCursor(masterKeys, purpose, JSON.stringify(next))
      return Promise.resolve(getEntitlementsAnswer(items, token, profile))
    },
  }
}

/** One sentence for a product that is not there and for somebody else's, so that none can be found out. */
function contractProduct(
  catalog: Catalog,
  { productCode }: EntitlementsAsked,
  seller: AccountId,
): Product {
  const product = catalog.product(productCode)
  if (product?.seller !== seller) {
    refuseOf(productCode, `the seller has no product ${productCode}`)
  }
  if (product.contract !== true) {
    refuseOf(productCode, `product ${productCode} is not sold by contract`)
  }
  return product
}

/** A token is good for the question that it was given for, and for no other seller, product or filter. */
function purposeOf({ code, seller }: Product, filter: EntitlementFilter): string {
  const { accounts, customerIdentifiers, licenseArns, dimensions } = filter
  const values = [accounts, customerIdentifiers, licenseArns, dimensions]
  const told = JSON.stringify(values.map((set) => (set === undefined ? null : [...set].sort())))
  const asked = createHash('sha256').update(told).digest('base64url')
  return `marketmeter cursor of entitlements for seller ${seller}, product ${code}, filter ${asked}`
}

function placeIn(
  masterKeys: CursorKeys,
  purpose: string,
  { productCode, nextToken = '' }: EntitlementsAsked,
): EntitlementPlace {
  const text = openCursor(masterKeys, purpose, nextToken)
  if (text === undefined) refuseOf(productCode, 'the NextToken was not given for this question')
  return JSON.parse(text) as EntitlementPlace
}

/** So that our own surfaces say what was asked for. */
function refuseOf(productCode: ProductCode, reason: string): never {
  throw new Refused(refusal('InvalidParameterException', reason), { productCode, records: [] })
}
