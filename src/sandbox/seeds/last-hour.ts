/** Agreements around their end: for an hour after it, usage from before it is still taken. */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'

const product = '8h5esandboxlasthourpr0d01'

export const lastHour: Seed = {
  version: 1,
  description:
    'A buyer cancelled half an hour ago, one whose last hour is over, one who is about to end',
  sellers,
  products: [
    {
      code: product,
      seller,
      name: 'Sandbox Farewell',
      dimensions: [
        { name: 'requests', description: 'Requests answered', unit: 'Requests', price: '0.001' },
      ],
    },
  ],
  buyers: [
    {
      account: '222233334444',
      name: 'Buyer Cancelled Half an Hour Ago',
      customerIdentifiers: [{ seller, identifier: 'X31SANDBOXHA' }],
    },
    {
      account: '222233335555',
      name: 'Buyer Cancelled Two Hours Ago',
      customerIdentifiers: [{ seller, identifier: 'X32SANDBOXTW' }],
    },
    {
      account: '222233336666',
      name: 'Buyer Who Ends in Half an Hour',
      customerIdentifiers: [{ seller, identifier: 'X33SANDBOXEN' }],
    },
  ],
  agreements: [
    {
      id: 'agmt-sandboxjustcancelled',
      product,
      buyer: '222233334444',
      start: 'now-30d',
      end: 'now-30m',
      status: 'cancelled',
    },
    {
      id: 'agmt-sandboxlongcancelled',
      product,
      buyer: '222233335555',
      start: 'now-30d',
      end: 'now-2h',
      status: 'cancelled',
    },
    {
      id: 'agmt-sandboxending',
      product,
      buyer: '222233336666',
      start: 'now-30d',
      end: 'now+30m',
    },
  ],
  accessKeys,
}
