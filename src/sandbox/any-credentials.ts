/**
 * Takes whatever an SDK signs with: the form of a signature is read, and nothing of it is proved.
 *
 * Where       In a sandbox that was told so. A service has no setting for it: a world puts this in the place of the verification that its
 *             service came with.
 * Who         A key of the workspace acts as its account. Another one acts as the seller; where buyers sign, as the first buyer of a product
 *             that is metered so, on a resource of the key's name.
 * Checked by  any-credentials.test.ts
 */
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { AccountId } from '../core/usage.ts'
import type { Authenticate } from '../server/authenticate.ts'
import type { Signer } from '../server/service.ts'
import { refuse } from '../wire/refused.ts'
import { claimedSigner } from '../wire/sigv4/index.ts'

export function anyCredentials(catalog: CatalogIndex): Authenticate {
  return (request, policy, { name }) => {
    const claimed = claimedSigner(request, policy)
    if (!claimed.ok) refuse(claimed.error.code, claimed.error.reason, claimed.error.message)
    const { accessKeyId, region } = claimed
    const signer = knownSigner(catalog, accessKeyId) ?? unknownSigner(catalog, accessKeyId, name)
    if (signer === undefined) refuse('UnrecognizedClientException', NOBODY, INVALID)
    return { signer, region }
  }
}

const INVALID = 'The security token included in the request is invalid.'
const NOBODY = 'the seed has nobody who could have signed this'

function knownSigner({ accessKeys }: CatalogIndex, accessKeyId: string): Signer | undefined {
  const entry = accessKeys.get(accessKeyId)
  if (entry === undefined) return undefined
  const { account, operations, temporary, status } = entry
  if (status !== 'active') {
    refuse('UnrecognizedClientException', 'the access key is disabled', INVALID)
  }
  return {
    account,
    accessKeyId,
    ...(operations && { operations }),
    ...(temporary?.resource !== undefined && { resource: temporary.resource }),
  }
}

const BUYERS_SIGN: ReadonlySet<string> = new Set(['MeterUsage', 'RegisterUsage'])

function unknownSigner(
  catalog: CatalogIndex,
  accessKeyId: string,
  operation: string,
): Signer | undefined {
  const buyer = BUYERS_SIGN.has(operation) ? firstBuyerOf(catalog) : undefined
  if (buyer !== undefined) return { account: buyer, accessKeyId, resource: accessKeyId }
  const [seller] = catalog.sellers.keys()
  return seller === undefined ? undefined : { account: seller, accessKeyId }
}

/** In the seed's order. */
function firstBuyerOf(catalog: CatalogIndex): AccountId | undefined {
  for (const { product, buyer, status } of catalog.agreements.values()) {
    const isMeteredSo = catalog.product(product)?.meteredBy === 'MeterUsage'
    if (isMeteredSo && status === 'active') return buyer
  }
  return undefined
}
