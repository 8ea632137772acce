/** What a seller may learn from read-back is its own records, and nothing of how much others meter. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { NewRecord } from '../../core/metering-record.ts'
import type { RefusedRecord } from '../../core/refused-record.ts'
import type { AccountId } from '../../core/usage.ts'
import { aCall, aRecord, NOON_US } from '../../store/builders.spec.ts'
import type { Ledger } from '../../store/ledger.ts'
import { MemoryLedger } from '../../store/memory.ts'
import { placeText } from '../../store/postgres/place.ts'
import { withLedger } from '../../store/sqlite/setting.spec.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import {
  type AdminServer,
  NOW_MS,
  openAdmin,
  OTHER,
  OWN,
  type TokenName,
} from './admin-server.spec.ts'
import type { Caller } from './caller.ts'
import { type CursorList, cursorsOf } from './seller-cursors.ts'

const oldKey = masterKeyOf(Buffer.alloc(32, 1))
const newKey = masterKeyOf(Buffer.alloc(32, 2))
const ring = ringOf([oldKey])
const own: Caller = { tokenId: 'tok-own', seller: OWN as AccountId, readOnly: false }
const other: Caller = { ...own, seller: OTHER as AccountId }
const operator: Caller = { tokenId: 'tok-operator', readOnly: false }

const LONGEST_PLACE = placeText({
  recordedAtUs: Number.MAX_SAFE_INTEGER,
  hour: 99_999_999,
  bucket: 99,
  series: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
})

describe("a seller's cursor", () => {
  const sealed = cursorsOf(own, 'records', ring).shown('p123')

  it('opens to its place, whatever store made it', () => {
    const { shown, placeOf } = cursorsOf(own, 'records', ring)
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,80}$/), (place) => {
        assert.equal(placeOf(shown(place)), place)
      }),
      { numRuns: 50 },
    )
  })

  it('shows nothing of its place: neither digits nor a length, nor that it is the same again', () => {
    const { shown } = cursorsOf(own, 'records', ring)
    const shapes = ['p1', 'p999999999999999', '7', LONGEST_PLACE].map((place) => {
      const body = Buffer.from(shown(place).split('.')[3] ?? '', 'base64url').toString('latin1')
      assert.ok(!body.includes(place.slice(0, 8).padEnd(8)))
      return shown(place).length
    })
    assert.deepEqual(new Set(shapes), new Set([sealed.length]))
    assert.notEqual(shown('p1'), shown('p1'))
  })

  it('opens after a restart, on another replica, for another token, and after the master key was replaced', () => {
    const anew = ringOf([masterKeyOf(Buffer.alloc(32, 1))])
    for (const [keys, caller] of [
      [anew, own],
      [anew, { ...own, tokenId: 'tok-later', readOnly: true }],
      [ringOf([newKey, oldKey]), own],
    ] as const) {
      assert.equal(cursorsOf(caller, 'records', keys).placeOf(sealed), 'p123')
    }
  })

  const refused: readonly (readonly [string, string, Caller, CursorList, typeof ring])[] = [
    ['a place as a store writes it', 'p123', own, 'records', ring],
    ['a place of PostgreSQL', LONGEST_PLACE, own, 'records', ring],
    ['a place among refusals', '123', own, 'refusals', ring],
    ['no text', '', own, 'records', ring],
    ["another seller's", sealed, other, 'records', ring],
    ["another list's", sealed, own, 'refusals', ring],
    ['one under a master key that was taken away', sealed, own, 'records', ringOf([newKey])],
    ['one cut short', sealed.slice(0, -4), own, 'records', ring],
    ['one made longer', `${sealed}AAAA`, own, 'records', ring],
  ]
  for (const [what, cursor, caller, list, keys] of refused) {
    it(`is refused if it is ${what}, with the one sentence`, () => {
      assert.throws(() => cursorsOf(caller, list, keys).placeOf(cursor), REFUSAL)
    })
  }

  it('is refused if any of its characters is another', () => {
    const { placeOf } = cursorsOf(own, 'records', ring)
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed[at] === 'A' ? 'B' : 'A'
      assert.throws(() => placeOf(sealed.slice(0, at) + changed + sealed.slice(at + 1)), REFUSAL)
    }
  })

  const REFUSAL = { code: 'invalidCursor', message: /^It is not one that was given for this list/ }
})

it("an operator's cursor is the store's own, as the commands print it", () => {
  const { shown, placeOf } = cursorsOf(operator, 'records', ring)
  assert.deepEqual([shown('p123'), placeOf('p123')], ['p123', 'p123'])
})

/** Whose record each is, in order of recording. */
const TURNS = [OTHER, OWN, OWN, OTHER, OTHER, OTHER, OWN, OTHER, OWN, OTHER]
const OWN_QUANTITIES = [1, 2, 6, 8]

for (const [store, withFilled] of [
  ['memory', withMemory],
  ['SQLite', withSqlite],
] as const) {
  describe(`read-back over ${store}`, () => {
    for (const limit of [1, 2, 3, 1_000]) {
      it(
        `gives a seller exactly its records, in pages of ${limit}`,
        withFilled(async (ledger, test) => {
          const server = await openAdmin(test, { ledger })
          assert.deepEqual(await allAs(server, 'own', limit), OWN_QUANTITIES)
          assert.deepEqual((await allAs(server, 'operator', limit)).length, TURNS.length)
        }),
      )
    }

    it(
      'goes on after a restart under a new master key, with what came meanwhile',
      withFilled(async (ledger, test) => {
        const before = await openAdmin(test, { ledger, masterKeys: ring })
        const { resume } = await pageAs(before, 'own')
        await ledger.hold(aCall(), [recordOf(OTHER, 50), recordOf(OWN, 51)])
        const after = await openAdmin(test, { ledger, masterKeys: ringOf([newKey, oldKey]) })
        const { records } = await pageAs(after, 'own', `?cursor=${resume}`)
        assert.deepEqual(
          records.map(({ quantity }) => quantity),
          [51],
        )
      }),
    )

    it(
      'answers a made-up place alike whether or not there is so much',
      withFilled(async (ledger, test) => {
        const { ask } = await openAdmin(test, { ledger })
        const details = new Set<unknown>()
        for (const cursor of ['p0', 'p1', `p${TURNS.length}`, `p${TURNS.length + 1}`, 'nonsense']) {
          const { status, json } = await ask({ path: `/v1/records?cursor=${cursor}`, as: 'own' })
          details.add(JSON.stringify([status, { ...(json as object), requestId: '' }]))
        }
        assert.equal(details.size, 1)
        assert.match([...details].join(), /^\[400,.*invalidCursor/)
      }),
    )

    it(
      'tells a seller no place of the store, and whole minutes where an operator is told microseconds',
      withFilled(async (ledger, test) => {
        const server = await openAdmin(test, { ledger })
        const [sellers, operators] = [await pageAs(server, 'own'), await pageAs(server, 'operator')]
        assert.equal(operators.resume, `p${TURNS.length}`)
        assert.match(sellers.resume, /^v1\./)
        assert.match(operators.completeUntil, /T12:00:30\.000010Z$/)
        assert.match(sellers.completeUntil, /T12:00:00\.000000Z$/)
      }),
    )
  })
}

describe('reading refusals back', () => {
  it("gives a seller exactly its own in pages, behind cursors that are not records'", async (test) => {
    const server = await openAdmin(test)
    await server.store.appendRefusals(TURNS.map((seller, index) => refusedOf(seller, index)))
    const seen: string[] = []
    let next: string | undefined
    do {
      const query = next === undefined ? '' : `&cursor=${next}`
      const { json } = await server.ask({ path: `/v1/refusals?limit=1${query}`, as: 'own' })
      const page = json as { refusals: { productCode: string }[]; next?: string }
      seen.push(...page.refusals.map(({ productCode }) => productCode))
      next = page.next
      if (next === undefined) continue
      assert.match(next, /^v1\./)
      for (const [path, as] of [
        [`/v1/records?cursor=${next}`, 'own'],
        [`/v1/refusals?cursor=${next}`, 'other'],
        ['/v1/refusals?cursor=5', 'own'],
      ] as const) {
        assert.equal((await server.ask({ path, as })).status, 400, path)
      }
    } while (next !== undefined)
    assert.deepEqual(seen, OWN_QUANTITIES.map((index) => `product-${index}`).toReversed())
  })
})

type Filled = (ledger: Ledger, test: TestContext) => Promise<void>

function withMemory(run: Filled) {
  return async (test: TestContext) => {
    const ledger = new MemoryLedger(() => NOON_US + 30_000_000)
    await fill(ledger)
    await run(ledger, test)
  }
}

function withSqlite(run: Filled) {
  return async (test: TestContext) => {
    await withLedger(async ({ ledger, clock }) => {
      clock.nowUs += 30_000_000
      await fill(ledger)
      await run(ledger, test)
    })()
  }
}

async function fill(ledger: Ledger): Promise<void> {
  for (const [index, seller] of TURNS.entries()) {
    await ledger.hold(aCall(), [recordOf(seller, index)])
  }
}

function recordOf(seller: string, index: number): NewRecord {
  const record = aRecord({ buyer: index + 1, quantity: index })
  return { ...record, seller: seller as AccountId }
}

function refusedOf(seller: string, index: number): RefusedRecord {
  return {
    seller: seller as AccountId,
    atMs: (NOW_MS + index) as RefusedRecord['atMs'],
    code: 'DuplicateRecord',
    reason: 'the hour is held',
    requestId: 'r-1',
    accessKeyId: 'AKIAOWNOWNOWNOWN',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: `product-${index}`,
  }
}

interface RecordsPage {
  readonly records: readonly { readonly seller: string; readonly quantity: number }[]
  readonly next?: string
  readonly resume: string
  readonly completeUntil: string
}

async function pageAs({ ask }: AdminServer, as: TokenName, query = ''): Promise<RecordsPage> {
  const { json, status, text } = await ask({ path: `/v1/records${query}`, as })
  assert.equal(status, 200, text)
  return json as RecordsPage
}

async function allAs(server: AdminServer, as: TokenName, limit: number): Promise<number[]> {
  const quantities: number[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const page: RecordsPage = await pageAs(
      server,
      as,
      `?limit=${limit}${next && `&cursor=${next}`}`,
    )
    quantities.push(...page.records.map(({ quantity }) => quantity))
    next = page.next
  }
  return quantities
}
