/** A product with concurrent agreements, as AWS has them since June 2026: every record names its license. */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'

const product = '7c2vsandboxconcurrentpr0d'

export const concurrentAgreements: Seed = {
  version: 1,
  description: 'Buyers with several agreements at once for one product, each billed by its license',
  profile: 'aws-2026',
  sellers,
  products: [
    {
      code: product,
      seller,
      name: 'Sandbox Platform',
      agreements: 'concurrent',
      dimensions: [
        { name: 'compute_hours', description: 'Hours of computing', unit: 'Hours', price: '0.12' },
        { name: 'seats', description: 'Seats in use', unit: 'Seats', price: '0.4' },
      ],
    },
  ],
  buyers: [
    { account: '222233334444', name: 'Buyer of Two Licenses' },
    { account: '222233335555', name: 'Buyer of One License' },
  ],
  agreements: [
    { id: 'agmt-sandboxfirst', product, buyer: '222233334444', start: 'now-30d' },
    { id: 'agmt-sandboxsecond', product, buyer: '222233334444', start: 'now-7d' },
    { id: 'agmt-sandboxsingle', product, buyer: '222233335555', start: 'now-30d' },
    {
      id: 'agmt-sandboxreplaced',
      product,
      buyer: '222233335555',
      start: 'now-90d',
      end: 'now-30d',
      status: 'cancelled',
    },
  ],
  accessKeys,
}
