/** `copy`: moves a whole ledger from a folder to PostgreSQL. */
import { copyLedger } from '../../store/copy/copy.ts'
import type { CopyEnd, CopyListener, CopyPhase, CopyReport } from '../../store/copy/job.ts'
import { LedgerRefused } from '../../store/refused.ts'
import { CommandFailure, defineCommand, type Io } from '../command.ts'
import {
  DATA_FAILED,
  DATA_FAILED_MEANING,
  ledgerSettingsIn,
  SECRETS_OPTIONS,
  WRONG_LINE,
  WRONG_LINE_MEANING,
} from '../control-access.ts'
import { findingLine } from '../finding-line.ts'
import {
  controlFileIn,
  ledgerFileIn,
  type LedgerPlace,
  nameOf,
  readLedger,
} from '../ledger-place.ts'
import { type Progress, progressOn } from '../progress.ts'
import { resealFor, type Route } from '../resealed-keys.ts'

const DIFFERS = 1
const LOCKED = 4
const WAIT_SECONDS = 3_600

const EXIT_CODES = {
  moved: 0,
  damaged: DIFFERS,
  differs: DIFFERS,
  locked: LOCKED,
} as const satisfies Record<CopyEnd, number>

export const copy = defineCommand({
  name: 'copy',
  summary: 'Move a whole ledger from a folder to PostgreSQL',
  help: `
    Copies records, catalog, keys and the change log, compares every record, and marks the folder as moved: serve refuses
    it from then on and names the new place. A serve may run meanwhile. When all it has is copied, copy says so and
    waits for it to stop; then only the rest is left. Whatever ends it, run the same command again: it goes on
    where it was. It changes nothing that the target holds: what differs is told on stdout, one a line, and then
    the folder is not marked. The target needs its schema: marketmeter migrate.

    $ marketmeter copy --from sqlite:data/ledger.db --to postgres://marketmeter@db.internal/usage
    $ marketmeter copy --from sqlite:/backups/2026-11-23 --to postgres://... --wait-seconds 0 --json
  `,
  options: {
    from: { type: 'string', value: 'sqlite:FILE', about: 'The ledger to move', required: true },
    to: {
      type: 'string',
      value: 'URL',
      about: 'Where to: postgres://role@host:5432/database',
      required: true,
    },
    waitSeconds: {
      type: 'integer',
      value: 'SECONDS',
      about: `How long to wait for the ledger's serve to stop (default ${WAIT_SECONDS})`,
      min: 0,
      max: 604_800,
    },
    masterKeyFile: SECRETS_OPTIONS.masterKeyFile,
    json: { type: 'boolean', about: 'Print each difference, and the end, as one JSON object' },
  },
  exits: {
    0: 'everything is in the target, and the folder is marked as moved',
    [DIFFERS]: 'the target holds something else, or the ledger is damaged; it is on stdout',
    [WRONG_LINE]: WRONG_LINE_MEANING,
    [DATA_FAILED]: `${DATA_FAILED_MEANING}; run it again`,
    [LOCKED]:
      'all so far is copied, but the ledger is still being written; stop its serve and run it again',
  },
  async run({ options, io }) {
    const { from, to } = placesOf(options)
    const { postgres, masterKeys } = ledgerSettingsIn(io, {
      data: undefined,
      ledger: options.to,
      masterKeyFile: options.masterKeyFile,
    })
    const files = { ledger: ledgerFileIn(from.folder), control: controlFileIn(from.folder) }
    const { listener, end } = listenerOn(io, options.json)
    try {
      const reseal = await resealFor({ from, to, masterKeys })
      const report = await copyLedger({
        source: files,
        target: {
          url: to.url,
          connectionsMax: postgres.connectionsMax,
          connectMsMax: postgres.connectMsMax,
        },
        nowMs: Date.now,
        waitMsMax: (options.waitSeconds ?? WAIT_SECONDS) * 1_000,
        ...(reseal && { reseal }),
        listener,
      })
      end()
      if (options.json) io.out.write(`${JSON.stringify(report)}\n`)
      io.err.write(textOf(report, { from, to, isDemo: reseal !== undefined }))
      return EXIT_CODES[report.end]
    } catch (error) {
      end()
      if (!(error instanceof LedgerRefused)) throw error
      throw new CommandFailure(error.message, DATA_FAILED)
    }
  },
})

function placesOf(options: {
  readonly from: string
  readonly to: string
}): Omit<Route, 'masterKeys'> {
  const from = ledgerOf('--from', options.from)
  const to = ledgerOf('--to', options.to)
  if (from.kind === 'sqlite' && to.kind === 'postgres') return { from, to }
  throw new CommandFailure(
    'copy goes from a folder to PostgreSQL: --from sqlite:data/ledger.db --to postgres://role@host/database. Between databases of PostgreSQL use pg_dump and pg_restore; there is no way back to a folder.',
    WRONG_LINE,
  )
}

function ledgerOf(option: string, text: string): LedgerPlace {
  const reading = readLedger(text)
  if (reading.ok) return reading.place
  throw new CommandFailure(`${option}: ${reading.problem}`, WRONG_LINE)
}

const UNITS: Readonly<Record<CopyPhase, string>> = {
  check: 'records checked',
  compare: 'records compared',
  copy: 'records copied',
  verify: 'records verified',
}

/** @returns Also, what leaves the line of the last progress. */
function listenerOn(io: Io, json: boolean): { listener: CopyListener; end: () => void } {
  let shown: { readonly phase: CopyPhase; readonly progress: Progress } | undefined
  const end = () => {
    shown?.progress.end()
  }
  const listener: CopyListener = {
    onProgress(phase, done, total) {
      if (shown?.phase !== phase) {
        end()
        shown = { phase, progress: progressOn(io, UNITS[phase]) }
      }
      shown.progress.at(done, total)
    },
    onFinding(finding) {
      end()
      io.out.write(findingLine(finding, json))
    },
    onNote(note) {
      end()
      io.err.write(`${note}\n`)
    },
  }
  return { listener, end }
}

const SECRETS =
  'Secrets of access keys stay encrypted under its master keys: give every replica the same.'
/** See resealed-keys.ts. */
const DEMO_SECRETS =
  'Secrets of access keys are encrypted under the key that all demos share on PostgreSQL: start the demo there, without a master key.'

function textOf(
  { end, records, added, errors, warnings }: CopyReport,
  { from, to, isDemo }: Pick<Route, 'from' | 'to'> & { readonly isDemo: boolean },
): string {
  const file = ledgerFileIn(from.folder)
  const found = `Errors: ${errors}, warnings: ${warnings}`
  switch (end) {
    case 'moved':
      return (
        `${nameOf(to)} holds all ${records} records, each compared; this run added ${added}. Warnings: ${warnings}.\n` +
        `${file} is marked as moved. ${isDemo ? DEMO_SECRETS : SECRETS}\n`
      )
    case 'differs':
      return `${nameOf(to)} holds something else. ${found}; they are on stdout. Nothing that it held was changed, and ${file} is not moved.\n`
    case 'damaged':
      return `${file} is damaged, so nothing was copied. ${found}. See docs/operating/backup.md.\n`
    case 'locked':
      return `All ${records} records so far are in ${nameOf(to)}, but ${file} is still being written. Stop its serve, and run the same command again.\n`
  }
}
