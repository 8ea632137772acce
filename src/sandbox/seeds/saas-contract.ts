/** A SaaS contract with consumption: entitlements for what was bought beforehand, and a dimension that is metered beside them. */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'

const product = '5k3csandboxcontractpr0d01'

export const saasContract: Seed = {
  version: 1,
  description: 'A contract with entitlements, and consumption that is metered beside it',
  sellers,
  products: [
    {
      code: product,
      seller,
      name: 'Sandbox Suite',
      contract: true,
      dimensions: [
        { name: 'api_calls', description: 'Calls above the plan', unit: 'Calls', price: '0.002' },
        { name: 'seats', description: 'Seats of the contract', unit: 'Seats', price: '120' },
        { name: 'plan', description: 'The plan of the contract', unit: 'Plan', price: '0' },
        { name: 'sso', description: 'Single sign-on', unit: 'Right', price: '0' },
      ],
    },
  ],
  buyers: [
    {
      account: '222233334444',
      name: 'Buyer of a Team',
      customerIdentifiers: [{ seller, identifier: 'X11SANDBOXTE' }],
    },
    {
      account: '222233335555',
      name: 'Buyer of an Enterprise',
      customerIdentifiers: [{ seller, identifier: 'X12SANDBOXEN' }],
    },
    {
      account: '222233336666',
      name: 'Buyer Whose Contract Ran Out',
      customerIdentifiers: [{ seller, identifier: 'X13SANDBOXOU' }],
    },
  ],
  agreements: [
    {
      id: 'agmt-sandboxteam',
      product,
      buyer: '222233334444',
      start: 'now-30d',
      end: 'now+335d',
      entitlements: [
        { dimension: 'seats', integer: 25 },
        { dimension: 'plan', string: 'team' },
      ],
    },
    {
      id: 'agmt-sandboxenterprise',
      product,
      buyer: '222233335555',
      start: 'now-30d',
      end: 'now+335d',
      entitlements: [
        { dimension: 'seats', integer: 400 },
        { dimension: 'plan', string: 'enterprise' },
        { dimension: 'sso', boolean: true },
      ],
    },
    {
      id: 'agmt-sandboxranout',
      product,
      buyer: '222233336666',
      start: 'now-370d',
      end: 'now-5d',
      entitlements: [{ dimension: 'seats', integer: 10 }],
    },
  ],
  accessKeys,
}
