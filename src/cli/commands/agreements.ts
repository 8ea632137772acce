/** The `agreements` commands: what a seller's back office does when a buyer comes, goes or does not pay. */
import { ACCOUNT, PRODUCT } from '../../core/catalog-names.ts'
import type { AgreementEntry } from '../../core/control-entries.ts'
import type { WantedAgreement, WantedInstant } from '../../core/catalog-wanted.ts'
import { type Command, CommandFailure, type CommandRun, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { changeOrFail, REFUSED_MEANING } from '../control-change.ts'
import { formatInstant } from '../../server/written-instant.ts'
import { instantOf } from '../instant-option.ts'
import { agreementTable, jsonLines, shownEntryOf } from '../listing.ts'

const CHANGE_OPTIONS = {
  json: { type: 'boolean', about: 'Print the agreement as one JSON object' },
  ...DATA_OPTIONS,
} as const

const EXITS = { 1: REFUSED_MEANING, 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING } as const

export const agreementsCreate = defineCommand({
  name: 'agreements create',
  summary: 'Add an agreement of a buyer for a product',
  help: `
    Prints the agreement with its id and license ARN, which are made unless they are given. A buyer that
    is not known yet is added. For a product with single agreements the one before must have ended.

    $ marketmeter agreements create --product 4w1sbgfkdrl0bqj1j6gf93k2b --buyer 222233334444
    $ marketmeter agreements create --product 4w1sbgfkdrl0bqj1j6gf93k2b --buyer 222233334444 \\
        --start 2026-12-01T00:00Z --end 2027-12-01T00:00Z --json
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'Product code', required: true },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Buyer account', required: true },
    start: { type: 'string', value: 'INSTANT', about: 'First instant; default: now' },
    end: { type: 'string', value: 'INSTANT', about: 'Last instant, or never (default)' },
    license: { type: 'string', value: 'ARN', about: 'License ARN; default: a new one' },
    id: { type: 'string', value: 'ID', about: 'Agreement id, agmt-...; default: a new one' },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the agreement is on stdout', ...EXITS },
  async run(given) {
    const { options, io } = given
    const { id, license: licenseArn, product, buyer } = options
    const wish: WantedAgreement = {
      kind: 'agreement',
      where: '',
      id,
      licenseArn,
      product,
      buyer,
      start: wantedInstant('--start', options.start),
      end: endOf(options.end),
    }
    return withControl(given, 'update', async (access) => {
      await access.state.refresh()
      const { agreements } = access.state.index
      const isKnown = [...agreements.values()].some(
        (one) => one.id === id || one.licenseArn === licenseArn,
      )
      if (isKnown)
        throw new CommandFailure('There is an agreement of this id or license already.', 1)
      const party = { kind: 'buyer', where: '--buyer', account: buyer } as const
      const changes = await changeOrFail(access, [party, wish], `agreements create for ${buyer}`)
      const made = changes.flatMap(({ after }) => (after.kind === 'agreement' ? [after] : []))
      io.out.write(options.json ? jsonLines(made.map(shownEntryOf)) : agreementTable(made))
      return 0 as const
    })
  },
})

export const agreementsList = defineCommand({
  name: 'agreements list',
  summary: 'List agreements',
  help: `
    $ marketmeter agreements list --product 4w1sbgfkdrl0bqj1j6gf93k2b --status suspended
    $ marketmeter agreements list --buyer 222233334444 --json | jq -r .licenseArn
  `,
  options: {
    product: { type: 'string', value: 'CODE', about: 'Only this product', rule: PRODUCT },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Only this buyer', rule: ACCOUNT },
    status: {
      type: 'string',
      value: 'STATUS',
      about: 'Only those of this status',
      choices: ['active', 'suspended', 'cancelled'],
    },
    json: { type: 'boolean', about: 'Print each agreement as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the agreements are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'read', async ({ state }) => {
      const { product, buyer, status } = options
      const agreements = [...state.index.agreements.values()].filter(
        (one) =>
          (product === undefined || one.product === product) &&
          (buyer === undefined || one.buyer === buyer) &&
          (status === undefined || one.status === status),
      )
      io.out.write(
        options.json ? jsonLines(agreements.map(shownEntryOf)) : agreementTable(agreements),
      )
      return 0 as const
    })
  },
})

export const agreementsRenew = defineCommand({
  name: 'agreements renew',
  summary: 'Move the end of an agreement',
  help: `
    The agreement and its license stay the same. An earlier end lets it run out sooner; a cancelled agreement
    cannot be renewed, and its buyer gets a new one.

    $ marketmeter agreements renew agmt-demoactive --end 2027-12-01T00:00Z
    $ marketmeter agreements renew agmt-demoactive --end never
  `,
  arguments: [{ name: 'AGREEMENT', about: 'Its id, or its license ARN' }],
  options: {
    end: { type: 'string', value: 'INSTANT', about: 'Last instant, or never', required: true },
    ...CHANGE_OPTIONS,
  },
  exits: { 0: 'the agreement ends then', ...EXITS },
  async run(given) {
    const [name = ''] = given.args
    const end = endOf(given.options.end)
    return changeAgreement(given, name, { end }, 'renew', ({ endMs }) =>
      endMs === undefined ? 'never ends' : `ends at ${formatInstant(endMs)}`,
    )
  },
})

export const agreementsCancel = statusCommand(
  'cancel',
  'cancelled',
  'End an agreement now, for ever',
  `Usage up to now is still taken for the last hour; a buyer who comes back gets a new agreement.`,
)

export const agreementsSuspend = statusCommand(
  'suspend',
  'suspended',
  'Take no usage of an agreement for now',
  `Records answer CustomerNotSubscribed until it is resumed.`,
)

export const agreementsResume = statusCommand(
  'resume',
  'active',
  'Take usage of a suspended agreement again',
  `A cancelled agreement cannot be resumed.`,
)

function statusCommand(
  verb: string,
  status: AgreementEntry['status'],
  summary: string,
  about: string,
): Command {
  return defineCommand({
    name: `agreements ${verb}`,
    summary,
    help: `
      ${about}

      $ marketmeter agreements ${verb} agmt-demoactive
    `,
    arguments: [{ name: 'AGREEMENT', about: 'Its id, or its license ARN' }],
    options: CHANGE_OPTIONS,
    exits: { 0: `the agreement is ${status}`, ...EXITS },
    async run(given) {
      const [name = ''] = given.args
      return changeAgreement(given, name, { status }, verb, () => `is ${status}`)
    },
  })
}

/** @param said What is said of the agreement once it is changed. */
async function changeAgreement(
  given: CommandRun<typeof CHANGE_OPTIONS>,
  name: string,
  facts: Pick<WantedAgreement, 'end' | 'status'>,
  verb: string,
  said: (agreement: AgreementEntry) => string,
): Promise<0> {
  const { options, io } = given
  const named = name.startsWith('arn:') ? { licenseArn: name } : { id: name }
  return withControl(given, 'update', async (access) => {
    const wish = { kind: 'agreement', where: name, ...named, ...facts } as const
    await changeOrFail(access, [wish], `agreements ${verb} ${name}`)
    for (const agreement of access.state.index.agreements.values()) {
      if (agreement.id !== name && agreement.licenseArn !== name) continue
      if (options.json) io.out.write(jsonLines([shownEntryOf(agreement)]))
      io.err.write(`Agreement ${name} ${said(agreement)}.\n`)
    }
    return 0 as const
  })
}

function endOf(text: string | undefined): WantedAgreement['end'] {
  return text === 'never' ? text : wantedInstant('--end', text)
}

function wantedInstant(option: string, text: string | undefined): WantedInstant | undefined {
  const ms = instantOf(option, text)
  return ms === undefined ? undefined : { ms, onlyIfNew: false }
}
