/** The `entitlements` commands: what the agreements for contract products entitle their buyers to. */
import { ACCOUNT, DIMENSION, PRODUCT } from '../../core/catalog-names.ts'
import type { WantedEntitlement } from '../../core/catalog-wanted.ts'
import type { AgreementEntry } from '../../core/control-entries.ts'
import { isInForce } from '../../core/entitled.ts'
import type { InstantMs } from '../../core/usage.ts'
import { CommandFailure, type CommandRun, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  withControl,
  WRONG_LINE,
  WRONG_LINE_MEANING,
} from '../control-access.ts'
import { changeOrFail } from '../control-change.ts'
import { argumentOf, CHANGE_EXITS, CHANGE_OPTIONS } from '../known-entry.ts'
import { entitlementRows, entitlementTable, jsonLines, shownEntryOf } from '../listing.ts'
import { printable } from '../printable.ts'

const ARGUMENTS = [
  { name: 'AGREEMENT', about: 'Its id, or its license ARN' },
  { name: 'DIMENSION', about: 'One of the product; case counts' },
]

export const entitlementsList = defineCommand({
  name: 'entitlements list',
  summary: 'List what buyers are entitled to now',
  help: `
    What GetEntitlements answers for these products: only of agreements that are in force now. With --all also
    what suspended, cancelled, ended and future agreements hold.

    $ marketmeter entitlements list --product 5k3cdemocontractpr0duct01
    $ marketmeter entitlements list --buyer 222233334444 --all --json
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'Only this product', rule: PRODUCT },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Only this buyer', rule: ACCOUNT },
    all: { type: 'boolean', about: 'Of agreements that are not in force too' },
    json: { type: 'boolean', about: 'Print each entitlement as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the entitlements are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    const { product, buyer } = options
    return withControl(given, 'read', async ({ state }) => {
      const nowMs = Date.now() as InstantMs
      const rows = [...state.index.agreements.values()]
        .filter(
          (one) =>
            (product === undefined || one.product === product) &&
            (buyer === undefined || one.buyer === buyer) &&
            (options.all || isInForce(one, nowMs)),
        )
        .flatMap(entitlementRows)
      io.out.write(options.json ? jsonLines(rows) : entitlementTable(rows))
      return 0 as const
    })
  },
})

export const entitlementsSet = defineCommand({
  name: 'entitlements set',
  summary: 'Entitle the buyer of an agreement to a value of a dimension',
  help: `
    Takes the place of the value that the agreement had for this dimension, whatever its type. The product must
    be sold by contract: marketmeter products set-contract. GetEntitlements answers it at once.

    $ marketmeter entitlements set agmt-democontract seats --integer 25
    $ marketmeter entitlements set agmt-democontract plan --string gold
  `,
  arguments: ARGUMENTS,
  options: {
    integer: { type: 'string', value: 'NUMBER', about: 'A whole number' },
    double: { type: 'string', value: 'NUMBER', about: 'Any number' },
    boolean: { type: 'string', value: 'VALUE', about: 'A right', choices: ['true', 'false'] },
    string: { type: 'string', value: 'TEXT', about: 'A text' },
    ...CHANGE_OPTIONS,
  },
  exits: { 0: 'the agreement entitles to it', ...CHANGE_EXITS },
  async run(given) {
    const { integer, double, boolean, string } = given.options
    const value = {
      integer: numberOf('--integer', integer),
      double: numberOf('--double', double),
      boolean: boolean === undefined ? undefined : boolean === 'true',
      string,
    }
    if (Object.values(value).filter((one) => one !== undefined).length !== 1) {
      throw new CommandFailure(
        'Give one value: --integer, --double, --boolean or --string.',
        WRONG_LINE,
      )
    }
    return changeEntitlement(given, value, 'set', 'entitles to')
  },
})

export const entitlementsRemove = defineCommand({
  name: 'entitlements remove',
  summary: 'Take an entitlement of an agreement away',
  help: `
    $ marketmeter entitlements remove agmt-democontract seats
  `,
  arguments: ARGUMENTS,
  options: CHANGE_OPTIONS,
  exits: { 0: 'the agreement does not entitle to it', ...CHANGE_EXITS },
  async run(given) {
    return changeEntitlement(given, { removed: true }, 'remove', 'does not entitle to')
  },
})

async function changeEntitlement(
  given: CommandRun<typeof CHANGE_OPTIONS>,
  value: Omit<WantedEntitlement, 'dimension'>,
  verb: string,
  said: string,
): Promise<0> {
  const { args, options, io } = given
  const [name = '', text = ''] = args
  const dimension = argumentOf('DIMENSION', DIMENSION, text)
  const named = name.startsWith('arn:') ? { licenseArn: name } : { id: name }
  return withControl(given, 'update', async (access) => {
    const entitlementChanges = [{ dimension, ...value }]
    const wish = { kind: 'agreement', where: name, ...named, entitlementChanges } as const
    await changeOrFail(access, [wish], `entitlements ${verb} ${name} ${printable(dimension)}`)
    const isNamed = (one: AgreementEntry) => one.id === name || one.licenseArn === name
    const changed = [...access.state.index.agreements.values()].filter(isNamed)
    if (options.json) io.out.write(jsonLines(changed.map(shownEntryOf)))
    io.err.write(`Agreement ${name} ${said} ${printable(dimension)}.\n`)
    return 0 as const
  })
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new CommandFailure(`${option}: expected a number, got ${printable(text)}.`, WRONG_LINE)
}
