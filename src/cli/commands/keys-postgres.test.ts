/** Master keys of a ledger on PostgreSQL: every replica and every command must have the one that was agreed on. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { ControlState } from '../../server/control-state.ts'
import { masterKeyOf } from '../../server/keys/master-keys.ts'
import { masterKeyIdOf } from '../../server/keys/sealed-text.ts'
import { emptyLedger, skip } from '../../store/postgres/server.spec.ts'
import { PostgresControlStore } from '../../store/postgres-control/store.ts'
import { type Ended, runToEnd } from '../program.spec.ts'

const SELLER = '111122223333'

describe('the master key of a ledger on PostgreSQL', { skip }, () => {
  const [old, next, other] = [newKey(), newKey(), newKey()]
  let url = ''

  before(async () => {
    url = await emptyLedger()
    await works(['sellers', 'create', SELLER])
  })

  it('must be given, and is agreed on by the first to encrypt', async () => {
    await refused(
      createKey,
      [],
      /keeps no master key\. Give the same to every replica: --master-key-/,
    )
    await works(createKey, [old])
    await refused(createKey, [other], wrongKey(old, other))
  })

  it('must be there for serve, which names what it needs and what it was given', async () => {
    await refused(['serve', '--port', '0', '--admin-port', '0'], [other], wrongKey(old, other))
  })

  it('stays the agreed one while a newer stands in front of it', async () => {
    await works(createKey, [next, old])
    assert.deepEqual(await keysInUse(), [old.id, old.id])
  })

  it('is moved by keys rotate-master, with every secret', async () => {
    await refused(rotate, [next], wrongKey(old, next))
    const { err } = await works(rotate, [next, old])
    assert.match(err, /^Encrypted 2 secrets under master key /)
    assert.deepEqual(await keysInUse(), [next.id, next.id])
    await refused(createKey, [old], wrongKey(next, old))
    await works(['keys', 'disable', await firstKey()])
    await works(createKey, [old, next])
    assert.deepEqual(await keysInUse(), [next.id, next.id, next.id])
    assert.match((await works(rotate, [next])).err, /^Encrypted 0 secrets/)
  })

  const createKey = ['keys', 'create', '--account', SELLER]
  const rotate = ['keys', 'rotate-master']

  async function works(words: readonly string[], keys: readonly Key[] = []): Promise<Ended> {
    const ended = await runToEnd([...words, '--ledger', url], { env: envOf(keys) })
    assert.equal(ended.code, 0, ended.err)
    return ended
  }

  async function refused(words: readonly string[], keys: readonly Key[], sentence: RegExp) {
    const { code, err } = await runToEnd([...words, '--ledger', url], { env: envOf(keys) })
    assert.equal(code, 3, err)
    assert.match(err, sentence)
    for (const { text } of keys) assert.ok(!err.includes(text))
  }

  async function keysInUse(): Promise<readonly (string | undefined)[]> {
    return withIndex((state) =>
      [...state.index.accessKeys.values()].map(({ secret }) => masterKeyIdOf(secret)),
    )
  }

  async function firstKey(): Promise<string> {
    return withIndex((state) => [...state.index.accessKeys.keys()][0] ?? '')
  }

  async function withIndex<Result>(look: (state: ControlState) => Result): Promise<Result> {
    const store = await PostgresControlStore.open({ url })
    try {
      return look(await ControlState.open(store))
    } finally {
      await store.close()
    }
  }
})

interface Key {
  readonly text: string
  readonly id: string
}

function newKey(): Key {
  const bytes = randomBytes(32)
  return { text: bytes.toString('base64'), id: masterKeyOf(bytes).id }
}

function envOf(keys: readonly Key[]): Readonly<Record<string, string>> {
  if (keys.length === 0) return {}
  return { MARKETMETER_MASTER_KEYS: keys.map(({ text }) => text).join(' ') }
}

function wrongKey(needed: Key, given: Key): RegExp {
  return new RegExp(`under the master key ${needed.id}, and the keys given are ${given.id}\\.`)
}
