import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Notice } from '../core/notice.ts'
import type { AccountId, AgreementId, InstantMs } from '../core/usage.ts'
import { aNotice, NOON, SELLER } from '../testing/builders.ts'
import type { ControlStore } from './control.ts'
import type { LentNotice, NoticeLoan } from './notice-outbox.ts'

const OTHER = '999933334444' as AccountId
const MACHINE = 1_000_000

/** The contract of NoticeOutbox; part of controlStoreSpec. */
export function noticeOutboxSpec(name: string, open: () => Promise<ControlStore>): void {
  describe(`${name} keeps notices`, () => {
    it('with the change that made them true, and not with one that was not made', async () => {
      const store = await open()
      await add(store, [numbered(1)])
      const stale = { upon: 0, entries: [], notices: [numbered(2)], atMs: NOON }
      assert.equal(await store.commit({ ...stale, actor: 'user:ann', summary: '' }), 'stale')
      assert.deepEqual(await listed(store), ['1 waiting'])
      const { notices } = await store.notices.read({ countMax: 1 })
      assert.deepEqual(notices, [
        { notice: numbered(1), state: 'waiting', attempts: 0, dueMs: NOON },
      ])
      await store.close()
    })

    it('lends what is due, in order, one of an agreement at a time, to one borrower', async () => {
      const store = await open()
      await add(store, [numbered(1), numbered(2), numbered(3, { agreement: agreement('b') })])
      assert.deepEqual(await lent(store), [1, 3])
      assert.deepEqual(await lent(store), [])
      assert.deepEqual(await lent(store, { machineNowMs: MACHINE + 59_999 }), [])
      assert.deepEqual(await lent(store, { machineNowMs: MACHINE + 60_000 }), [1, 3])
      await store.close()
    })

    it('lends the next of an agreement once the one before is done', async () => {
      const store = await open()
      await add(store, [numbered(1), numbered(2)])
      const [first] = await store.notices.lend(loan())
      assert.ok(first)
      assert.equal(await store.notices.settle(first, done('delivered')), 'settled')
      assert.equal(await store.notices.settle(first, done('failed')), 'lost')
      assert.deepEqual(await lent(store), [2])
      assert.deepEqual(await listed(store), ['2 waiting', '1 delivered answered 200'])
      await store.close()
    })

    it('keeps the order by when things become true, not by when they were written', async () => {
      const store = await open()
      const later = numbered(1, { dueMs: (NOON + 5) as InstantMs })
      await add(store, [later, numbered(2)])
      assert.deepEqual(await lent(store, { nowMs: NOON - 1 }), [])
      assert.deepEqual(await lent(store, { nowMs: NOON + 5 }), [2])
      await store.close()
    })

    it('tries again no sooner than it was told, and counts', async () => {
      const store = await open()
      await add(store, [numbered(1), numbered(2)])
      const [first] = await store.notices.lend(loan())
      assert.ok(first)
      const nextAttemptMs = MACHINE + 100
      await store.notices.settle(first, {
        state: 'waiting',
        result: 'answered 500',
        machineNowMs: MACHINE,
        nextAttemptMs,
      })
      assert.deepEqual(await lent(store, { machineNowMs: MACHINE + 99 }), [])
      const [again] = await store.notices.lend(loan({ machineNowMs: MACHINE + 100 }))
      assert.equal(again?.attempts, 1)
      const [kept] = (await store.notices.read({ countMax: 1, id: numbered(1).id })).notices
      assert.equal(kept?.lastResult, 'answered 500')
      await store.close()
    })

    it('puts off what is not true yet, which then is an attempt of nobody', async () => {
      const store = await open()
      await add(store, [numbered(1)])
      const [first] = await store.notices.lend(loan())
      assert.ok(first)
      await store.notices.settle(first, { state: 'waiting', dueMs: (NOON + 10) as InstantMs })
      assert.deepEqual(await lent(store, { nowMs: NOON + 9 }), [])
      const [again] = await store.notices.lend(loan({ nowMs: NOON + 10 }))
      assert.equal(again?.attempts, 0)
      await store.close()
    })

    it('lends so many of a seller, and nothing of those that are busy', async () => {
      const store = await open()
      const many = Array.from({ length: 5 }, (_, index) =>
        numbered(index + 1, { agreement: agreement(`a${index}`) }),
      )
      const others = numbered(6, { seller: OTHER, agreement: agreement('other') })
      await add(store, [...many, others])
      assert.deepEqual(await lent(store, { perSellerMax: 2, busySellers: [OTHER] }), [1, 2])
      assert.deepEqual(await lent(store, { countMax: 1, busySellers: [SELLER] }), [6])
      await store.close()
    })

    it('sends again what was done, whatever became of it', async () => {
      const store = await open()
      await add(store, [numbered(1)])
      const [first] = await store.notices.lend(loan())
      assert.ok(first)
      await store.notices.settle(first, done('failed'))
      assert.equal(await resent(store, numbered(1).id), 'waiting')
      assert.deepEqual(await lent(store), [1])
      assert.equal(await resent(store, numbered(9).id), 'unknown')
      assert.equal(await resent(store, 'nonsense'), 'unknown')
      await store.close()
    })

    it('shows pages, narrowed by seller, agreement and state', async () => {
      const store = await open()
      await add(store, [
        numbered(1),
        numbered(2, { seller: OTHER, agreement: agreement('b') }),
        numbered(3),
      ])
      const first = await store.notices.read({ countMax: 2 })
      assert.deepEqual(first.notices.map(numberOf), [3, 2])
      const after = first.next ?? ''
      const second = await store.notices.read({ countMax: 2, after })
      assert.deepEqual(second.notices.map(numberOf), [1])
      assert.equal(second.next, undefined)
      const numbers = async (query: object) =>
        (await store.notices.read({ countMax: 9, ...query })).notices.map(numberOf)
      assert.deepEqual(await numbers({ seller: OTHER }), [2])
      assert.deepEqual(await numbers({ agreement: agreement('b') }), [2])
      assert.deepEqual(await numbers({ state: 'delivered' }), [])
      await assert.rejects(store.notices.read({ countMax: 1, after: 'mine' }), RangeError)
      await store.close()
    })

    it('tells what is due and not done, lent or not, and since when', async () => {
      const store = await open()
      assert.deepEqual(await store.notices.backlog(NOON), { count: 0 })
      const later = { dueMs: (NOON + 5) as InstantMs }
      await add(store, [numbered(1, later), numbered(2), numbered(3)])
      assert.deepEqual(await store.notices.backlog(NOON - 1), { count: 0 })
      assert.deepEqual(await store.notices.backlog(NOON + 4), { count: 2, oldestDueMs: NOON })
      assert.deepEqual(await store.notices.backlog(NOON + 5), { count: 3, oldestDueMs: NOON })
      const [first] = await store.notices.lend(loan())
      assert.ok(first)
      assert.equal((await store.notices.backlog(NOON)).count, 2)
      await store.notices.settle(first, done('failed'))
      assert.equal((await store.notices.backlog(NOON)).count, 1)
      await store.close()
    })

    it('forgets what was done long ago, and nothing that waits', async () => {
      const store = await open()
      await add(store, [numbered(1), numbered(2)])
      const [first] = await store.notices.lend(loan())
      assert.ok(first)
      await store.notices.settle(first, done('delivered'))
      await store.notices.prune(MACHINE)
      assert.deepEqual(await listed(store), ['2 waiting', '1 delivered answered 200'])
      await store.notices.prune(MACHINE + 1)
      assert.deepEqual(await listed(store), ['2 waiting'])
      await store.close()
    })
  })
}

function numbered(number: number, facts: Partial<Notice> = {}): Notice {
  return aNotice({ id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, ...facts })
}

function numberOf({ notice }: { readonly notice: Notice }): number {
  return Number(notice.id.slice(-12))
}

function agreement(name: string): AgreementId {
  return `agmt-${name}` as AgreementId
}

async function add(store: ControlStore, notices: readonly Notice[]): Promise<void> {
  const { version } = await store.changesAfter(0)
  const change = { upon: version, entries: [], notices, atMs: NOON, actor: 'user:ann', summary: '' }
  assert.deepEqual(await store.commit(change), { version: version + 1 })
}

function loan(facts: Partial<NoticeLoan> = {}): NoticeLoan {
  return {
    nowMs: NOON,
    machineNowMs: MACHINE,
    lentMs: 60_000,
    countMax: 10,
    perSellerMax: 10,
    busySellers: [],
    ...facts,
  }
}

async function lent(store: ControlStore, facts: Partial<NoticeLoan> = {}): Promise<number[]> {
  return (await store.notices.lend(loan(facts))).map((one: LentNotice) => numberOf(one))
}

function done(state: 'delivered' | 'failed') {
  return { state, result: 'answered 200', machineNowMs: MACHINE } as const
}

async function resent(store: ControlStore, id: string): Promise<string> {
  return store.notices.resend(id)
}

async function listed(store: ControlStore): Promise<string[]> {
  const { notices } = await store.notices.read({ countMax: 10 })
  return notices.map((kept) =>
    [numberOf(kept), kept.state, kept.lastResult].filter((part) => part !== undefined).join(' '),
  )
}
