/** The control state of two replicas over one database: what one changes, the other sees, whatever becomes of the server. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Wanted } from '../core/catalog-wanted.ts'
import { entryKeyOf } from '../core/control-entries.ts'
import { migrate } from '../store/postgres/migrate.ts'
import { emptyLedger, ownServer, skip, skipOwn } from '../store/postgres/server.spec.ts'
import { openControl, run } from '../store/postgres-control/control-server.spec.ts'
import { ControlState, type ControlStateOptions } from './control-state.ts'

const SELLER = '111122223333'
const KEY = 'AKIADEMODEMODEMODEMO'

describe('two replicas over one database', { skip }, () => {
  it('know of a disabled key by looking as often as they do in production', async () => {
    const url = await emptyLedger()
    const changed: string[] = []
    const [own, other] = [
      await openState(url),
      await openState(url, { keyChanged: (entry) => changed.push(entryKeyOf(entry)) }),
    ]
    await change(own, [seller(), key()])
    await until(() => changed.length === 1)
    await change(own, [{ kind: 'accessKey', where: '', id: KEY, status: 'disabled' }])
    await until(() => changed.length === 2)
    assert.equal(other.index.accessKeys.get(KEY)?.status, 'disabled')
    await Promise.all([own.stop(), other.stop()])
  })

  it('decide again upon what the other has written first', async () => {
    const url = await emptyLedger()
    const states = await Promise.all(Array.from({ length: 4 }, () => openState(url)))
    const decisions = await Promise.all(
      states.flatMap((state, replica) =>
        [0, 1].map((turn) => change(state, [seller(), product(`product-${replica}-${turn}`)])),
      ),
    )
    assert(decisions.every((decision) => decision.ok))
    for (const state of states) {
      await state.refresh()
      assert.equal(state.index.products.size, 8)
      assert.equal(state.version, 8)
    }
    await Promise.all(states.map((state) => state.stop()))
  })

  it(
    'go on by themselves when the server is back, with all that was changed',
    { skip: skipOwn },
    async () => {
      const server = await ownServer()
      const url = server.urlOf(await server.createDatabase())
      await migrate(url, Date.now() as never)
      const failures: unknown[] = []
      const [own, other] = [
        await openState(url),
        await openState(url, { lookEveryMs: 20, pollFailed: (error) => failures.push(error) }),
      ]
      await change(own, [seller(), product('before')])
      await server.kill()
      await until(() => !other.health().ready)
      assert.match(
        String(failures.at(-1)),
        /^LedgerRefused: No PostgreSQL answers at 127\.0\.0\.1:\d+/,
      )
      await assert.rejects(change(own, [product('meanwhile')]), /No PostgreSQL answers at/)
      await server.start()
      await until(() => other.health().ready)
      await change(own, [product('after')])
      await until(() => other.version === 2)
      assert.deepEqual([...other.index.products.keys()], ['before', 'after'])
      await Promise.all([own.stop(), other.stop()])
    },
  )
  it('judge nobody by a database that has lost what they have read, until they are restarted', async () => {
    const url = await emptyLedger()
    const failures: unknown[] = []
    const state = await openState(url, {
      lookEveryMs: 20,
      staleMsMax: 100,
      pollFailed: (error) => failures.push(error),
    })
    await change(state, [seller()])
    await run(
      url,
      'set search_path = marketmeter; alter table change disable trigger user; update change set stamp = gen_random_uuid()',
    )
    await until(() => !state.health().ready)
    await assert.rejects(change(state, [product('one')]), /lost changes .* Restart this process\.$/)
    assert.match(String(failures.at(-1)), /lost changes/)
    const restarted = await openState(url)
    assert((await change(restarted, [product('one')])).ok)
    await Promise.all([state.stop(), restarted.stop()])
  })
})

async function openState(url: string, options: ControlStateOptions = {}): Promise<ControlState> {
  const state = await ControlState.open(await openControl(url), options)
  state.start()
  return state
}

function change(state: ControlState, wanted: readonly Wanted[]) {
  return state.change({ wanted, nowMs: Date.now(), actor: 'user:ann', summary: 'a test' })
}

function seller(): Wanted {
  return { kind: 'seller', where: '', account: SELLER }
}

function product(code: string): Wanted {
  return { kind: 'product', where: '', code, seller: SELLER }
}

function key(): Wanted {
  return { kind: 'accessKey', where: '', id: KEY, account: SELLER, secret: 'sealed' }
}

/** The test runner's own limit ends a wait that is in vain. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}
