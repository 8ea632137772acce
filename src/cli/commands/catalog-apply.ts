import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { EntryChange } from '../../core/catalog-change.ts'
import { fileProblemOf } from '../../server/file-problem.ts'
import { agrees, NOT_AGREED, NOT_AGREED_MEANING } from '../asking.ts'
import { planCatalog, summaryOf } from '../../server/catalog-file/apply.ts'
import { lineOf, shownChangeOf } from '../catalog-difference.ts'
import { CommandFailure, defineCommand, type Io } from '../command.ts'
import {
  type ControlAccess,
  DATA_FAILED,
  DATA_FAILED_MEANING,
  SECRETS_OPTIONS,
  ledgerSettingsIn,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { hasCatalog } from '../open-catalog.ts'

const ASK_OTHERWISE = 'Give --yes to change, or --dry-run to look.'

/** More than this nobody reads; --json shows all. */
const SHOWN_MAX = 500

export const catalogApply = defineCommand({
  name: 'catalog apply',
  summary: 'Bring the catalog to what a file says',
  help: `
    Shows the difference first and asks before it changes anything. Applying the same file again
    changes nothing. What the file does not name stays as it is; with --prune, what is missing in a
    section that the file has is retired (agreements are cancelled, access keys disabled). A running
    service sees the change within half a second. docs/catalog.md explains the file.

    $ marketmeter catalog apply catalog.yaml
    $ marketmeter catalog apply catalog.yaml --dry-run --json
    $ marketmeter catalog apply catalog.yaml --prune --yes
  `,
  arguments: [{ name: 'FILE', about: 'The catalog file, in YAML' }],
  options: {
    dryRun: { type: 'boolean', about: 'Show the difference and change nothing' },
    yes: { type: 'boolean', about: 'Change without asking' },
    prune: { type: 'boolean', about: 'Retire what the sections of the file do not name' },
    json: { type: 'boolean', about: 'Print each difference as one JSON object' },
    ...SECRETS_OPTIONS,
  },
  exits: {
    0: 'the catalog is as the file says, or the difference was shown',
    1: 'the file was refused, and nothing was changed; the reasons are on stderr',
    2: WRONG_LINE_MEANING,
    3: DATA_FAILED_MEANING,
    [NOT_AGREED]: NOT_AGREED_MEANING,
  },
  async run(given) {
    const { options, io } = given
    const source = readSource(given.args[0] ?? '', io)
    const planWith = ({ state, masterKeys, actor }: ControlAccess) =>
      planCatalog(source, { state, masterKeys, actor, nowMs: Date.now(), prunes: options.prune })
    if (!hasCatalog(ledgerSettingsIn(io, options))) {
      // A file that is refused leaves no empty catalog behind.
      const tried = await withControl(given, 'try', planWith)
      if (!tried.ok) return refused(io, tried.problems)
    }
    const mayChange = !options.dryRun && (options.yes || io.interactive)
    return withControl(given, mayChange ? 'change' : 'try', async (access) => {
      const plan = await planWith(access)
      if (!plan.ok) return refused(io, plan.problems)
      show(io, plan.changes, options.json)
      if (plan.changes.length === 0) {
        io.err.write('Nothing to change.\n')
        return 0
      }
      const summary = summaryOf(plan.changes)
      if (options.dryRun) {
        io.err.write(`Would change ${summary}.\n`)
        return 0
      }
      if (!options.yes && !(await agrees(io, `Change ${summary}?`, ASK_OTHERWISE)))
        return NOT_AGREED
      const applied = await plan.apply()
      if (!applied.ok) return refused(io, applied.problems)
      io.err.write(`Changed ${summaryOf(applied.changes)}.\n`)
      return 0
    })
  },
})

function readSource(file: string, io: Io) {
  try {
    const text = readFileSync(file, 'utf8')
    const folder = path.dirname(file)
    return { text, name: file, folder, environment: io.env }
  } catch (error) {
    const reason = fileProblemOf(error)
    throw new CommandFailure(`The catalog file ${file} cannot be read: ${reason}`, DATA_FAILED)
  }
}

function refused(io: Io, problems: readonly string[]): 1 {
  io.err.write(problems.map((problem) => `${problem}\n`).join(''))
  io.err.write(`Nothing was changed. Problems: ${problems.length}\n`)
  return 1
}

function show(io: Io, changes: readonly EntryChange[], asJson: boolean): void {
  const shown = asJson ? changes : changes.slice(0, SHOWN_MAX)
  for (const change of shown.map(shownChangeOf)) {
    io.out.write(`${asJson ? JSON.stringify(change) : lineOf(change)}\n`)
  }
  if (shown.length < changes.length) {
    io.err.write(`... and ${changes.length - shown.length} more; --json shows all\n`)
  }
}
