/** The `public-keys` commands, and what RegisterUsage registered under them. */
import { randomBytes } from 'node:crypto'
import { ACCOUNT, PRODUCT } from '../../core/catalog-names.ts'
import type { PublicKeyEntry, UsageRegistrationEntry } from '../../core/control-entries.ts'
import { newPublicKey } from '../../server/keys/public-keys.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  SECRETS_OPTIONS,
  withControl,
  WRONG_LINE_MEANING,
} from '../control-access.ts'
import { changeOrFail } from '../control-change.ts'
import { ARGUMENT_OF, argumentOf, CHANGE_EXITS, REFUSED } from '../known-entry.ts'
import { jsonLines, publicKeyTable, shownEntryOf, usageRegistrationTable } from '../listing.ts'

const LISTED = { 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING } as const

export const publicKeysList = defineCommand({
  name: 'public-keys list',
  summary: 'List the public keys under which RegisterUsage signs',
  help: `
    The highest version of a product is the one to build into a container. Those before it still sign, and
    their answers have a PublicKeyRotationTimestamp. With --json each has its key, as PEM.

    $ marketmeter public-keys list --product 6m4cdemocontainerpr0duct1
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'Only this product', rule: PRODUCT },
    json: { type: 'boolean', about: 'Print each key as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the keys are on stdout', ...LISTED },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'read', async ({ state }) => {
      const keys = [...state.index.publicKeys.values()]
        .filter(({ product }) => (options.product ?? product) === product)
        .sort(byProduct)
      io.out.write(options.json ? jsonLines(keys.map(shownEntryOf)) : publicKeyTable(keys))
      return 0 as const
    })
  },
})

export const publicKeysShow = defineCommand({
  name: 'public-keys show',
  summary: 'Print a public key as PEM',
  help: `
    $ marketmeter public-keys show 6m4cdemocontainerpr0duct1 > public-key.pem
    $ marketmeter public-keys show 6m4cdemocontainerpr0duct1 --key-version 1
  `,
  arguments: [ARGUMENT_OF.product],
  options: {
    keyVersion: { type: 'string', value: 'NUMBER', about: 'Which one; default: the highest' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the key is on stdout', 1: 'there is no such key', ...LISTED },
  async run(given) {
    const { options, io, args } = given
    const product = argumentOf('CODE', PRODUCT, args[0] ?? '')
    return withControl(given, 'read', async ({ state }) => {
      const keys = state.index.publicKeysOf(product)
      const asked = options.keyVersion
      const key = asked === undefined ? keys.at(-1) : keys.find((one) => `${one.version}` === asked)
      if (key === undefined) throw new CommandFailure(missing(product, asked), REFUSED)
      io.out.write(key.publicKey)
      return 0 as const
    })
  },
})

export const publicKeysRotate = defineCommand({
  name: 'public-keys rotate',
  summary: 'Give a product its first public key, or the next version',
  help: `
    Prints the new key. Versions before it still sign, so containers that are out need not stop; RegisterUsage tells
    them since when there is a newer one. The private key is encrypted under the master key, and never shown.

    $ marketmeter public-keys rotate 6m4cdemocontainerpr0duct1
  `,
  arguments: [ARGUMENT_OF.product],
  options: {
    json: { type: 'boolean', about: 'Print it as one JSON object' },
    ...SECRETS_OPTIONS,
  },
  exits: { 0: 'the new key is on stdout', ...CHANGE_EXITS },
  async run(given) {
    const { options, io, args } = given
    const product = argumentOf('CODE', PRODUCT, args[0] ?? '')
    return withControl(given, 'update', async (access) => {
      const pair = await newPublicKey((await access.masterKeys()).current, randomBytes)
      const wish = { kind: 'publicKey', where: product, product, ...pair } as const
      await changeOrFail(access, [wish], `public-keys rotate ${product}`)
      const made = access.state.index.publicKeysOf(product).slice(-1)
      for (const key of made) {
        io.out.write(options.json ? jsonLines([shownEntryOf(key)]) : key.publicKey)
        io.err.write(`The public key of product ${product} has version ${key.version} now.\n`)
      }
      return 0 as const
    })
  },
})

export const usageRegistrationsList = defineCommand({
  name: 'usage-registrations list',
  summary: 'List what RegisterUsage let run',
  help: `
    One of each session, which is an access key, and product: whose it is, under which public key, and since when.

    $ marketmeter usage-registrations list --product 6m4cdemocontainerpr0duct1
    $ marketmeter usage-registrations list --buyer 222233334444 --json
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'Only of this product', rule: PRODUCT },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Only of this buyer', rule: ACCOUNT },
    json: { type: 'boolean', about: 'Print each registration as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the registrations are on stdout', ...LISTED },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'read', async ({ state }) => {
      const found: UsageRegistrationEntry[] = []
      for await (const one of state.usageRegistrations()) {
        const { product, buyer } = one
        const isWanted =
          (options.product ?? product) === product && (options.buyer ?? buyer) === buyer
        if (isWanted) found.push(one)
      }
      io.out.write(
        options.json ? jsonLines(found.map(shownEntryOf)) : usageRegistrationTable(found),
      )
      return 0 as const
    })
  },
})

function byProduct(left: PublicKeyEntry, right: PublicKeyEntry): number {
  if (left.product !== right.product) return left.product < right.product ? -1 : 1
  return left.version - right.version
}

function missing(product: string, version: string | undefined): string {
  return version === undefined
    ? `Product ${product} has no public key. Make one: marketmeter public-keys rotate ${product}`
    : `Product ${product} has no public key of version ${version}. See: marketmeter public-keys list`
}
