import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Wanted } from '../core/catalog-wanted.ts'
import {
  type ControlEntry,
  entryKeyOf,
  type UsageRegistrationEntry,
} from '../core/control-entries.ts'
import type { AccountId, InstantMs, ProductCode } from '../core/usage.ts'
import type { ControlChange, ControlStore } from '../store/control.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import { ControlState, type ControlStateOptions } from './control-state.ts'

const SELLER = '111122223333'
const NOW_MS = 1_800_000_000_000

describe('the control state', () => {
  it('shows its own change at once, and another process’s after a look', async () => {
    const store = new MemoryControlStore()
    const [own, other] = [await ControlState.open(store), await ControlState.open(store)]
    assert.ok((await change(own, [seller(), product('one')])).ok)
    assert.ok(own.index.product('one' as ProductCode))
    assert.equal(other.index.product('one' as ProductCode), undefined)
    await other.refresh()
    assert.ok(other.index.product('one' as ProductCode))
  })

  it('decides again upon what somebody else has written first', async () => {
    const store = new MemoryControlStore()
    const states = await Promise.all(Array.from({ length: 8 }, () => ControlState.open(store)))
    const decisions = await Promise.all(
      states.map((state, index) => change(state, [seller(), product(`product-${index}`)])),
    )
    assert.ok(decisions.every((decision) => decision.ok))
    const last = await ControlState.open(store)
    assert.equal(last.index.products.size, 8)
    assert.equal(last.version, 8)
  })

  it('lets only one of two conflicting wishes through', async () => {
    const store = new MemoryControlStore()
    const first = await ControlState.open(store)
    await change(first, [seller(), { kind: 'seller', where: '', account: '444455556666' }])
    const second = await ControlState.open(store)
    const decisions = await Promise.all([
      change(first, [product('one')]),
      change(second, [product('one', '444455556666')]),
    ])
    assert.deepEqual(
      decisions.map((decision) => decision.ok),
      [true, false],
    )
  })

  it('waits its turn while another process writes', async () => {
    const store = new BreakableStore()
    const state = await ControlState.open(store)
    store.busyTimes = 2
    assert.ok((await change(state, [seller()])).ok)
    assert.equal(state.version, 1)
  })

  it('notes in the log what changes no entry, in its turn', async () => {
    const store = new BreakableStore()
    const state = await ControlState.open(store)
    await change(state, [seller()])
    store.busyTimes = 1
    await state.note({ nowMs: NOW_MS, actor: 'user:ann', summary: 'looked' })
    const [, noted] = await store.readLog({ after: 0, countMax: 9 })
    assert.deepEqual(noted, {
      version: 2,
      atMs: NOW_MS,
      actor: 'user:ann',
      summary: 'looked',
      what: '[]',
    })
    assert.equal(state.version, 2)
    assert.ok((await change(state, [product('one')])).ok)
  })

  it('writes nothing where nothing changes', async () => {
    const store = new MemoryControlStore()
    const state = await ControlState.open(store)
    await change(state, [seller()])
    assert.deepEqual(await change(state, [seller()]), { ok: true, changes: [] })
    assert.equal(state.version, 1)
  })

  it('tells which access keys changed, whoever changed them', async () => {
    const store = new MemoryControlStore()
    const changed: string[] = []
    const keyChanged = (entry: ControlEntry): number => changed.push(entryKeyOf(entry))
    const own = await ControlState.open(store, { keyChanged })
    await change(own, [seller(), key('AKIADEMODEMODEMODEMO')])
    const other = await ControlState.open(store)
    const disabled = { kind: 'accessKey', where: '', id: 'AKIADEMODEMODEMODEMO' } as const
    await change(other, [{ ...disabled, status: 'disabled' }])
    assert.deepEqual(changed, ['AKIADEMODEMODEMODEMO'])
    await own.refresh()
    assert.deepEqual(changed, ['AKIADEMODEMODEMODEMO', 'AKIADEMODEMODEMODEMO'])
  })

  it('does not take temporary keys into memory that expired before yesterday', async () => {
    const store = new MemoryControlStore()
    const state = await ControlState.open(store)
    const yesterdayMs = Date.now() - 86_400_000
    const keys = [yesterdayMs + 60_000, yesterdayMs - 60_000].map(
      (expiresMs, index): ControlEntry => {
        return temporaryKey(`ASIATEMPORARYKEY000${index}`, expiresMs)
      },
    )
    await store.commit({ upon: 0, entries: keys, atMs: 0 as InstantMs, actor: '', summary: '' })
    await state.refresh()
    assert.deepEqual([...state.index.accessKeys.keys()], ['ASIATEMPORARYKEY0000'])
  })

  it('takes what their sessions registered as little, and shows it all the same', async () => {
    const store = new MemoryControlStore()
    const yesterdayMs = Date.now() - 86_400_000
    const [old, recent] = ['ASIATEMPORARYKEY0000', 'ASIATEMPORARYKEY0001'] as const
    const entries = [
      registration(old),
      registration(recent),
      temporaryKey(old, yesterdayMs - 60_000),
      temporaryKey(recent, yesterdayMs + 60_000),
    ]
    await store.commit({ upon: 0, entries, atMs: 0 as InstantMs, actor: '', summary: '' })
    const state = await ControlState.open(store)
    assert.deepEqual([...state.index.usageRegistrations.values()], [registration(recent)])
    assert.deepEqual(await sessionsIn(state.usageRegistrations()), [old, recent])
    assert.deepEqual(await sessionsIn(state.usageRegistrations(`${old}/box`)), [recent])
  })

  it('shows more registrations than are read at once', async () => {
    const store = new MemoryControlStore()
    const ids = Array.from({ length: 2_001 }, (_, nth) => `ASIA${String(nth).padStart(16, '0')}`)
    const entries = ids.map(registration)
    await store.commit({ upon: 0, entries, atMs: 0 as InstantMs, actor: '', summary: '' })
    const state = await ControlState.open(store)
    assert.deepEqual(await sessionsIn(state.usageRegistrations()), ids)
  })

  it('forgets temporary keys and what their sessions registered, while it runs, a day after they expired', async () => {
    const store = new MemoryControlStore()
    const clock = { ms: NOW_MS }
    const state = await openPolling(store, { domainNowMs: () => clock.ms })
    const entries = [
      temporaryKey('ASIATEMPORARYKEY0000', NOW_MS),
      temporaryKey('ASIATEMPORARYKEY0001', NOW_MS + 3_600_000),
      registration('ASIATEMPORARYKEY0000'),
      registration('ASIATEMPORARYKEY0001'),
    ]
    await store.commit({ upon: 0, entries, atMs: 0 as InstantMs, actor: '', summary: '' })
    const { accessKeys, usageRegistrations } = state.index
    await until(() => accessKeys.size === 2 && usageRegistrations.size === 2)
    clock.ms += 86_400_001
    await until(() => accessKeys.size === 1)
    assert.deepEqual([...accessKeys.keys()], ['ASIATEMPORARYKEY0001'])
    assert.deepEqual([...usageRegistrations.values()], [registration('ASIATEMPORARYKEY0001')])
    assert.equal([...state.index.accessKeysOf(SELLER as AccountId)].length, 1)
    await state.stop()
  })

  it('sees changes by polling, and says when it no longer can', async () => {
    const store = new BreakableStore()
    const failures: unknown[] = []
    const state = await openPolling(store, { pollFailed: (error) => failures.push(error) })
    const other = await ControlState.open(store)
    await change(other, [seller()])
    await until(() => state.version === 1)
    assert.deepEqual(state.health(), { ready: true })
    store.isBroken = true
    await until(() => !state.health().ready)
    assert.match(state.health().note ?? '', /catalog could not be read/)
    assert.ok(failures.length > 0)
    await assert.rejects(state.freshen() ?? Promise.resolve(), /disk on fire/)
    store.isBroken = false
    await until(() => state.health().ready)
    await state.stop()
  })
})

describe('a control state that was too busy to poll', () => {
  it('sees what changed when somebody is about to be judged by it', async () => {
    const store = new MemoryControlStore()
    const clock = { ms: 0 }
    const state = await ControlState.open(store, { nowMs: () => clock.ms, lookEveryMs: 1e9 })
    state.start()
    await change(await ControlState.open(store), [seller()])
    assert.equal(state.freshen(), undefined)
    clock.ms = 2_001
    assert.deepEqual(state.health(), { ready: true })
    await state.freshen()
    assert.equal(state.version, 1)
    await state.stop()
  })

  it('is taken as it is by who opened it for one task', async () => {
    const clock = { ms: 0 }
    const state = await ControlState.open(new MemoryControlStore(), { nowMs: () => clock.ms })
    clock.ms = 60_000
    assert.equal(state.freshen(), undefined)
    assert.deepEqual(state.health(), { ready: true })
  })
})

class BreakableStore extends MemoryControlStore {
  isBroken = false
  busyTimes = 0

  override async commit(change: ControlChange): ReturnType<ControlStore['commit']> {
    return this.busyTimes-- > 0 ? 'busy' : super.commit(change)
  }

  override async changesAfter(version: number): ReturnType<ControlStore['changesAfter']> {
    if (this.isBroken) throw new Error('disk on fire')
    return super.changesAfter(version)
  }
}

async function openPolling(
  store: ControlStore,
  options: ControlStateOptions,
): Promise<ControlState> {
  const state = await ControlState.open(store, { ...options, lookEveryMs: 1, staleMsMax: 20 })
  state.start()
  return state
}

function change(state: ControlState, wanted: readonly Wanted[]) {
  return state.change({ wanted, nowMs: NOW_MS, actor: 'user:ann', summary: 'a test' })
}

function seller(): Wanted {
  return { kind: 'seller', where: '', account: SELLER }
}

function product(code: string, account = SELLER): Wanted {
  return { kind: 'product', where: '', code, seller: account }
}

function key(id: string): Wanted {
  return { kind: 'accessKey', where: '', id, account: SELLER, secret: 'sealed' }
}

function temporaryKey(id: string, expiresMs: number): ControlEntry {
  return {
    kind: 'accessKey',
    id,
    account: SELLER as AccountId,
    status: 'active',
    description: '',
    createdMs: 0 as InstantMs,
    secret: 'sealed',
    temporary: { expiresMs: expiresMs as InstantMs, sessionTokenHash: 'hash' },
  }
}

function registration(accessKeyId: string): UsageRegistrationEntry {
  return {
    kind: 'usageRegistration',
    product: 'box' as ProductCode,
    buyer: SELLER as AccountId,
    accessKeyId,
    publicKeyVersion: 1,
    registeredMs: 0 as InstantMs,
  }
}

async function sessionsIn(
  registrations: AsyncIterable<UsageRegistrationEntry>,
): Promise<readonly string[]> {
  const sessions: string[] = []
  for await (const { accessKeyId } of registrations) sessions.push(accessKeyId)
  return sessions
}

/** The test runner's own limit ends a wait that is in vain. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
