import type { CatalogIndex } from '../../core/catalog-index.ts'
import { catalogFileOf } from '../../server/catalog-file/export.ts'
import { defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { productTable, sellerTable } from '../listing.ts'

export const catalogShow = defineCommand({
  name: 'catalog show',
  summary: 'Show what may be metered',
  help: `
    Sellers and products in full, buyers, agreements and access keys as counts. The commands
    buyers list, agreements list and keys list show those one by one.

    $ marketmeter catalog show
    $ marketmeter catalog show --json | jq '.products[].code'
  `,
  options: {
    json: { type: 'boolean', about: 'Print the whole catalog as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the catalog is on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    return withControl(given, 'read', async ({ state: { index } }) => {
      given.io.out.write(
        given.options.json ? `${JSON.stringify(catalogFileOf(index))}\n` : overviewOf(index),
      )
      return 0 as const
    })
  },
})

function overviewOf(index: CatalogIndex): string {
  const byStatus = (status: string): string => {
    const agreements = [...index.agreements.values()]
    return `${agreements.filter((one) => one.status === status).length} ${status}`
  }
  const activeKeys = [...index.accessKeys.values()].filter(({ status }) => status === 'active')
  return [
    sellerTable([...index.sellers.values()]),
    '\n',
    productTable([...index.products.values()]),
    `\nBuyers: ${index.buyers.size}, with ${index.customerIdentifiers.size} customer identifiers\n`,
    `Agreements: ${['active', 'suspended', 'cancelled'].map(byStatus).join(', ')}\n`,
    `Access keys: ${activeKeys.length} active of ${index.accessKeys.size}\n`,
  ].join('')
}
