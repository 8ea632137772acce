/** Whether what was to be told later is still so. Times are of 23 November 2026; the last hour has sixty minutes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aCatalog, anAgreement, aNotice, aProduct, at } from '../testing/builders.ts'
import { MS_PER_HOUR } from './hour.ts'
import type { Notice } from './notice.ts'
import { noticeTurn } from './notice-turn.ts'
import type { AgreementId, InstantMs } from './usage.ts'

/** The first agreement is the notice's: as the notice says, and as it is by now; `!` marks a cancelled one. */
const TABLE = `
  onlyIf   said          now           others         at            turn
  -        10:00-        10:00!-10:00  none           10:00         send
  begins   10:00-        10:00-        none           10:00         send
  begins   10:00-        10:00!-10:00  none           10:00         drop
  begins   10:00-        11:00-        none           10:00         drop
  ends     8:00-10:00    8:00-10:00    none           10:00         send
  ends     8:00-10:00    8:00!-10:00   none           10:30         send
  ends     8:00-10:00    8:00-12:00    none           10:00         drop
  ends     8:00-10:00    8:00-         none           10:00         drop
  ends     8:00-10:00    8:00!-9:00    none           10:00         drop
  isOver   8:00-10:00    8:00-10:00    none           10:00         wait
  isOver   8:00-10:00    8:00-10:00    none           10:59:59.999  wait
  isOver   8:00-10:00    8:00-10:00    none           11:00         send
  isOver   8:00-10:00    8:00!-10:00   none           11:00         send
  isOver   8:00-10:00    8:00-11:00    none           11:00         drop
  isOver   8:00-10:00    8:00-10:00    10:30-         11:00         drop
  isOver   8:00-10:00    8:00-10:00    10:59:59.999-  11:00         drop
  isOver   8:00-10:00    8:00-10:00    11:00-         11:00         send
  isOver   8:00-10:00    8:00-10:00    10:30-10:40    11:00         drop
  isOver   8:00-10:00    8:00-10:00    10:30!-10:40   11:00         drop
  isOver   8:00-10:00    8:00-10:00    10:30!-10:30   11:00         send
  isOver   8:00-10:00    8:00-10:00    6:00-7:00      11:00         send
`

describe('a notice that is due', () => {
  for (const row of TABLE.split('\n').slice(2)) {
    const [onlyIf, said, now, others, instant, answer] = row.trim().split(/\s+/)
    if (answer === undefined) continue
    it(row.trim().replaceAll(/\s+/g, ' '), () => {
      const agreements = [now, ...(others === 'none' ? [] : [others])].map((text, index) =>
        anAgreement({ id: `agmt-${index + 1}` as AgreementId, ...factsOf(text) }),
      )
      const { startMs, endMs } = factsOf(said)
      const notice = aNotice({
        startMs,
        ...(endMs !== undefined && { endMs }),
        ...(onlyIf !== '-' && { onlyIf: onlyIf as NonNullable<Notice['onlyIf']> }),
      })
      const catalog = aCatalog(aProduct(), ...agreements)
      assert.equal(noticeTurn(notice, catalog, clock(instant), MS_PER_HOUR).kind, answer)
    })
  }

  it('waits until the last hour is over', () => {
    const endMs = clock('10:00')
    const notice = aNotice({ endMs, onlyIf: 'isOver' })
    const turn = noticeTurn(notice, aCatalog(aProduct(), anAgreement({ endMs })), endMs, 5_000)
    assert.deepEqual(turn, { kind: 'wait', untilMs: endMs + 5_000 })
  })
})

function factsOf(text = '') {
  const [start = '', end = ''] = text.split('-')
  const status = start.endsWith('!') ? 'cancelled' : 'active'
  const startMs = clock(start.replace('!', ''))
  return { startMs, status, ...(end !== '' && { endMs: clock(end) }) } as const
}

function clock(text = ''): InstantMs {
  const [hour = '', minute = '00', second = '00.000'] = text.split(':')
  return at(`2026-11-23T${hour.padStart(2, '0')}:${minute}:${second}Z`)
}
