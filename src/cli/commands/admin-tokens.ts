/** The `admin-tokens` commands: bearer tokens for the admin API. A token is printed once and kept only as a hash. */
import { randomBytes } from 'node:crypto'
import type { InstantMs } from '../../core/usage.ts'
import { newAdminToken } from '../../server/admin-tokens.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { changeOrFail, REFUSED_MEANING } from '../control-change.ts'
import { parseDuration } from '../../server/written-instant.ts'
import { jsonLines, shownEntryOf, tokenTable } from '../listing.ts'

const EXITS = { 1: REFUSED_MEANING, 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING } as const

export const adminTokensCreate = defineCommand({
  name: 'admin-tokens create',
  summary: 'Create a token for the admin API and print it once',
  help: `
    Without --seller the token is an operator's: it sees and changes everything. With it, one seller's
    catalog and records. With --read-only it changes nothing.

    $ marketmeter admin-tokens create --description 'nightly export' --read-only
    $ marketmeter admin-tokens create --seller 111122223333 --ttl 30d --json
  `,
  options: {
    seller: { type: 'string', value: 'ACCOUNT', about: 'Only this seller' },
    readOnly: { type: 'boolean', about: 'Only look' },
    ttl: {
      type: 'string',
      value: 'TIME',
      about: 'How long it is good, such as 12h or 30d; default: until revoked',
    },
    description: { type: 'string', value: 'TEXT', about: 'For people' },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the token is on stdout', ...EXITS },
  async run(given) {
    const { options, io } = given
    const expiresMs = expiryOf(options.ttl)
    const { id, token, hash } = newAdminToken(randomBytes)
    return withControl(given, 'change', async (access) => {
      const { seller, readOnly, description } = options
      const wish = {
        kind: 'adminToken',
        where: '',
        id,
        hash,
        seller,
        readOnly,
        description,
      } as const
      await changeOrFail(access, [{ ...wish, expiresMs }], `admin-tokens create ${id}`)
      io.out.write(options.json ? jsonLines([{ id, token }]) : `${token}\n`)
      io.err.write(`This is token ${id}. It is shown this once and cannot be shown again.\n`)
      return 0 as const
    })
  },
})

export const adminTokensList = defineCommand({
  name: 'admin-tokens list',
  summary: 'List the tokens for the admin API',
  help: `
    $ marketmeter admin-tokens list
  `,
  options: {
    json: { type: 'boolean', about: 'Print each token as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the tokens are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    return withControl(given, 'read', async ({ state }) => {
      const tokens = [...state.index.adminTokens.values()]
      given.io.out.write(
        given.options.json ? jsonLines(tokens.map(shownEntryOf)) : tokenTable(tokens, Date.now()),
      )
      return 0 as const
    })
  },
})

export const adminTokensRevoke = defineCommand({
  name: 'admin-tokens revoke',
  summary: 'Stop a token for ever',
  help: `
    $ marketmeter admin-tokens revoke tok-k3x9
  `,
  arguments: [{ name: 'ID', about: 'The id of the token, as admin-tokens list shows it' }],
  options: {
    json: { type: 'boolean', about: 'Print the token as one JSON object, without its text' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the token is revoked', ...EXITS },
  async run(given) {
    const [id = ''] = given.args
    return withControl(given, 'update', async (access) => {
      await changeOrFail(
        access,
        [{ kind: 'adminToken', where: id, id, revoked: true }],
        `admin-tokens revoke ${id}`,
      )
      const changed = [...access.state.index.adminTokens.values()].filter((one) => one.id === id)
      if (given.options.json) given.io.out.write(jsonLines(changed.map(shownEntryOf)))
      given.io.err.write(`Token ${id} is revoked.\n`)
      return 0 as const
    })
  },
})

function expiryOf(text: string | undefined): InstantMs | undefined {
  if (text === undefined) return undefined
  const ttlMs = parseDuration(text)
  if (ttlMs !== undefined && ttlMs > 0) return (Date.now() + ttlMs) as InstantMs
  throw new CommandFailure(`--ttl: expected a time such as 12h or 30d, got "${text}".`, 2)
}
