/** The `keys` commands. A secret is printed once, when its key is made, and nowhere else. */
import { randomBytes } from 'node:crypto'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import { ACCOUNT, OPERATIONS } from '../../core/catalog-names.ts'
import type { Wanted, WantedAccessKey } from '../../core/catalog-wanted.ts'
import type { InstantMs } from '../../core/usage.ts'
import type { MasterKeyRing } from '../../server/keys/master-keys.ts'
import { newLongTermKey, newTemporaryKey } from '../../server/keys/new-key.ts'
import { resealPrivateKey } from '../../server/keys/public-keys.ts'
import { describeOpenProblem, resealSecret, sealSecret } from '../../server/keys/secrets.ts'
import { CommandFailure, type CommandRun, defineCommand } from '../command.ts'
import {
  type ControlAccess,
  DATA_FAILED,
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  SECRETS_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { changeOrFail, REFUSED_MEANING } from '../control-change.ts'
import { formatInstant, parseDuration } from '../../server/written-instant.ts'
import { jsonLines, keyTable, shownEntryOf } from '../listing.ts'

const EXITS = { 1: REFUSED_MEANING, 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING } as const

/** As long as AWS lets a session live. */
const TTL_MS_MAX = 36 * 3_600_000

export const keysCreate = defineCommand({
  name: 'keys create',
  summary: 'Create an access key and print its secret once',
  help: `
    Without --ttl the key is long-term; an account may have two active ones, so that callers can
    go over to the new one before the old one is disabled. With --ttl it is temporary and has a session token.

    $ marketmeter keys create --account 111122223333
    $ marketmeter keys create --account 111122223333 --ttl 1h --resource worker-7 --json
  `,
  options: {
    account: { type: 'string', value: 'ACCOUNT', about: 'Whose key it is', required: true },
    ttl: {
      type: 'string',
      value: 'TIME',
      about: 'Make a temporary key: 90s, 15m, 1h, at most 36h',
    },
    resource: {
      type: 'string',
      value: 'NAME',
      about: 'What a temporary key runs on; MeterUsage keeps hours apart by it',
    },
    description: { type: 'string', value: 'TEXT', about: 'For people' },
    operation: {
      type: 'string',
      value: 'NAME',
      about: 'Allow this operation only; may be given several times',
      choices: OPERATIONS,
      many: true,
    },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...SECRETS_OPTIONS,
  },
  exits: { 0: 'the key and its secret are on stdout', ...EXITS },
  async run(given) {
    const { options, io } = given
    const ttlMs = ttlOf(options.ttl)
    if (ttlMs === undefined && options.resource !== undefined) {
      throw new CommandFailure('--resource goes with --ttl: only a temporary key has one.', 2)
    }
    return withControl(given, 'change', async (access) => {
      const made = await makeKey(access, ttlMs, options.resource)
      const wanted: WantedAccessKey = {
        ...made.wanted,
        where: '',
        account: options.account,
        description: options.description,
        ...(options.operation.length > 0 && { operations: options.operation }),
      }
      await changeOrFail(access, [wanted], `keys create ${wanted.id}`)
      io.out.write(options.json ? jsonLines([made.shown]) : linesOf(made.shown))
      io.err.write('The secret is shown this once and cannot be shown again.\n')
      return 0 as const
    })
  },
})

export const keysList = defineCommand({
  name: 'keys list',
  summary: 'List access keys, without their secrets',
  help: `
    $ marketmeter keys list
    $ marketmeter keys list --account 111122223333 --json | jq -r .id
  `,
  options: {
    account: {
      type: 'string',
      value: 'ACCOUNT',
      about: 'Only keys of this account',
      rule: ACCOUNT,
    },
    json: { type: 'boolean', about: 'Print each key as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the keys are on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'read', async ({ state }) => {
      const keys = [...state.index.accessKeys.values()].filter(
        ({ account }) => options.account === undefined || account === options.account,
      )
      io.out.write(options.json ? jsonLines(keys.map(shownEntryOf)) : keyTable(keys))
      return 0 as const
    })
  },
})

const STATUS_OPTIONS = {
  json: { type: 'boolean', about: 'Print the key as one JSON object' },
  ...DATA_OPTIONS,
} as const

export const keysDisable = defineCommand({
  name: 'keys disable',
  summary: 'Stop an access key',
  help: `
    A running service refuses the key within two seconds. It can be enabled again.

    $ marketmeter keys disable AKIADEMODEMODEMODEMO
  `,
  arguments: [{ name: 'ID', about: 'The access key id' }],
  options: { ...STATUS_OPTIONS },
  exits: { 0: 'the key is disabled', ...EXITS },
  run: (given) => setStatus(given, 'disabled'),
})

export const keysEnable = defineCommand({
  name: 'keys enable',
  summary: 'Take an access key into use again',
  help: `
    $ marketmeter keys enable AKIADEMODEMODEMODEMO
  `,
  arguments: [{ name: 'ID', about: 'The access key id' }],
  options: { ...STATUS_OPTIONS },
  exits: { 0: 'the key is active', ...EXITS },
  run: (given) => setStatus(given, 'active'),
})

export const keysRotateMaster = defineCommand({
  name: 'keys rotate-master',
  summary: 'Encrypt all secrets under a new master key',
  help: `
    Adds a new master key in front of the others in the file beside the ledger and encrypts every secret
    under it. A running service finds the new key by itself and answers without a break. The old keys stay in
    the file, because backups of the catalog name them; take them out when none is kept. If it was interrupted,
    run it again with --keep.

    Named keys (--master-key-file, MARKETMETER_MASTER_KEYS; always on PostgreSQL) are yours to change: let every
    serve of the ledger know the new one, then run this with the new one first. docs/operating/postgres.md has the steps.

    $ marketmeter keys rotate-master
  `,
  options: {
    keep: {
      type: 'boolean',
      about: 'Make no new master key; encrypt under the first one there is',
    },
    json: { type: 'boolean', about: 'Print one JSON object' },
    ...SECRETS_OPTIONS,
  },
  exits: { 0: 'every secret is encrypted under the first master key', ...EXITS },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'update', async (access) => {
      const ring = await access.rotateMasterKey(options.keep)
      const wanted: Wanted[] = []
      for (const { id, secret } of access.state.index.accessKeys.values()) {
        const sealed = resealSecret(ring, id, secret, randomBytes)
        if (!sealed.ok)
          throw new CommandFailure(describeOpenProblem(sealed.problem, id), DATA_FAILED)
        if (!sealed.changed) continue
        wanted.push({ kind: 'reencryption', where: id, id, secret: sealed.sealed })
      }
      wanted.push(...reencryptedPrivateKeys(access.state.index, ring))
      await changeOrFail(access, wanted, `keys rotate-master to ${ring.current.id}`)
      const done = { masterKey: ring.current.id, encrypted: wanted.length }
      if (options.json) io.out.write(jsonLines([done]))
      io.err.write(`Encrypted ${wanted.length} secrets under master key ${ring.current.id}.\n`)
      return 0 as const
    })
  },
})

function reencryptedPrivateKeys(index: CatalogIndex, ring: MasterKeyRing): Wanted[] {
  const wanted: Wanted[] = []
  for (const key of index.publicKeys.values()) {
    const { product: publicKeyOf, fingerprint: id } = key
    const sealed = resealPrivateKey(ring, key, randomBytes)
    if (!sealed.ok) throw new CommandFailure(sealed.problem, DATA_FAILED)
    if (!sealed.changed) continue
    wanted.push({ kind: 'reencryption', where: id, id, secret: sealed.sealed, publicKeyOf })
  }
  return wanted
}

interface MadeKey {
  readonly wanted: WantedAccessKey
  readonly shown: Readonly<Record<string, string>>
}

async function makeKey(
  { masterKeys }: ControlAccess,
  ttlMs: number | undefined,
  resource: string | undefined,
): Promise<MadeKey> {
  const temporary = ttlMs === undefined ? undefined : newTemporaryKey(randomBytes)
  const { accessKeyId, secretAccessKey } = temporary ?? newLongTermKey(randomBytes)
  const secret = sealSecret((await masterKeys()).current, accessKeyId, secretAccessKey, randomBytes)
  const wanted = { kind: 'accessKey', where: '', id: accessKeyId, secret } as const
  if (temporary === undefined || ttlMs === undefined) {
    return { wanted, shown: { accessKeyId, secretAccessKey } }
  }
  const expiresMs = (Date.now() + ttlMs) as InstantMs
  const { sessionToken, sessionTokenHash } = temporary
  return {
    wanted: {
      ...wanted,
      temporary: {
        expiresMs,
        sessionTokenHash: sessionTokenHash.toString('hex'),
        ...(resource !== undefined && { resource }),
      },
    },
    shown: { accessKeyId, secretAccessKey, sessionToken, expires: formatInstant(expiresMs) },
  }
}

async function setStatus(
  given: CommandRun<typeof STATUS_OPTIONS>,
  status: 'active' | 'disabled',
): Promise<0> {
  const [id = ''] = given.args
  return withControl(given, 'update', async (access) => {
    await changeOrFail(
      access,
      [{ kind: 'accessKey', where: id, id, status }],
      `keys ${status} ${id}`,
    )
    const changed = [...access.state.index.accessKeys.values()].filter((one) => one.id === id)
    if (given.options.json) given.io.out.write(jsonLines(changed.map(shownEntryOf)))
    given.io.err.write(`Access key ${id} is ${status}.\n`)
    return 0 as const
  })
}

function ttlOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ttlMs = parseDuration(text)
  if (ttlMs !== undefined && ttlMs > 0 && ttlMs <= TTL_MS_MAX) return ttlMs
  throw new CommandFailure(
    `--ttl: expected a time such as 90s, 15m or 1h, at most 36h, got "${text}".`,
    2,
  )
}

/** The lines that a shell can take in. */
function linesOf(shown: Readonly<Record<string, string>>): string {
  const names: Readonly<Record<string, string>> = {
    accessKeyId: 'AWS_ACCESS_KEY_ID',
    secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
    sessionToken: 'AWS_SESSION_TOKEN',
  }
  return Object.entries(shown)
    .map(([name, value]) =>
      name === 'expires' ? `# expires ${value}\n` : `${names[name] ?? name}=${value}\n`,
    )
    .join('')
}
