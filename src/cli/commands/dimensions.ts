/** The commands that change one dimension of a product, where `catalog apply` would want a file. */
import { DIMENSION, PRICE_TEXT, SHOWN_TEXT } from '../../core/catalog-names.ts'
import type { WantedDimension } from '../../core/catalog-wanted.ts'
import { CommandFailure, type CommandRun, defineCommand } from '../command.ts'
import {
  ARGUMENT_OF,
  argumentOf,
  CHANGE_EXITS,
  CHANGE_OPTIONS,
  changeKnown,
  REFUSED,
} from '../known-entry.ts'
import { printable } from '../printable.ts'

const ARGUMENTS = [
  ARGUMENT_OF.product,
  { name: 'DIMENSION', about: 'Its name, as requests have it; case counts' },
]

export const productsSetDimension = defineCommand({
  name: 'products set-dimension',
  summary: 'Add a dimension to a product, or change one',
  help: `
    What is not given stays as it is; a new one is counted in Units at 0. One that was retired is in use again.
    Prices are in US dollars, for show.

    $ marketmeter products set-dimension 4w1sbgfkdrl0bqj1j6gf93k2b requests --price 0.004
    $ marketmeter products set-dimension 4w1sbgfkdrl0bqj1j6gf93k2b storage --unit GB --price 0.1
  `,
  arguments: ARGUMENTS,
  options: {
    unit: { type: 'string', value: 'TEXT', about: 'What one of it is', rule: SHOWN_TEXT },
    price: { type: 'string', value: 'PRICE', about: 'For one unit', rule: PRICE_TEXT },
    description: { type: 'string', value: 'TEXT', about: 'For people', rule: SHOWN_TEXT },
    ...CHANGE_OPTIONS,
  },
  exits: { 0: 'the product has the dimension', ...CHANGE_EXITS },
  async run(given) {
    const { unit, price, description } = given.options
    const facts = { unit, price, description, retired: false }
    return changeDimension(given, 'set-dimension', facts, 'has')
  },
})

export const productsRetireDimension = defineCommand({
  name: 'products retire-dimension',
  summary: 'Take a dimension of a product out of use',
  help: `
    Records of it are refused from then on. Nothing is deleted: what is held keeps naming it, and
    products set-dimension takes it into use again.

    $ marketmeter products retire-dimension 4w1sbgfkdrl0bqj1j6gf93k2b requests
  `,
  arguments: ARGUMENTS,
  options: CHANGE_OPTIONS,
  exits: { 0: 'the dimension is retired', ...CHANGE_EXITS },
  async run(given) {
    return changeDimension(given, 'retire-dimension', { retired: true }, 'no longer has')
  },
})

async function changeDimension(
  given: CommandRun<typeof CHANGE_OPTIONS>,
  verb: string,
  facts: Omit<WantedDimension, 'name'>,
  has: string,
): Promise<0> {
  const [code = '', text = ''] = given.args
  const name = argumentOf('DIMENSION', DIMENSION, text)
  return changeKnown(given, {
    kind: 'product',
    name: code,
    verb,
    facts(product) {
      const isThere = 'dimensions' in product && product.dimensions.some((one) => one.name === name)
      if (!isThere && facts.retired === true) {
        const sentence = `The product ${code} has no dimension ${printable(name)}.`
        throw new CommandFailure(sentence, REFUSED)
      }
      return { dimensions: [{ name, ...facts }] }
    },
    said: `${has} the dimension ${printable(name)}`,
  })
}
