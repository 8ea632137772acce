import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ControlEntry, UsageRegistrationEntry } from '../core/control-entries.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import type {
  AccountId,
  CustomerIdentifier,
  Dimension,
  InstantMs,
  MeteringRecordId,
  ProductCode,
  Quantity,
} from '../core/usage.ts'
import type { ControlStore, RefusalBounds } from './control.ts'
import { noticeOutboxSpec } from './notice-outbox.spec.ts'

/** The contract of ControlStore. Each store's own test file is one call of this function. */
export function controlStoreSpec(
  name: string,
  open: (bounds?: RefusalBounds) => Promise<ControlStore>,
): void {
  describe(`${name} keeps changes`, () => {
    it('begins empty, at version 0', async () => {
      const store = await open()
      assert.deepEqual(await store.changesAfter(0), { version: 0, entries: [] })
      await store.close()
    })

    it('gives back each entry as it was put, the last state of each once', async () => {
      const store = await open()
      assert.deepEqual(await commit(store, 0, [EXAMPLE.buyer, EXAMPLE.identifier]), { version: 1 })
      assert.deepEqual(await commit(store, 1, [{ ...EXAMPLE.buyer, name: 'Renamed' }]), {
        version: 2,
      })
      const { version, entries } = await store.changesAfter(0)
      assert.equal(version, 2)
      assert.deepEqual(
        new Set(entries),
        new Set([{ ...EXAMPLE.buyer, name: 'Renamed' }, EXAMPLE.identifier]),
      )
      await store.close()
    })

    it('tells what changed after a version, and nothing else', async () => {
      const store = await open()
      await commit(store, 0, [EXAMPLE.buyer])
      await commit(store, 1, [EXAMPLE.identifier])
      assert.deepEqual(await store.changesAfter(1), { version: 2, entries: [EXAMPLE.identifier] })
      assert.deepEqual(await store.changesAfter(2), { version: 2, entries: [] })
      assert.deepEqual(await store.changesAfter(2), { version: 2, entries: [] })
      await store.close()
    })

    it('takes a change only upon the version that it was decided on', async () => {
      const store = await open()
      await commit(store, 0, [EXAMPLE.buyer])
      assert.equal(await commit(store, 0, [EXAMPLE.identifier]), 'stale')
      assert.equal(await commit(store, 2, [EXAMPLE.identifier]), 'stale')
      assert.deepEqual(await store.changesAfter(0), { version: 1, entries: [EXAMPLE.buyer] })
      await store.close()
    })

    it('gives out what sessions registered by pages, in the order of their keys', async () => {
      const store = await open()
      const registrations = ['ASIAC', 'ASIAA', 'ASIAB'].map(aRegistration)
      await commit(store, 0, [EXAMPLE.key, ...registrations, EXAMPLE.buyer])
      const sessionsOf = async (after: string, countMax: number) => {
        const page = await store.readUsageRegistrations({ after, countMax })
        return page.map(({ accessKeyId }) => accessKeyId)
      }
      assert.deepEqual(await sessionsOf('', 9), ['ASIAA', 'ASIAB', 'ASIAC'])
      assert.deepEqual(await sessionsOf('', 2), ['ASIAA', 'ASIAB'])
      assert.deepEqual(await sessionsOf('ASIAA/product', 2), ['ASIAB', 'ASIAC'])
      assert.deepEqual(await sessionsOf('ASIAC/product', 2), [])
      const [first] = await store.readUsageRegistrations({ after: '', countMax: 1 })
      assert.deepEqual(first, aRegistration('ASIAA'))
      await store.close()
    })

    it('logs who did what, in order, without secrets', async () => {
      const store = await open()
      await commit(store, 0, [EXAMPLE.key])
      await commit(store, 1, [EXAMPLE.buyer])
      const log = await store.readLog({ after: 0, countMax: 10 })
      assert.deepEqual(
        log.map(({ version, atMs, actor, summary }) => ({ version, atMs, actor, summary })),
        [
          { version: 1, atMs: 5, actor: 'user:ann', summary: 'a test' },
          { version: 2, atMs: 5, actor: 'user:ann', summary: 'a test' },
        ],
      )
      assert.match(log[0]?.what ?? '', /AKIADEMO/)
      assert.doesNotMatch(log[0]?.what ?? '', /sealed|cafe/)
      assert.deepEqual(await store.readLog({ after: 1, countMax: 10 }), log.slice(1))
      assert.deepEqual(await store.readLog({ after: 0, countMax: 1 }), log.slice(0, 1))
      await store.close()
    })
  })

  noticeOutboxSpec(name, open)

  describe(`${name} counts uses of registration tokens`, () => {
    const use = { usesMax: 2, atMs: 9 as InstantMs, forgetBeforeMs: 0 as InstantMs }

    it('up to the bound, each token by itself', async () => {
      const store = await open()
      for (const [tokenId, answer] of [
        ['a', 'used'],
        ['a', 'used'],
        ['a', 'usedUp'],
        ['b', 'used'],
        ['a', 'usedUp'],
        ['b', 'used'],
        ['b', 'usedUp'],
      ] as const) {
        assert.equal(await store.useToken({ ...use, tokenId }), answer)
      }
      assert.equal(await store.useToken({ ...use, tokenId: 'a', usesMax: 3 }), 'used')
      await store.close()
    })

    it('as often as the bound allows, of twenty at once', async () => {
      const store = await open()
      const tokenId = 'raced'
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => store.useToken({ ...use, tokenId, usesMax: 7 })),
      )
      assert.equal(answers.filter((answer) => answer === 'used').length, 7)
      assert.equal(answers.filter((answer) => answer === 'usedUp').length, 13)
      await store.close()
    })

    it('and forgets a token only once it is older than asked', async () => {
      const store = await open()
      const once = { ...use, usesMax: 1 }
      const at = async (tokenId: string, atMs: number, forgetBeforeMs: number) =>
        store.useToken({
          ...once,
          tokenId,
          atMs: atMs as InstantMs,
          forgetBeforeMs: forgetBeforeMs as InstantMs,
        })
      assert.equal(await at('old', 5, 0), 'used')
      assert.equal(await at('other', 20, 5), 'used')
      assert.equal(await at('old', 20, 0), 'usedUp')
      assert.equal(await at('another', 20, 6), 'used')
      assert.equal(await at('old', 20, 0), 'used')
      await store.close()
    })
  })

  describe(`${name} keeps refusals`, () => {
    it('gives back what was refused, the latest first, in pages', async () => {
      const store = await open()
      await store.appendRefusals([refused('a', 1), refused('b', 2)])
      await store.appendRefusals([refused('c', 3)])
      const first = await store.readRefusals({ countMax: 2 })
      assert.deepEqual(first.refusals.map(dimensionOf), ['c', 'b'])
      assert.ok(first.next)
      const second = await store.readRefusals({ countMax: 2, after: first.next })
      assert.deepEqual(second.refusals, [{ refused: refused('a', 1), firstAtMs: 1, count: 1 }])
      assert.equal(second.next, undefined)
      await store.close()
    })

    it('refuses a cursor that it never made', async () => {
      const store = await open()
      for (const after of ['', 'mine', '1.5', '-1']) {
        await assert.rejects(store.readRefusals({ countMax: 2, after }), RangeError)
      }
      await store.close()
    })

    it('counts equal ones and shows the latest', async () => {
      const store = await open()
      await store.appendRefusals([refused('a', 1), refused('a', 5), refused('b', 6)])
      const page = await store.readRefusals({ countMax: 10 })
      assert.deepEqual(page.refusals.map(dimensionOf), ['b', 'a'])
      assert.deepEqual(page.refusals[1], { refused: refused('a', 5), firstAtMs: 1, count: 2 })
      await store.close()
    })

    it('tells requests apart by the reason where their records are not known', async () => {
      const store = await open()
      await store.appendRefusals(['one', 'two', 'one'].map(refusedWhole))
      const page = await store.readRefusals({ countMax: 10 })
      const counts = page.refusals.map((kept) => `${kept.refused.reason} ${kept.count}`)
      assert.deepEqual(counts.sort(), ['one 2', 'two 1'])
      await store.close()
    })

    it('holds NUL, lone surrogates and text of any script', async () => {
      const store = await open()
      const odd = refused('nul \0, half a pair \ud83d, 度量', 1)
      await store.appendRefusals([{ ...odd, productCode: '\ud83d\0' }])
      const page = await store.readRefusals({ countMax: 10, productCode: '\ud83d\0' })
      assert.deepEqual(page.refusals[0]?.refused, { ...odd, productCode: '\ud83d\0' })
      await store.close()
    })

    it('narrows by seller, code, product and time', async () => {
      const store = await open()
      await store.appendRefusals([
        refused('a', 1),
        { ...refused('b', 2), seller: OTHER },
        { ...refused('c', 3), code: 'DuplicateRecord' },
        { ...refused('d', 4), productCode: '' },
      ])
      const read = async (query: object): Promise<string> => {
        const page = await store.readRefusals({ ...query, countMax: 10 })
        return page.refusals.map(dimensionOf).join('')
      }
      assert.equal(await read({ seller: OTHER }), 'b')
      assert.equal(await read({ code: 'DuplicateRecord' }), 'c')
      assert.equal(await read({ productCode: '' }), 'd')
      assert.equal(await read({ fromMs: 2, beforeMs: 4 }), 'cb')
      await store.close()
    })

    it('keeps the newest of each seller, and none that is too old', async () => {
      const store = await open({ countMax: 2, ageMsMax: 100 })
      await store.appendRefusals([refused('a', 1), refused('b', 2), refused('c', 3)])
      await store.appendRefusals([{ ...refused('other', 1), seller: OTHER }])
      assert.equal(await dimensionsOf(store), 'other,c,b')
      await store.appendRefusals([refused('d', 103)])
      assert.equal(await dimensionsOf(store), 'd,other,c')
      await store.appendRefusals([refused('d', 104)])
      assert.equal(await dimensionsOf(store), 'd,other')
      await store.close()
    })

    it('keeps what the seller signed, however much is refused to others, who have a bound each', async () => {
      const store = await open({ countMax: 200, ageMsMax: 1_000 })
      await store.appendRefusals([refused('own', 1), signedBy(BUYER, 'first', 2)])
      await store.appendRefusals([signedBy(OTHER, 'another', 3)])
      for (let atMs = 4; atMs < 304; atMs++) {
        await store.appendRefusals([signedBy(BUYER, `flood ${atMs}`, atMs)])
      }
      assert.equal(await dimensionsOf(store), 'flood 303,flood 302,another,own')
      await store.appendRefusals([refused('later', 1_303), signedBy(BUYER, 'last', 1_303)])
      assert.equal(await dimensionsOf(store), 'last,later,flood 303')
      await store.close()
    })

    it('tells signers apart who are refused the same', async () => {
      const store = await open()
      const own = { ...refused('a', 3), signer: SELLER }
      await store.appendRefusals([refused('a', 1), signedBy(BUYER, 'a', 2), own])
      const page = await store.readRefusals({ countMax: 10 })
      assert.deepEqual(
        page.refusals.map((kept) => [kept.refused.signer, kept.count]),
        [
          [BUYER, 1],
          [SELLER, 2],
        ],
      )
      await store.close()
    })
  })
}

const SELLER = '111122223333' as AccountId
const OTHER = '444455556666' as AccountId
const BUYER = '222233334444' as AccountId

const EXAMPLE = {
  buyer: { kind: 'buyer', account: '222233334444' as AccountId, name: 'A Buyer', retired: false },
  identifier: {
    kind: 'customerIdentifier',
    seller: SELLER,
    identifier: 'X01EXAMPLEX' as CustomerIdentifier,
    buyer: '222233334444' as AccountId,
  },
  key: {
    kind: 'accessKey',
    id: 'AKIADEMO',
    account: SELLER,
    status: 'active',
    description: '',
    createdMs: 1 as InstantMs,
    secret: 'sealed',
    temporary: { expiresMs: 9 as InstantMs, sessionTokenHash: 'cafe' },
  },
} as const satisfies Record<string, ControlEntry>

function aRegistration(accessKeyId: string): UsageRegistrationEntry {
  return {
    kind: 'usageRegistration',
    product: 'product' as ProductCode,
    buyer: '222233334444' as AccountId,
    accessKeyId,
    publicKeyVersion: 1,
    registeredMs: 5 as InstantMs,
  }
}

function commit(store: ControlStore, upon: number, entries: readonly ControlEntry[]) {
  const atMs = 5 as InstantMs
  return store.commit({ upon, entries, atMs, actor: 'user:ann', summary: 'a test' })
}

function signedBy(signer: AccountId, dimension: string, atMs: number): RefusedRecord {
  return { ...refused(dimension, atMs), signer }
}

function refused(dimension: string, atMs: number): RefusedRecord {
  return {
    seller: SELLER,
    atMs: atMs as InstantMs,
    code: 'CustomerNotSubscribed',
    reason: 'the agreement has ended',
    requestId: 'request',
    accessKeyId: 'AKIADEMO',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: 'product',
    usage: {
      buyer: { account: '222233334444' as AccountId },
      dimension: dimension as Dimension,
      quantity: 5 as Quantity,
      timestampMs: 0 as InstantMs,
      allocations: [{ quantity: 5 as Quantity, tags: [{ key: 'team', value: 'a' }] }],
    },
    held: { id: 'held' as MeteringRecordId, quantity: 4 as Quantity },
  }
}

function refusedWhole(reason: string): RefusedRecord {
  const { seller, atMs, code, requestId, accessKeyId, region, operation, productCode } = refused(
    '',
    1,
  )
  return { seller, atMs, code, reason, requestId, accessKeyId, region, operation, productCode }
}

function dimensionOf({ refused }: { readonly refused: RefusedRecord }): string {
  return refused.usage?.dimension ?? ''
}

async function dimensionsOf(store: ControlStore): Promise<string> {
  const page = await store.readRefusals({ countMax: 10 })
  return page.refusals.map(dimensionOf).join()
}
