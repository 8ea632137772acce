/** Notices on their way from a change of the catalog to real receivers, with a clock that the test moves. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Wanted } from '../../core/catalog-wanted.ts'
import { MS_PER_HOUR } from '../../core/hour.ts'
import { MemoryControlStore } from '../../store/control-memory.ts'
import type { ControlStore } from '../../store/control.ts'
import type { KeptNotice } from '../../store/notice-outbox.ts'
import { openControl } from '../../store/postgres-control/control-server.spec.ts'
import { emptyLedger, skip } from '../../store/postgres/server.spec.ts'
import { BUYER, CUSTOMER, NOON, PRODUCT, SELLER } from '../../testing/builders.ts'
import { ControlState } from '../control-state.ts'
import { Courier } from './courier.ts'
import { rawReceiver, type Received, receiver } from './receiver.spec.ts'
import { ATTEMPTS_MAX, pauseMsAfter } from './retry-schedule.ts'

const OTHER = '111122229999'

describe('the courier', () => {
  it('brings what a change says, in order, and keeps what became of it', async (test) => {
    const hook = await receiver(test)
    const world = await open(test, hook.url)
    await world.buy('agmt-a')
    await hook.until(3)
    assert.deepEqual(hook.received.map(nameOf), [
      'Purchase Agreement Created - Proposer',
      'License Updated - Manufacturer',
      'subscribe-success',
    ])
    await world.until((kept) => kept.every(({ state }) => state === 'delivered'))
  })

  it('tells of an end, of its last hour, and of nothing twice', async (test) => {
    const hook = await receiver(test)
    const world = await open(test, hook.url)
    await world.buy('agmt-a')
    world.passes(1)
    await world.change({ kind: 'agreement', where: '', id: 'agmt-a', status: 'cancelled' })
    await hook.until(6)
    world.passes(MS_PER_HOUR - 1)
    await world.until((kept) => kept[0]?.dueMs === NOON + 1 + MS_PER_HOUR)
    assert.equal(hook.received.length, 6)
    world.passes(1)
    await hook.until(7)
    assert.deepEqual(hook.received.slice(3).map(nameOf), [
      'Purchase Agreement Ended - Proposer',
      'License Deprovisioned - Manufacturer',
      'unsubscribe-pending',
      'unsubscribe-success',
    ])
  })

  it('says subscribe-success instead, where the buyer comes back in the last hour', async (test) => {
    const hook = await receiver(test)
    const world = await open(test, hook.url)
    await world.buy('agmt-a')
    world.passes(1)
    await world.change({ kind: 'agreement', where: '', id: 'agmt-a', status: 'cancelled' })
    world.passes(MS_PER_HOUR / 2)
    await world.buy('agmt-b')
    await world.until((kept) => kept.every(({ state }) => state !== 'waiting'))
    const actions = hook.received.map(nameOf).filter((name) => name.includes('subscribe'))
    assert.deepEqual(actions.sort(), [
      'subscribe-success',
      'subscribe-success',
      'unsubscribe-pending',
    ])
    const kept = await world.kept()
    const dropped = kept.filter(({ state }) => state === 'dropped')
    assert.deepEqual(
      dropped.map(({ lastResult }) => lastResult),
      ['the buyer came back within the last hour'],
    )
  })

  it('tries again after a while, the same bytes, and lets nothing of the agreement pass by', async (test) => {
    let fails = 2
    const hook = await receiver(test, (response) => {
      response.writeHead(fails-- > 0 ? 500 : 200).end()
    })
    const world = await open(test, hook.url)
    await world.buy('agmt-a')
    await world.until((kept) => kept.at(-1)?.lastResult === 'answered 500')
    world.passes(10_000)
    await hook.until(2)
    await world.until((kept) => kept.at(-1)?.attempts === 2)
    world.passes(20_000)
    await hook.until(5)
    const [first, second, third, ...rest] = hook.received
    assert.equal(first?.body, second?.body)
    assert.equal(second?.body, third?.body)
    assert.deepEqual(rest.map(nameOf), ['License Updated - Manufacturer', 'subscribe-success'])
  })

  it('gives up after a day, says so, goes on with the next, and sends again when asked', async (test) => {
    const hook = await receiver(test, (response, one) => {
      response.writeHead(nameOf(one).startsWith('Purchase') ? 410 : 200).end()
    })
    const world = await open(test, hook.url)
    await world.buy('agmt-a')
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
      await world.until((kept) => kept.at(-1)?.attempts === attempt)
      world.passes(pauseMsAfter(attempt) ?? 0)
    }
    await world.until((kept) => kept.every(({ state }) => state !== 'waiting'))
    assert.deepEqual(
      (await world.kept()).map(({ state }) => state),
      ['delivered', 'delivered', 'failed'],
    )
    assert.deepEqual(world.gaveUp, ['answered 410'])
    assert.deepEqual(world.figures(), { delivered: 2, failed: ATTEMPTS_MAX })
    // Its path may be the receiver's secret.
    assert.ok(!JSON.stringify([await world.kept(), world.gaveUp]).includes('/hook'))
    const before = hook.received.length
    await world.store.notices.resend((await world.kept()).at(-1)?.notice.id ?? '')
    await hook.until(before + 1)
    assert.equal(hook.received.at(-1)?.body, hook.received[0]?.body)
  })

  it('is kept from no seller by another whose receivers never answer', async (test) => {
    const dead = await rawReceiver(test, () => undefined)
    const hook = await receiver(test)
    const world = await open(test, dead.url)
    await world.sell(OTHER, 'other-product', hook.url)
    for (let count = 0; count < 20; count++) await world.buy(`agmt-dead${count}`, String(count))
    await world.buy('agmt-well', '', 'other-product')
    await hook.until(2)
    assert.equal(hook.received.length, 2)
  })

  it('drops what waits for a webhook that was taken away', async (test) => {
    const hook = await receiver(test, (response) => response.writeHead(500).end())
    const world = await open(test, hook.url)
    await world.buy('agmt-a')
    await world.until((kept) => kept.at(-1)?.attempts === 1)
    await world.change({ kind: 'seller', where: '', account: SELLER, webhook: 'none' })
    await world.sell(OTHER, 'other-product', hook.url)
    world.passes(10_000)
    await world.until((kept) => kept.every(({ state }) => state === 'dropped'))
  })
})

describe('couriers of two replicas', { skip }, () => {
  it('bring each notice once, in order', async (test) => {
    const hook = await receiver(test)
    const url = await emptyLedger()
    const first = await open(test, hook.url, await openControl(url))
    const second = await openControl(url)
    const state = await ControlState.open(second)
    state.start()
    test.after(() => state.stop())
    start(test, second, state, () => first.nowMs())
    for (let count = 0; count < 10; count++) await first.buy(`agmt-${count}`, String(count))
    await first.until((kept) => kept.every(({ state: one }) => one === 'delivered'))
    assert.equal(hook.received.length, 20)
    for (const [, events] of Map.groupBy(hook.received, agreementOf)) {
      assert.deepEqual(events.map(nameOf), [
        'Purchase Agreement Created - Proposer',
        'License Updated - Manufacturer',
      ])
    }
  })
})

interface World {
  readonly store: ControlStore
  readonly gaveUp: readonly string[]
  readonly figures: Courier['figures']
  readonly nowMs: () => number
  readonly passes: (ms: number) => void
  readonly change: (...wanted: readonly Wanted[]) => Promise<void>
  /** A product of another seller. */
  readonly sell: (account: string, code: string, url: string) => Promise<void>
  readonly buy: (id: string, buyer?: string, product?: string) => Promise<void>
  readonly kept: () => Promise<readonly KeptNotice[]>
  readonly until: (isSo: (kept: readonly KeptNotice[]) => boolean) => Promise<void>
}

/** The usual seller with a webhook, and a courier that is under way. */
async function open(
  test: TestContext,
  webhook: string,
  store: ControlStore = new MemoryControlStore(),
): Promise<World> {
  const state = await ControlState.open(store)
  let nowMs: number = NOON
  const { gaveUp, figures } = start(test, store, state, () => nowMs)
  const change = async (...wanted: readonly Wanted[]): Promise<void> => {
    const decision = await state.change({ wanted, nowMs, actor: 'user:test', summary: '' })
    assert.ok(decision.ok, JSON.stringify(decision))
  }
  const sell = (account: string, code: string, url: string) =>
    change(
      { kind: 'seller', where: '', account, webhook: url },
      { kind: 'product', where: '', code, seller: account },
    )
  const kept = async () => (await store.notices.read({ countMax: 1_000 })).notices
  await sell(SELLER, PRODUCT, webhook)
  await change(
    { kind: 'buyer', where: '', account: BUYER },
    { kind: 'customerIdentifier', where: '', seller: SELLER, identifier: CUSTOMER, buyer: BUYER },
  )
  return {
    store,
    gaveUp,
    figures,
    nowMs: () => nowMs,
    passes(ms) {
      nowMs += ms
    },
    change,
    sell,
    /** Of a buyer with a number, who has no customer identifier, or of the usual one. */
    async buy(id, number = '', product = PRODUCT) {
      const buyer = number === '' ? BUYER : number.padStart(12, '0')
      await change(
        { kind: 'buyer', where: '', account: buyer },
        { kind: 'agreement', where: '', id, product, buyer },
      )
    },
    kept,
    async until(isSo) {
      while (!isSo(await kept())) await new Promise((resolve) => setTimeout(resolve, 2))
    },
  }
}

/** @returns What was given up, and what became of the attempts, as it goes. */
function start(
  test: TestContext,
  { notices: outbox }: Pick<ControlStore, 'notices'>,
  state: ControlState,
  nowMs: () => number,
): Pick<World, 'gaveUp' | 'figures'> {
  const gaveUp: string[] = []
  const courier = new Courier({
    outbox,
    catalog: state.index,
    lastHourMs: MS_PER_HOUR,
    nowMs,
    machineNowMs: nowMs,
    receivers: { privateToo: true },
    gaveUp: (_lent, result) => gaveUp.push(result),
    answerMsMax: 2_000,
    lookEveryMs: 2,
  })
  courier.start()
  test.after(() => courier.stop())
  return { gaveUp, figures: () => courier.figures() }
}

function nameOf({ body }: Received): string {
  const { action, 'detail-type': type } = JSON.parse(body) as Record<string, string>
  return action ?? type ?? ''
}

function agreementOf({ body }: Received): string {
  const { resources = [], detail } = JSON.parse(body) as {
    resources?: string[]
    detail: { agreement: { id: string } }
  }
  return resources[0] ?? detail.agreement.id
}
