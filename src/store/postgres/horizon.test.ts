import assert from 'node:assert/strict'
import { it } from 'node:test'
import { horizonOf } from './horizon.ts'

// It is second 1,000 by the server's clock; the margin is 5 s, the clocks may differ by 1 s, a statement may take 3 s.
// Seconds: when the oldest open transaction began, when the oldest prepared one was prepared, the horizon.
const TABLE = `
  open   prepared  horizon
  -      -         995
  1000   -         995
  996    -         995
  995    -         994
  900    -         899
  -      999       995
  -      999.5     995
  -      998       994
  -      900       896
  900    950       899
  950    900       896
`

const SETTINGS = { settleMarginMs: 5_000, skewMsMax: 1_000, statementMsMax: 3_000 }

for (const row of TABLE.trim().split('\n').slice(1)) {
  const [open = '', prepared = '', horizon = ''] = row.trim().split(/\s+/)
  it(`open since ${open}, prepared at ${prepared}: a reader may look up to ${horizon}`, () => {
    const transactions = {
      nowUs: 1_000e6,
      ...(open === '-' ? {} : { openUs: Number(open) * 1e6 }),
      ...(prepared === '-' ? {} : { preparedUs: Number(prepared) * 1e6 }),
    }
    assert.equal(horizonOf(transactions, SETTINGS), Number(horizon) * 1e6)
  })
}
