/** The commands that add and retire products. Changes of what is there are `catalog apply`'s. */
import type { WantedDimension } from '../../core/catalog-wanted.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { changeOrFail, REFUSED_MEANING } from '../control-change.ts'
import { jsonLines, productTable, shownEntryOf } from '../listing.ts'

const REFUSED = 1
const WRONG_LINE = 2
const EXITS = { 1: REFUSED_MEANING, 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING } as const

export const productsCreate = defineCommand({
  name: 'products create',
  summary: 'Add a product of a seller, with its dimensions',
  help: `
    Prints the product with its code, which is made unless it is given. Prices are in US dollars, for show.
    A dimension whose name holds a colon, and changes later, go through marketmeter catalog apply.

    $ marketmeter products create --seller 111122223333 --name Backups --dimension requests
    $ marketmeter products create --seller 111122223333 --agreements concurrent \\
        --dimension requests:Requests:0.005 --dimension storage:GB --json
  `,
  options: {
    seller: { type: 'string', value: 'ACCOUNT', about: 'Whose product it is', required: true },
    name: { type: 'string', value: 'TEXT', about: 'For people' },
    code: { type: 'string', value: 'CODE', about: 'Product code; default: a new one' },
    agreements: {
      type: 'string',
      value: 'WAY',
      about: 'How many agreements a buyer has at a time (default single)',
      choices: ['single', 'concurrent'],
    },
    meteredBy: {
      type: 'string',
      value: 'OPERATION',
      about: 'The operation that meters it, for ever (default BatchMeterUsage)',
      choices: ['BatchMeterUsage', 'MeterUsage'],
    },
    dimension: {
      type: 'string',
      value: 'NAME[:UNIT[:PRICE]]',
      about: 'What is counted (default Units at 0); may be given several times',
      many: true,
    },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the product is on stdout', ...EXITS },
  async run(given) {
    const { options, io } = given
    const { seller, name, code, agreements, meteredBy } = options
    const dimensions = dimensionsOf(options.dimension)
    const facts = { seller, name, code, agreements, meteredBy, dimensions }
    return withControl(given, 'read', async (access) => {
      await access.state.refresh()
      if ([...access.state.index.products.values()].some((one) => one.code === code)) {
        const text = `There is a product ${code ?? ''} already; change it with: marketmeter catalog apply FILE`
        throw new CommandFailure(text, REFUSED)
      }
      const wish = { kind: 'product', where: '', ...facts } as const
      const changes = await changeOrFail(access, [wish], `products create for ${seller}`)
      const made = changes.flatMap(({ after }) => (after.kind === 'product' ? [after] : []))
      io.out.write(options.json ? jsonLines(made.map(shownEntryOf)) : productTable(made))
      return 0 as const
    })
  },
})

export const productsRetire = defineCommand({
  name: 'products retire',
  summary: 'Take a product out of use',
  help: `
    Its agreements must be over or cancelled before. Nothing is deleted: records keep naming it.

    $ marketmeter products retire 4w1sbgfkdrl0bqj1j6gf93k2b
  `,
  arguments: [{ name: 'CODE', about: 'The product code' }],
  options: {
    json: { type: 'boolean', about: 'Print the product as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the product is retired', ...EXITS },
  async run(given) {
    const { options, io } = given
    const [code = ''] = given.args
    return withControl(given, 'read', async (access) => {
      await access.state.refresh()
      const { products } = access.state.index
      const isThis = (one: { readonly code: string }): boolean => one.code === code
      if (![...products.values()].some(isThis)) {
        throw new CommandFailure(`There is no product ${code}.`, REFUSED)
      }
      const wish = { kind: 'product', where: '', code, retired: true } as const
      await changeOrFail(access, [wish], `products retire ${code}`)
      if (options.json) {
        io.out.write(jsonLines([...products.values()].filter(isThis).map(shownEntryOf)))
      }
      io.err.write(`Product ${code} is retired.\n`)
      return 0 as const
    })
  },
})

/** An empty unit or price takes its default: `requests::0.005`. */
function dimensionsOf(written: readonly string[]): WantedDimension[] {
  const dimensions = written.map((text): WantedDimension => {
    const [name = '', unit, price, ...rest] = text.split(':')
    if (rest.length > 0) {
      throw new CommandFailure(
        `--dimension: expected NAME[:UNIT[:PRICE]], got "${text}".`,
        WRONG_LINE,
      )
    }
    return { name, ...(unit && { unit }), ...(price && { price }) }
  })
  const names = dimensions.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return dimensions
  throw new CommandFailure(`--dimension: ${twice} is named twice.`, WRONG_LINE)
}
