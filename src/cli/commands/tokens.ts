/** The `tokens` commands: registration tokens, with which a buyer arrives at a seller. */
import { randomBytes } from 'node:crypto'
import { revocationOf, revokedText } from '../../core/registration.ts'
import { newRegistration, summaryOf } from '../../server/new-registration.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import { DATA_OPTIONS, SECRETS_OPTIONS, withControl } from '../control-access.ts'
import { changeOrFail, sentenceOf } from '../control-change.ts'
import { formatInstant } from '../../server/written-instant.ts'
import { CHANGE_EXITS, REFUSED } from '../known-entry.ts'
import { jsonLines } from '../listing.ts'

export const tokensCreate = defineCommand({
  name: 'tokens create',
  summary: 'Create a registration token of a buyer and print it',
  help: `
    The token is what a buyer's browser brings to the seller as x-amzn-marketplace-token, and what ResolveCustomer takes:
    so an integration can be tried without a browser. The buyer needs an agreement for the product that is not over. How
    long the token is good, and how often, is for the profile of the service to say. It is printed once and kept nowhere; the change
    log says that it was made.

    $ marketmeter tokens create --product 4w1sbgfkdrl0bqj1j6gf93k2b --buyer 222233334444
    $ curl --data-urlencode "x-amzn-marketplace-token=$(marketmeter tokens create --product 4w1sbgfkdrl0bqj1j6gf93k2b \\
        --buyer 222233334444)" http://localhost:8000/register

    Tokens for the admin API are made with marketmeter admin-tokens create.
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'The product code', required: true },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Who arrives', required: true },
    agreement: {
      type: 'string',
      value: 'ID',
      about: 'The agreement to arrive with (default: the latest that has begun)',
    },
    json: { type: 'boolean', about: 'Print one JSON object, with what the token says' },
    ...SECRETS_OPTIONS,
  },
  exits: { 0: 'the token is on stdout', ...CHANGE_EXITS },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'update', async ({ state, masterKeys, actor }) => {
      const keys = { masterKeys: await masterKeys(), randomBytes }
      const context = { control: state, ...keys, nowMs: Date.now(), actor }
      const made = await newRegistration(context, options)
      if (!made.ok) {
        throw new CommandFailure(made.problems.map(sentenceOf).join('\nmarketmeter: '), REFUSED)
      }
      await state.note({ actor, nowMs: context.nowMs, summary: summaryOf(made) })
      const { token, registration, agreement } = made
      const { issuedMs, seller, ...facts } = registration
      const shown = {
        token,
        seller,
        ...facts,
        agreement: agreement.id,
        issued: formatInstant(issuedMs),
      }
      io.out.write(options.json ? jsonLines([shown]) : `${token}\n`)
      return 0 as const
    })
  },
})

export const tokensRevoke = defineCommand({
  name: 'tokens revoke',
  summary: 'Revoke the registration tokens of a product, or of one of its buyers',
  help: `
    Tokens are kept nowhere, so it is not one that is revoked but all that were made up to now: of every buyer of the product, of
    one buyer, or of one agreement. ResolveCustomer answers InvalidTokenException to them, two seconds later at most. Those
    that are made afterwards are good.

    $ marketmeter tokens revoke --product 4w1sbgfkdrl0bqj1j6gf93k2b --buyer 222233334444
    $ marketmeter tokens revoke --product 4w1sbgfkdrl0bqj1j6gf93k2b
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'The product code', required: true },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Only of this buyer' },
    agreement: { type: 'string', value: 'ID', about: 'Only of this agreement' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'they are good no more', ...CHANGE_EXITS },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'update', async (access) => {
      await access.state.refresh()
      const wanted = revocationOf(access.state.index, options)
      const named = revokedText(options)
      if (wanted.length === 0) throw new CommandFailure(`There is no ${named}.`, REFUSED)
      await changeOrFail(access, wanted, `revoke registration tokens of ${named}`)
      io.err.write(`Registration tokens made so far of ${named} are good no more.\n`)
      return 0 as const
    })
  },
})
