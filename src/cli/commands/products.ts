/** The commands that add and retire products. rename.ts and dimensions.ts change what is there. */
import type { WantedDimension, WantedProduct } from '../../core/catalog-wanted.ts'
import { CommandFailure, defineCommand, type OptionSpecs, type OptionValues } from '../command.ts'
import { DATA_OPTIONS, withControl, WRONG_LINE } from '../control-access.ts'
import { changeOrFail } from '../control-change.ts'
import { ARGUMENT_OF, CHANGE_EXITS, CHANGE_OPTIONS, changeKnown, REFUSED } from '../known-entry.ts'
import { jsonLines, productTable, shownEntryOf } from '../listing.ts'

const ARRIVAL_OPTIONS = {
  integration: {
    type: 'string',
    value: 'WAY',
    about:
      'Whether buyers have customer identifiers (legacy), or account and license alone (new, for ever)',
    choices: ['legacy', 'new'],
  },
  fulfilmentUrl: {
    type: 'string',
    value: 'URL',
    about: 'Where a buyer’s browser brings the registration token; https, or http for localhost',
  },
  redirectOrigin: {
    type: 'string',
    value: 'ORIGIN',
    about: 'Where that URL may send the browser on to; may be given several times',
    many: true,
  },
} as const satisfies OptionSpecs

export const productsCreate = defineCommand({
  name: 'products create',
  summary: 'Add a product of a seller, with its dimensions',
  help: `
    Prints the product with its code, which is made unless it is given. Prices are in US dollars, for show.
    A dimension whose name holds a colon, and changes later, are for marketmeter products set-dimension.

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
    oneResource: {
      type: 'boolean',
      about: 'With MeterUsage: a buyer has one resource, so keys need no --resource; for ever',
    },
    ...ARRIVAL_OPTIONS,
    contract: { type: 'boolean', about: 'Sold by contract: its agreements may have entitlements' },
    dimension: {
      type: 'string',
      value: 'NAME[:UNIT[:PRICE]]',
      about: 'What is counted (default Units at 0); may be given several times',
      many: true,
    },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the product is on stdout', ...CHANGE_EXITS },
  async run(given) {
    const { options, io } = given
    const { seller, name, code, agreements, meteredBy, contract } = options
    const arrival = arrivalOf(options)
    const dimensions = dimensionsOf(options.dimension)
    const oneResourcePerBuyer = options.oneResource || undefined
    const metered = { meteredBy, oneResourcePerBuyer }
    const facts = { seller, name, code, agreements, ...metered, ...arrival, contract, dimensions }
    return withControl(given, 'update', async (access) => {
      await access.state.refresh()
      if ([...access.state.index.products.values()].some((one) => one.code === code)) {
        const text = `There is a product ${code ?? ''} already; change it with: marketmeter products rename, or set-dimension`
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

export const productsSetFulfilment = defineCommand({
  name: 'products set-fulfilment',
  summary: 'Say how buyers arrive at the seller',
  help: `
    What is not given stays as it is; redirect origins are given all together. none takes the URL away, with the
    origins. A product goes to the new integration once.

    $ marketmeter products set-fulfilment 4w1sbgfkdrl0bqj1j6gf93k2b --fulfilment-url https://example.com/register
    $ marketmeter products set-fulfilment 4w1sbgfkdrl0bqj1j6gf93k2b --integration new
  `,
  arguments: [ARGUMENT_OF.product],
  options: { ...ARRIVAL_OPTIONS, ...CHANGE_OPTIONS },
  exits: { 0: 'the product has these facts', ...CHANGE_EXITS },
  async run(given) {
    const [name = ''] = given.args
    const facts = arrivalOf(given.options)
    const said = 'is changed'
    return changeKnown(given, { kind: 'product', name, verb: 'set-fulfilment', facts, said })
  },
})

export const productsSetContract = defineCommand({
  name: 'products set-contract',
  summary: 'Let the agreements for a product have entitlements, from now on',
  help: `
    A product that is sold by contract stays so; usage of it is metered as before.

    $ marketmeter products set-contract 4w1sbgfkdrl0bqj1j6gf93k2b
  `,
  arguments: [ARGUMENT_OF.product],
  options: CHANGE_OPTIONS,
  exits: { 0: 'the product is sold by contract', ...CHANGE_EXITS },
  async run(given) {
    const [name = ''] = given.args
    const facts = { contract: true }
    const said = 'is sold by contract'
    return changeKnown(given, { kind: 'product', name, verb: 'set-contract', facts, said })
  },
})

export const productsRetire = defineCommand({
  name: 'products retire',
  summary: 'Take a product out of use',
  help: `
    Its agreements must be over or cancelled before. Nothing is deleted: records keep naming it.

    $ marketmeter products retire 4w1sbgfkdrl0bqj1j6gf93k2b
  `,
  arguments: [ARGUMENT_OF.product],
  options: CHANGE_OPTIONS,
  exits: { 0: 'the product is retired', ...CHANGE_EXITS },
  async run(given) {
    const [name = ''] = given.args
    const facts = { retired: true }
    return changeKnown(given, { kind: 'product', name, verb: 'retire', facts, said: 'is retired' })
  },
})

function arrivalOf({
  integration,
  fulfilmentUrl,
  redirectOrigin = [],
}: Partial<OptionValues<typeof ARRIVAL_OPTIONS>>): Pick<
  WantedProduct,
  'integration' | 'fulfilmentUrl' | 'redirectOrigins'
> {
  if (fulfilmentUrl === 'none') return { integration, fulfilmentUrl: null, redirectOrigins: [] }
  const redirectOrigins = redirectOrigin.length === 0 ? undefined : redirectOrigin
  return { integration, fulfilmentUrl, redirectOrigins }
}

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
