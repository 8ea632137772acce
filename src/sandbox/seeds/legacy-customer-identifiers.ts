/** Buyers as AWS named them before accounts: by customer identifiers, each of one seller. */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'

const product = '6n4lsandboxlegacypr0duct1'
const elsewhere = '444455556666'

export const legacyCustomerIdentifiers: Seed = {
  version: 1,
  description:
    'Customer identifiers: one, two of one buyer, one without an agreement, another seller’s',
  sellers: [...sellers, { account: elsewhere, name: 'Another Seller' }],
  products: [
    {
      code: product,
      seller,
      name: 'Sandbox Classic',
      integration: 'legacy',
      dimensions: [
        { name: 'requests', description: 'Requests answered', unit: 'Requests', price: '0.001' },
        { name: 'users', description: 'Active users', unit: 'Users', price: '0.05' },
      ],
    },
  ],
  buyers: [
    {
      account: '222233334444',
      name: 'Buyer of One Name',
      customerIdentifiers: [{ seller, identifier: 'X21SANDBOXON' }],
    },
    {
      account: '222233335555',
      name: 'Buyer of Two Names',
      customerIdentifiers: [
        { seller, identifier: 'X22SANDBOXTW' },
        { seller, identifier: 'X23SANDBOXTW' },
      ],
    },
    {
      account: '222233336666',
      name: 'Buyer Without an Agreement',
      customerIdentifiers: [{ seller, identifier: 'X24SANDBOXNO' }],
    },
    {
      account: '222233337777',
      name: 'Buyer Elsewhere',
      customerIdentifiers: [{ seller: elsewhere, identifier: 'X25SANDBOXEL' }],
    },
  ],
  agreements: [
    { id: 'agmt-sandboxonename', product, buyer: '222233334444', start: 'now-30d' },
    { id: 'agmt-sandboxtwonames', product, buyer: '222233335555', start: 'now-30d' },
  ],
  accessKeys,
}
