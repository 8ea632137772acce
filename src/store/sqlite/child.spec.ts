/**
 * A program that holds records and says on stdout what was answered: for tests that kill it or watch its system calls.
 *
 * Arguments: file, how many calls (0: for ever), how many at a time, the number of its first buyer.
 */
import { writeSync } from 'node:fs'
import { aCall, aRecord } from '../builders.spec.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const [file = '', calls = '0', width = '1', first = '0'] = process.argv.slice(2)
const ledger = await SqliteLedger.open({
  file,
  nowUs: () => Date.now() * 1_000,
  windowMs: 24 * 3_600_000,
})
say('open')
let next = Number(first)
const end = calls === '0' ? Infinity : next + Number(calls)
await Promise.all(Array.from({ length: Number(width) }, caller))
await ledger.close()

async function caller(): Promise<void> {
  while (next < end) {
    const buyer = next++
    const records = [1, 2, 3].map((dimension) => ({
      ...aRecord({ buyer, quantity: (buyer * 7 + dimension) % 1_000 }),
      resource: `i-${dimension}`,
    }))
    try {
      const held = await ledger.hold(aCall({ account: buyer % 3 }), records)
      for (const { id, quantity } of held) say(`held ${id} ${quantity}`)
    } catch (error) {
      say(`failed ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** Straight to the descriptor: what was said before a kill has been said. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
