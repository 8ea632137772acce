/** `ledger backup`: a copy of the ledger and of the catalog beside it, taken while `serve` runs. */
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { backupControl } from '../../store/sqlite-control/backup.ts'
import { placeOf } from '../../store/postgres/url.ts'
import { backupLedger } from '../../store/sqlite/backup.ts'
import { CommandFailure, defineCommand, type Io } from '../command.ts'
import {
  DATA_FAILED,
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  ledgerSettingsIn,
  WRONG_LINE,
  WRONG_LINE_MEANING,
} from '../control-access.ts'
import { withLedger, withRefusals } from '../ledger-access.ts'
import { controlFileIn, ledgerFileIn } from '../ledger-place.ts'
import { progressOn } from '../progress.ts'

export const ledgerBackup = defineCommand({
  name: 'ledger backup',
  summary: 'Copy the ledger and its catalog to another folder',
  givesWay: true,
  help: `
    Copies one state of ledger.db, then control.db, into DIR, which must be new or empty. A serve may run
    meanwhile and is not held up. The copy is a data folder: verify it, serve it, read it.
    The master key is not copied. Keep it apart: without it the access keys in the copy cannot be used.
    A ledger on PostgreSQL is not copied by this: pg_dump and base backups do it.

    $ marketmeter ledger backup /backups/2026-11-23
    $ marketmeter ledger verify --data /backups/2026-11-23
  `,
  arguments: [{ name: 'DIR', about: 'Where to put the copy; made if it is not there' }],
  options: { json: { type: 'boolean', about: 'Print one JSON object' }, ...DATA_OPTIONS },
  exits: { 0: 'the copy is whole', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, args, io } = given
    const [folder = ''] = args
    const settings = ledgerSettingsIn(io, options)
    const { place } = settings
    if (place.kind === 'postgres') throw new CommandFailure(byPostgres(place.url), WRONG_LINE)
    const control = controlFileIn(place.folder)
    // Before anything is made: there may be no ledger to copy.
    await withLedger(given, async () => undefined)
    const made = prepare(folder)
    const copied = await withRefusals(settings, () =>
      copyLedger(ledgerFileIn(place.folder), ledgerFileIn(folder), io),
    ).catch((error: unknown) => {
      if (made) removeEmpty(folder)
      throw error
    })
    // After the ledger, so that whatever its records name is in the copy of the catalog.
    const bytes = existsSync(control)
      ? (await backupControl(control, controlFileIn(folder))).bytes
      : 0
    const result = { folder, records: copied.records, bytes: copied.bytes + bytes }
    if (options.json) io.out.write(`${JSON.stringify(result)}\n`)
    io.err.write(
      `${folder}: ${result.records} ${result.records === 1 ? 'record' : 'records'}, ${result.bytes} bytes${bytes === 0 ? ', no catalog' : ''}.\n` +
        'The master key is not included. Without it the access keys in the copy cannot be used: keep it in another place.\n',
    )
    return 0 as const
  },
})

function byPostgres(url: string): string {
  return `PostgreSQL backs itself up: pg_dump --schema=marketmeter --format=custom, by a role of its own, or a base backup with its log archived. See docs/operating/postgres.md; nothing of ${placeOf(url)} was copied.`
}

/** @returns Whether the folder was made. */
function prepare(folder: string): boolean {
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined
    if (readdirSync(folder).length === 0) return made
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(`${folder} cannot be used: ${reason}`, DATA_FAILED)
  }
  throw new CommandFailure(`${folder} is not empty. Name a new folder.`, DATA_FAILED)
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // The failure that brought us here is what counts.
  }
}

async function copyLedger(ledger: string, target: string, io: Io) {
  const progress = progressOn(io, 'pages')
  try {
    return await backupLedger(ledger, target, ({ pagesDone, pagesTotal }) => {
      progress.at(pagesDone, pagesTotal)
    })
  } finally {
    progress.end()
  }
}
