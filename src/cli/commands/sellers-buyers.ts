/**
 * The commands that add and retire sellers and buyers, and give buyers their legacy names.
 *
 * Each does one thing; whole catalogs are `catalog apply`'s.
 */
import type { WantedCustomerIdentifier } from '../../core/catalog-wanted.ts'
import { type Command, CommandFailure, defineCommand } from '../command.ts'
import { type ControlAccess, DATA_OPTIONS, withControl } from '../control-access.ts'
import { changeOrFail } from '../control-change.ts'
import { ARGUMENT_OF, CHANGE_EXITS, CHANGE_OPTIONS, changeKnown, REFUSED } from '../known-entry.ts'
import { jsonLines, sellerTable, shownEntryOf } from '../listing.ts'
import { shownBuyers, shownBuyerTable } from './parties.ts'

const NAME = { type: 'string', value: 'TEXT', about: 'For people' } as const
const JSON_OPTION = { type: 'boolean', about: 'Print one JSON object' } as const

export const sellersCreate = defineCommand({
  name: 'sellers create',
  summary: 'Add a seller',
  help: `
    Then give it an access key and a product.

    $ marketmeter sellers create 111122223333 --name 'Example Software'
    $ marketmeter keys create --account 111122223333
  `,
  arguments: [ARGUMENT_OF.seller],
  options: { name: NAME, json: JSON_OPTION, ...DATA_OPTIONS },
  exits: { 0: 'the seller is on stdout', ...CHANGE_EXITS },
  async run(given) {
    const { options, io } = given
    const [account = ''] = given.args
    return withControl(given, 'change', async (access) => {
      await access.state.refresh()
      const { sellers } = access.state.index
      refuseKnown('seller', account, sellers.values())
      const wish = { kind: 'seller', where: account, account, name: options.name } as const
      await changeOrFail(access, [wish], `sellers create ${account}`)
      const made = [...sellers.values()].filter((one) => one.account === account)
      io.out.write(options.json ? jsonLines(made.map(shownEntryOf)) : sellerTable(made))
      return 0 as const
    })
  },
})

const CUSTOMER_IDENTIFIER = {
  type: 'string',
  value: 'SELLER[:ID]',
  about: "The buyer's legacy name at a seller; without ID one is made; may be given several times",
  many: true,
} as const

export const buyersCreate = defineCommand({
  name: 'buyers create',
  summary: 'Add a buyer, with customer identifiers if sellers need them',
  help: `
    A customer identifier stays with its buyer for ever. Without one the buyer is named by account or license.

    $ marketmeter buyers create 222233334444 --name 'Example Customer'
    $ marketmeter buyers create 222233334444 --customer-identifier 111122223333:X01EXAMPLEX --json
  `,
  arguments: [ARGUMENT_OF.buyer],
  options: {
    name: NAME,
    customerIdentifier: CUSTOMER_IDENTIFIER,
    json: JSON_OPTION,
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the buyer is on stdout', ...CHANGE_EXITS },
  async run(given) {
    const { options, io } = given
    const [account = ''] = given.args
    return withControl(given, 'change', async (access) => {
      await access.state.refresh()
      refuseKnown('buyer', account, access.state.index.buyers.values())
      const wish = { kind: 'buyer', where: account, account, name: options.name } as const
      const customers = customersOf(account, options.customerIdentifier)
      await changeOrFail(access, [wish, ...customers], `buyers create ${account}`)
      io.out.write(buyerText(access, account, options.json))
      return 0 as const
    })
  },
})

export const buyersIdentify = defineCommand({
  name: 'buyers identify',
  summary: 'Give a buyer that is there a customer identifier',
  help: `
    The name stays with this buyer for ever; the buyer may have several. Asking again for one with its ID
    changes nothing.

    $ marketmeter buyers identify 222233334444 --customer-identifier 111122223333
    $ marketmeter buyers identify 222233334444 --customer-identifier 111122223333:X01EXAMPLEX --json
  `,
  arguments: [ARGUMENT_OF.buyer],
  options: {
    customerIdentifier: { ...CUSTOMER_IDENTIFIER, required: true },
    json: JSON_OPTION,
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the buyer, with its customer identifiers, is on stdout', ...CHANGE_EXITS },
  async run(given) {
    const { options, io } = given
    const [account = ''] = given.args
    return withControl(given, 'update', async (access) => {
      const customers = customersOf(account, options.customerIdentifier)
      await changeOrFail(access, customers, `buyers identify ${account}`)
      io.out.write(buyerText(access, account, options.json))
      return 0 as const
    })
  },
})

export const sellersRetire = retireCommand(
  'seller',
  'Its products must be retired and its access keys disabled before.',
)

export const buyersRetire = retireCommand(
  'buyer',
  'Its agreements must be over or cancelled before.',
)

function retireCommand(kind: 'seller' | 'buyer', about: string): Command {
  return defineCommand({
    name: `${kind}s retire`,
    summary: `Take a ${kind} out of use`,
    help: `
      ${about} Nothing is deleted: records keep naming it.

      $ marketmeter ${kind}s retire 999988887777
    `,
    arguments: [ARGUMENT_OF[kind]],
    options: CHANGE_OPTIONS,
    exits: { 0: `the ${kind} is retired`, ...CHANGE_EXITS },
    async run(given) {
      const [name = ''] = given.args
      const facts = { retired: true }
      return changeKnown(given, { kind, name, verb: 'retire', facts, said: 'is retired' })
    },
  })
}

/** `create` makes something new, or a mistyped account would rename somebody else. */
function refuseKnown(
  kind: string,
  account: string,
  known: Iterable<{ readonly account: string }>,
): void {
  for (const one of known) {
    if (one.account !== account) continue
    const text = `There is a ${kind} ${account} already; give it another name with: marketmeter ${kind}s rename`
    throw new CommandFailure(text, REFUSED)
  }
}

/** The first colon ends the seller; an identifier may hold more. */
function customersOf(buyer: string, written: readonly string[]): WantedCustomerIdentifier[] {
  return written.map((text) => {
    const colon = text.indexOf(':')
    const seller = colon === -1 ? text : text.slice(0, colon)
    const identifier = colon === -1 ? undefined : text.slice(colon + 1)
    return { kind: 'customerIdentifier', where: '--customer-identifier', seller, identifier, buyer }
  })
}

function buyerText({ state: { index } }: ControlAccess, account: string, json: boolean): string {
  const buyers = [...index.buyers.values()].filter((one) => one.account === account)
  return json ? jsonLines(shownBuyers(buyers, index)) : shownBuyerTable(buyers, index)
}
