/** Statements that go to the server together. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { onConnection, openPool, type Pool } from './connect.ts'
import {
  plainArray,
  type Run,
  runInTurn,
  runTogether,
  type Statement,
  textArray,
} from './pipeline.ts'
import { emptyLedger, nowUs, skip } from './server.spec.ts'

const ADD: Omit<Statement, 'values'> = {
  name: 'add',
  text: 'insert into bucket (bucket) values ($1::smallint) returning bucket, null, xmin',
}

for (const [name, run] of [
  ['together', runTogether],
  ['in turn', runInTurn],
] as const satisfies readonly (readonly [string, Run])[]) {
  describe(`statements that go ${name}`, { skip }, () => {
    it('answer in order, with texts and null, and may be sent again', async () => {
      await onPool(async (pool) => {
        await onConnection(pool, async (client) => {
          for (const first of [100, 200]) {
            const values = [first, first + 1].map((bucket) => ({ ...ADD, values: [bucket] }))
            const nothing = {
              name: 'nothing',
              text: 'select where $1::text is null',
              values: ['x'],
            }
            const [one, two, none] = await run(client, [...values, nothing])
            assert.deepEqual(one?.[0]?.slice(0, 2), [String(first), null])
            assert.deepEqual(two?.[0]?.slice(0, 2), [String(first + 1), null])
            assert.deepEqual(none, [])
          }
        })
      })
    })

    it('give back every text', async () => {
      await onPool(async (pool) => {
        const text = 'select t from unnest($1::text[]) with ordinality as u (t, n) order by n'
        const texts = fc.array(fc.option(fc.string({ unit: 'grapheme' }).filter(isWhole)))
        await onConnection(pool, (client) =>
          fc.assert(
            fc.asyncProperty(texts, async (given) => {
              const values = [textArray(given)]
              const [rows] = await run(client, [{ name: 'texts', text, values }])
              assert.deepEqual(
                rows,
                given.map((one) => [one]),
              )
            }),
            { numRuns: 50 },
          ),
        )
      })
    })
  })
}

/** The database takes no other; stored-text.ts escapes them. */
function isWhole(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

describe('statements that go together', { skip }, () => {
  it('are one transaction', async () => {
    await onPool(async (pool) => {
      await onConnection(pool, async (client) => {
        const statements = [100, 101].map((bucket) => ({ ...ADD, values: [bucket] }))
        const [one, two] = await runTogether(client, statements)
        assert(one?.[0]?.[2])
        assert.equal(one[0][2], two?.[0]?.[2])
      })
    })
  })

  it('are nothing if one fails', async () => {
    await onPool(async (pool) => {
      const buckets = [100, 1, 101]
      const statements = buckets.map((bucket) => ({ ...ADD, values: [bucket] }))
      const failing = onConnection(pool, (client) => runTogether(client, statements))
      await assert.rejects(failing, { code: '23505' })
      const { rows } = await pool.query('select from bucket where bucket >= 100')
      assert.deepEqual(rows, [])
    })
  })
})

it('an array of what needs no quotes is as the server reads it', () => {
  assert.equal(plainArray([1, null, -2]), '{1,NULL,-2}')
  assert.equal(plainArray([]), '{}')
  assert.equal(textArray(['a"b\\c', null, '']), String.raw`{"a\"b\\c",NULL,""}`)
})

async function onPool(use: (pool: Pool) => Promise<void>): Promise<void> {
  const url = await emptyLedger(nowUs())
  const bounds = { connectionsMax: 1, statementMsMax: 3_000, connectMsMax: 3_000 }
  const pool = await openPool({ url, kind: 'writer', ...bounds })
  try {
    await use(pool)
  } finally {
    await pool.end()
  }
}
