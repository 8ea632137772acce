import assert from 'node:assert/strict'
import { it } from 'node:test'
import { outcomeOf } from './metering-record.ts'
import type { Quantity } from './usage.ts'

// offered | held | added | outcome
const TABLE = `
  5 | 5 | yes | added
  5 | 5 | no  | repeated
  5 | 6 | no  | conflicting
  5 | 0 | no  | conflicting
  0 | 5 | no  | conflicting
  0 | 0 | no  | repeated
`

for (const row of TABLE.trim().split('\n')) {
  const [offered = '', held = '', added, outcome] = row.split('|').map((cell) => cell.trim())
  it(`${offered} offered where ${held} is held, added ${added}: ${outcome}`, () => {
    const answer = { quantity: Number(held) as Quantity, added: added === 'yes' }
    assert.equal(outcomeOf({ quantity: Number(offered) as Quantity }, answer), outcome)
  })
}
