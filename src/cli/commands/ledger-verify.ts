/** `ledger verify`: whether what the ledger holds is what was put into it. */
import { defineCommand } from '../command.ts'
import { DATA_FAILED_MEANING, DATA_OPTIONS, WRONG_LINE_MEANING } from '../control-access.ts'
import { findingLine } from '../finding-line.ts'
import { toldOfMonthsGone, withLedger } from '../ledger-access.ts'
import { progressOn } from '../progress.ts'

export const ledgerVerify = defineCommand({
  name: 'ledger verify',
  summary: 'Check that no stored usage was altered, lost or counted twice',
  givesWay: true,
  help: `
    Reads everything once: checksums, keys against content, one record a key and, in SQLite's file, positions
    without gaps. It only reads; run it beside a serve if you like. Findings go to stdout, one a line, all else to stderr.
    A warning is worth a look and no damage: the same fact in two Regions, for instance.

    $ marketmeter ledger verify
    $ marketmeter ledger verify --data /backups/2026-11-23 --json | jq .where
    $ marketmeter ledger verify --ledger postgres://usage@db.example.com/usage
  `,
  options: {
    json: { type: 'boolean', about: 'Print each finding as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: {
    0: 'everything is intact; there may be warnings',
    1: 'damage was found; it is on stdout',
    2: WRONG_LINE_MEANING,
    3: DATA_FAILED_MEANING,
  },
  async run(given) {
    const { options, io } = given
    return withLedger(given, async (ledger) => {
      const progress = progressOn(io, 'records')
      const found = { error: 0, warning: 0 }
      let records = 0
      const findings = ledger.verify((done, total) => {
        records = total
        progress.at(done, total)
      })
      for await (const finding of findings) {
        progress.end()
        found[finding.severity] += 1
        io.out.write(findingLine(finding, options.json))
      }
      progress.end()
      io.err.write(
        found.error === 0
          ? `The ledger is intact: ${records} ${records === 1 ? 'record' : 'records'}. Warnings: ${found.warning}.\n`
          : `The ledger is damaged. Errors: ${found.error}, warnings: ${found.warning}. Keep it as it is, and see docs/operating/backup.md.\n`,
      )
      io.err.write(toldOfMonthsGone(await ledger.monthsGone(), 'verified'))
      return found.error === 0 ? (0 as const) : (1 as const)
    })
  },
})
