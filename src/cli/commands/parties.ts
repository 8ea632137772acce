/** The commands that list sellers, products and buyers. */
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type {
  BuyerEntry,
  CustomerIdentifierEntry,
  ProductEntry,
  SellerEntry,
} from '../../core/control-entries.ts'
import type { AccountId } from '../../core/usage.ts'
import { type Command, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { buyerTable, jsonLines, productTable, sellerTable, shownEntryOf } from '../listing.ts'

export const sellersList = listCommand<SellerEntry>('sellers', {
  entries: (index) => index.sellers.values(),
  table: sellerTable,
})

export const productsList = listCommand<ProductEntry>('products', {
  entries: (index) => index.products.values(),
  table: productTable,
})

export const buyersList = listCommand<BuyerEntry>('buyers', {
  entries: (index) => index.buyers.values(),
  table: shownBuyerTable,
  shown: shownBuyers,
})

/** `IDENTIFIER@SELLER` tells whose name it is. */
export function shownBuyerTable(buyers: readonly BuyerEntry[], index: CatalogIndex): string {
  const customers = customersByBuyer(index)
  return buyerTable(buyers, ({ account }) =>
    (customers.get(account) ?? []).map(({ seller, identifier }) => `${identifier}@${seller}`),
  )
}

/** As scripts see buyers: with the names that sellers know them by. */
export function shownBuyers(buyers: readonly BuyerEntry[], index: CatalogIndex): readonly object[] {
  const customers = customersByBuyer(index)
  return buyers.map((buyer) => ({
    ...shownEntryOf(buyer),
    customerIdentifiers: (customers.get(buyer.account) ?? []).map(({ seller, identifier }) => ({
      seller,
      identifier,
    })),
  }))
}

interface Listing<Entry> {
  readonly entries: (index: CatalogIndex) => Iterable<Entry>
  readonly table: (entries: readonly Entry[], index: CatalogIndex) => string
  /** For --json; absent: each entry as it is. */
  readonly shown?: (entries: readonly Entry[], index: CatalogIndex) => readonly object[]
}

function listCommand<Entry extends SellerEntry | ProductEntry | BuyerEntry>(
  noun: string,
  { entries, table, shown = (all) => all.map(shownEntryOf) }: Listing<Entry>,
): Command {
  return defineCommand({
    name: `${noun} list`,
    summary: `List ${noun}`,
    help: `
      Add them with: marketmeter ${noun} create. Change them with: marketmeter catalog apply FILE.yaml

      $ marketmeter ${noun} list
    `,
    options: {
      json: { type: 'boolean', about: 'Print each as one JSON object' },
      all: { type: 'boolean', about: 'Show retired ones too' },
      ...DATA_OPTIONS,
    },
    exits: { 0: 'they are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
    async run(given) {
      const { options, io } = given
      return withControl(given, 'read', async ({ state: { index } }) => {
        const listed = [...entries(index)].filter(({ retired }) => options.all || !retired)
        io.out.write(options.json ? jsonLines(shown(listed, index)) : table(listed, index))
        return 0 as const
      })
    },
  })
}

function customersByBuyer(
  index: CatalogIndex,
): ReadonlyMap<AccountId, readonly CustomerIdentifierEntry[]> {
  return Map.groupBy(index.customerIdentifiers.values(), ({ buyer }) => buyer)
}
