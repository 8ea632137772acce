/**
 * ResolveCustomer on the wire.
 *
 * Source     CONTRACT rules 14 and 148, from the model of 2016-01-14 as of November 2026.
 * Checked by ../server/operations/resolve-customer.test.ts and conformance/cases/resolve-customer.ts
 */
import type { Registration } from '../core/registration.ts'
import { required, structure, text } from './shape.ts'

/** Any characters and any number of them, but none is a breach of the pattern. */
const TOKEN = /[\s\S]+/

export const RESOLVE_CUSTOMER_SHAPE = structure({
  RegistrationToken: required(text({ pattern: TOKEN })),
})

/** @param isLegacy Whether the product's buyers have customer identifiers; the member is absent otherwise. */
export function resolveCustomerAnswer(
  { product, buyer, licenseArn, customerIdentifier }: Registration,
  isLegacy: boolean,
): object {
  return {
    ...(isLegacy && customerIdentifier !== undefined && { CustomerIdentifier: customerIdentifier }),
    ProductCode: product,
    CustomerAWSAccountId: buyer,
    LicenseArn: licenseArn,
  }
}
