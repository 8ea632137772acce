/**
 * Products that run at the buyer's: MeterUsage and RegisterUsage, signed with the buyer's keys.
 *
 * The first product runs on one resource of a buyer, so any key of the buyer may meter it; the second on many, and the temporary keys say on
 * which, as the roles of instances and tasks do at AWS.
 */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'
import { TEST_PRIVATE_KEY } from './test-private-key.ts'

const single = '3a6msandboxappliancepr0d1'
const fleet = '3a7msandboxcontainerpr0d1'
const buyer = '222233334444'

export const amiContainerMetering: Seed = {
  version: 1,
  description: 'MeterUsage and RegisterUsage, with the buyers’ keys and a public key',
  sellers,
  products: [
    {
      code: single,
      seller,
      name: 'Sandbox Appliance',
      meteredBy: 'MeterUsage',
      oneResourcePerBuyer: true,
      dimensions: [{ name: 'hosts', description: 'Hosts scanned', unit: 'Hosts', price: '0.02' }],
    },
    {
      code: fleet,
      seller,
      name: 'Sandbox Container',
      meteredBy: 'MeterUsage',
      dimensions: [{ name: 'tasks', description: 'Tasks run', unit: 'Tasks', price: '0.1' }],
    },
  ],
  buyers: [
    { account: buyer, name: 'Active Buyer' },
    { account: '222233335555', name: 'Buyer Without an Agreement' },
  ],
  agreements: [
    { id: 'agmt-sandboxappliance', product: single, buyer, start: 'now-30d' },
    { id: 'agmt-sandboxcontainer', product: fleet, buyer, start: 'now-30d' },
  ],
  accessKeys: [
    {
      id: 'AKIASANDBOXBUYER0001',
      account: buyer,
      secret: 'sandbox-secret-of-the-buyer-00000000001',
      description: 'Key of the buyer',
    },
    {
      id: 'AKIASANDBOXBUYER0002',
      account: '222233335555',
      secret: 'sandbox-secret-of-the-buyer-00000000002',
      description: 'Key of the buyer without an agreement',
    },
    ...accessKeys,
  ],
  temporaryKeys: ['1', '2'].map((number) => ({
    id: `ASIASANDBOXTASK0000${number}`,
    account: buyer,
    secret: `sandbox-secret-of-task-000000000000000${number}`,
    sessionToken: `sandbox-session-token-of-task-${number}`,
    resource: `task-${number}`,
    description: `Key of the buyer’s task ${number}`,
  })),
  publicKeys: [
    { product: single, privateKey: TEST_PRIVATE_KEY },
    { product: fleet, privateKey: TEST_PRIVATE_KEY },
  ],
}
