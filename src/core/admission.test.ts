/** Decision D10, a row on each side of each edge. Times are of 23 November 2026, UTC; a day before it as `22/`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { anAgreement, at } from '../testing/builders.ts'
import {
  type Admission,
  admitLicensed,
  admitSingle,
  admitStanding,
  type Reported,
  standingOf,
} from './admission.ts'
import type { Agreement } from './catalog.ts'
import { MS_PER_HOUR, usageHourOf } from './hour.ts'
import type { AgreementId, InstantMs } from './usage.ts'

/**
 * Agreements stand as `start-end`, `*` marks a suspended one, `!` a cancelled one and `…` one without end. Where
 * several stand, they are agmt-1, agmt-2 and so on. An admitted row names the agreement that the record will name.
 */
const SINGLE = `
  agreements                     usage         received      answer
  10:20-…                        10:00         12:00         agmt-1
  10:20-…                        9:59:59.999   12:00         before
  10:20-…                        12:00         12:00         agmt-1
  10:20*-…                       11:00         12:00         suspended
  none                           11:00         12:00         no-agreement

  8:00-10:30                     10:30         10:31         agmt-1
  8:00-10:30                     10:30:00.001  10:31         after
  8:00-10:30                     10:30         11:29:59.999  agmt-1
  8:00-10:30                     10:30         11:30         over
  8:00-10:30                     9:00          11:29:59.999  agmt-1
  8:00-10:30                     9:00          11:30         over
  8:00*-10:30                    9:00          10:00         suspended

  6:00-8:00,8:59:59.999-…        7:00          12:00         agmt-1
  6:00-8:00,8:59:59.999-…        8:30          12:00         agmt-1
  6:00-8:00,8:59:59.999-…        8:59:59.999   12:00         agmt-2
  6:00-8:00,9:00-…               7:00          12:00         over
  6:00-8:00,9:00-…               8:30          12:00         uncovered
  6:00-8:00,9:00-…               8:59:59.999   12:00         uncovered
  6:00-8:00,9:00-…               9:00          12:00         agmt-2
  6:00-8:00,9:00-…               7:00          8:59:59.999   agmt-1
  6:00-8:00,9:00:00.001-…        8:30          12:00         uncovered
  6:00-8:00,9:30-…               9:00          12:00         agmt-2
  6:00-8:00,8:00-…               8:00          12:00         agmt-2
  6:00-8:00,8:00-…               7:59:59.999   12:00         agmt-1

  6:00-8:00,8:30-10:00,10:30-…   6:30          12:00         agmt-1
  6:00-8:00,8:30-10:00,10:30-…   10:15         12:00         agmt-2
  6:00-8:00,8:30-10:00           6:30          10:59:59.999  agmt-1
  6:00-8:00,8:30-10:00           6:30          11:00         over
  6:00-8:00,8:30*-…              8:30          12:00         uncovered
  6:00-8:00,8:30*-…              7:00          8:40          agmt-1
  6:00-8:00,8:30*-…              7:00          12:00         over
  6:00-8:00,8:10*-8:20,8:50-…    8:15          12:00         agmt-1
  22/6:00-22/8:00,10:00-…        22/7:00       12:00         over

  6:00-…,7:00-8:00               7:30          12:00         agmt-2
  6:00-…,7:00-8:00               8:00          12:00         agmt-2
  6:00-…,7:00-8:00               8:00:00.001   12:00         agmt-1
  6:00-10:00,7:00-8:00           9:00          10:30         agmt-1
  6:00-10:00,7:00-8:00           10:00         10:59:59.999  agmt-1
  6:00-8:00,7:00-10:00           10:00         10:59:59.999  agmt-2
`

const REASONS: Readonly<Record<string, RegExp>> = {
  before: /no agreement covers/,
  after: /no agreement covers/,
  uncovered: /no agreement covers/,
  over: /last hour after the end has passed/,
  suspended: /suspended/,
  'no-agreement': /no agreement for the product/,
}

describe('single agreements', () => {
  for (const [agreements = '', usage = '', received = '', answer = ''] of rowsOf(SINGLE)) {
    it(`${agreements}: usage at ${usage}, received at ${received}: ${answer}`, () => {
      const report = reported(usage, received)
      const admission = admitSingle(agreementsOf(agreements), report)
      if (answer.startsWith('agmt-')) assert.equal(agreementNamed(admission), answer)
      else assertRefused(admission, 'notSubscribed', REASONS[answer]!)
      const standing = standingOf(agreementsOf(agreements))
      const known = admitStanding(standing, usageHourOf(report.timestampMs))
      assert.deepEqual(known ?? admission, admission)
    })
  }

  it('are judged once for all where there is one, active and without end, and in no other case', () => {
    const standing = ['10:20-…', '8:00-10:30', '10:20*-…', '6:00-…,7:00-…', 'none'].map((texts) => {
      const [only] = agreementsOf(texts)
      const { standing: known } = standingOf(agreementsOf(texts))
      return known !== undefined && agreementNamed(known) === only?.id
    })
    assert.deepEqual(standing, [true, false, false, false, false])
  })

  it('that were cancelled before they began admit nothing, and join nothing', () => {
    const [before, cancelled] = agreementsOf('6:00-9:45,10:30!-10:30')
    assert.ok(before && cancelled)
    assertRefused(
      admitSingle([cancelled], reported('10:10', '10:12')),
      'notSubscribed',
      /covers|suspended|agreement/,
    )
    assertRefused(
      admitSingle([before, cancelled], reported('10:00', '10:01')),
      'notSubscribed',
      /covers/,
    )
    const byLicense = admitLicensed(cancelled, [cancelled], true, reported('10:30', '10:31'))
    assertRefused(byLicense, 'outsideLicense', /before it began/)
  })

  it('admit what any of them admits, where the last hour is shorter than an hour', () => {
    const agreements = agreementsOf('8:00-10:50,10:55-…')
    const lastHourMs = MS_PER_HOUR / 60
    const admission = admitSingle(agreements, { ...reported('10:40', '12:00'), lastHourMs })
    assert.equal(agreementNamed(admission), 'agmt-2')
  })
})

/** The license named is that of the agreement with the number. */
const BY_LICENSE = `
  agreements               named  usage         received      answer
  10:20-…                  1      10:00         12:00         agmt-1
  10:20-…                  1      9:59:59.999   12:00         outside-before
  8:00-10:30               1      10:30         10:31         agmt-1
  8:00-10:30               1      10:30:00.001  10:31         outside-after
  8:00-10:30               1      9:00          11:29:59.999  agmt-1
  8:00-10:30               1      9:00          11:30         over
  8:00-10:30               1      10:31         11:30         outside-after
  8:00*-10:30              1      9:00          10:00         suspended
  8:00*-10:30              1      11:00         11:00         outside-after
  8:00*-10:30              1      7:59          10:00         outside-before
  8:00-…,8:00-…            2      9:00          12:00         agmt-2
  8:00*-…,8:00-…           2      9:00          12:00         agmt-2
  6:00-8:00,8:59-…         1      7:00          12:00         over

  6:00-10:10,10:20-…       2      10:20         12:00         agmt-2
  6:00-10:10,10:20-…       2      10:19:59.999  12:00         outside-before
  6:00-10:10,10:20-…       1      10:05         11:00         agmt-1
  6:00-10:40,10:20-…       2      10:19:59.999  12:00         outside-before
  6:00-9:59:59.999,10:20-… 2      10:00         12:00         agmt-2
  6:00-11:00,10:20-…       2      10:00         12:00         agmt-2
  10:20-10:40,10:20-…      2      10:00         12:00         agmt-2
  6:00-…,10:20-…           2      10:00         12:00         agmt-2

  6:00-10:20,10:20-…       1      10:20         11:19:59.999  agmt-1
  6:00-10:20,10:20-…       2      10:20         12:00         outside-before
  6:00-10:20,10:20-…       2      10:20:00.001  12:00         agmt-2
  10:20-10:20,10:20-…      1      10:10         11:10         agmt-1
  10:20-10:20,10:20-…      2      10:10         12:00         outside-before
  10:20-10:20,10:20-10:20  1      10:20         11:10         agmt-1
  10:20-10:20,10:20-10:20  2      10:20         11:10         outside-before

  10:10!-10:10,10:30-…     2      10:20         12:00         agmt-2
  10:10!-10:10,10:30-…     2      9:59:59.999   12:00         outside-before
  10:10!-10:15,10:30-…     2      10:20         12:00         outside-before
  6:00!-10:10,10:30-…      2      10:20         12:00         outside-before
`

describe('concurrent agreements', () => {
  licensed(BY_LICENSE, true)
})

const BY_PRODUCT_WITH_LICENSE = `
  agreements               named  usage         received      answer
  10:20-…                  1      10:00         12:00         agmt-1
  10:20-…                  1      9:59:59.999   12:00         outside-before
  8:00-10:30               1      10:30         11:29:59.999  agmt-1
  8:00-10:30               1      10:30         11:30         over
  8:00-10:30               1      10:30:00.001  10:31         outside-after
  8:00*-10:30              1      9:00          10:00         suspended
  6:00-8:00,8:59-…         1      7:00          12:00         agmt-1
  6:00-8:00,9:00-…         1      7:00          12:00         over
  6:00-10:10,10:20-…       2      10:00         12:00         agmt-2
  6:00-10:10,10:20-…       1      10:15         12:00         outside-after
`

describe('single agreements that are named by license', () => {
  licensed(BY_PRODUCT_WITH_LICENSE, false)
})

function licensed(table: string, billedByLicense: boolean): void {
  for (const [texts = '', number, usage = '', received = '', answer = ''] of rowsOf(table)) {
    it(`${texts}, license ${number}: usage at ${usage}, received at ${received}: ${answer}`, () => {
      const agreements = agreementsOf(texts)
      const named = agreements[Number(number) - 1]!
      const report = reported(usage, received)
      const admission = admitLicensed(named, agreements, billedByLicense, report)
      if (answer.startsWith('agmt-')) assert.equal(agreementNamed(admission), answer)
      else if (answer.startsWith('outside')) {
        const side = answer === 'outside-before' ? /before the start/ : /after the end/
        assertRefused(admission, 'outsideLicense', side)
      } else assertRefused(admission, 'notSubscribed', REASONS[answer]!)
    })
  }
}

function rowsOf(table: string): string[][] {
  const rows = table.split('\n').filter((line) => line.trim() !== '')
  return rows.slice(1).map((row) => row.trim().split(/\s+/))
}

const STATUSES: Readonly<Record<string, Agreement['status']>> = {
  '*': 'suspended',
  '!': 'cancelled',
}

function agreementsOf(texts: string) {
  if (texts === 'none') return []
  return texts.split(',').map((text, index) => {
    const [start = '', end = ''] = text.split('-')
    return anAgreement({
      id: `agmt-${index + 1}` as AgreementId,
      startMs: instant(start.replace(/[*!]$/, '')),
      ...(end !== '…' && { endMs: instant(end) }),
      status: STATUSES[start.at(-1) ?? ''] ?? 'active',
    })
  })
}

function reported(usage: string, received: string): Reported {
  const [timestampMs, receivedAtMs] = [instant(usage), instant(received)]
  return { timestampMs, receivedAtMs, lastHourMs: MS_PER_HOUR }
}

/** '9:59:59.999' of the 23rd, or '22/7:00' of the 22nd. */
function instant(text: string): InstantMs {
  const [day, time = ''] = text.includes('/') ? text.split('/') : ['23', text]
  const [hour = '', minute = '', second = '00.000'] = time.split(':')
  return at(`2026-11-${day}T${hour.padStart(2, '0')}:${minute}:${second}Z`)
}

function agreementNamed(admission: Admission): string {
  return admission.kind === 'admitted' ? admission.agreement.id : admission.reason
}

function assertRefused(admission: Admission, kind: Admission['kind'], reason: RegExp): void {
  assert.equal(admission.kind, kind)
  assert.ok(admission.kind !== 'admitted')
  assert.match(admission.reason, reason)
}
