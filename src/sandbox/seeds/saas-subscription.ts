/** One SaaS product with three buyers: one active, one suspended, one whose agreement ended long ago. */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'

const product = '4w1sbgfkdrl0bqj1j6gf93k2b'

export const saasSubscription: Seed = {
  version: 1,
  description: 'A subscription with an active buyer, a suspended one, and one who left',
  sellers,
  products: [
    {
      code: product,
      seller,
      name: 'Sandbox API',
      dimensions: [
        { name: 'requests', description: 'Requests answered', unit: 'Requests', price: '0.001' },
        { name: 'users', description: 'Active users', unit: 'Users', price: '0.05' },
      ],
    },
  ],
  buyers: [
    {
      account: '222233334444',
      name: 'Active Buyer',
      customerIdentifiers: [{ seller, identifier: 'X01SANDBOXAC' }],
    },
    {
      account: '222233335555',
      name: 'Suspended Buyer',
      customerIdentifiers: [{ seller, identifier: 'X02SANDBOXSU' }],
    },
    {
      account: '222233336666',
      name: 'Former Buyer',
      customerIdentifiers: [{ seller, identifier: 'X03SANDBOXFO' }],
    },
  ],
  agreements: [
    { id: 'agmt-sandboxactive', product, buyer: '222233334444', start: 'now-30d' },
    {
      id: 'agmt-sandboxsuspended',
      product,
      buyer: '222233335555',
      start: 'now-30d',
      status: 'suspended',
    },
    {
      id: 'agmt-sandboxformer',
      product,
      buyer: '222233336666',
      start: 'now-60d',
      end: 'now-2d',
      status: 'cancelled',
    },
  ],
  accessKeys,
}
