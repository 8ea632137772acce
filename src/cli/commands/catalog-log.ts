import { defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'
import { formatInstant } from '../../server/written-instant.ts'
import { formatTable } from '../table.ts'

const COUNT_DEFAULT = 50

export const catalogLog = defineCommand({
  name: 'catalog log',
  summary: 'Show who changed the catalog, keys and tokens, and when',
  help: `
    The log is append-only and has every change since the ledger was made; the latest are shown, oldest
    first. With --json each line also has the things as they became, without secrets.

    $ marketmeter catalog log
    $ marketmeter catalog log --after 0 --count 10000 --json
  `,
  options: {
    after: {
      type: 'integer',
      value: 'VERSION',
      about: 'Show what came after this version (default: the latest)',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    },
    count: { type: 'integer', value: 'N', about: 'At most so many', min: 1, max: 10_000 },
    json: { type: 'boolean', about: 'Print each change as one JSON object' },
    ...DATA_OPTIONS,
  },
  exits: { 0: 'the log is on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    const { options, io } = given
    return withControl(given, 'read', async ({ state, store }) => {
      const countMax = options.count ?? COUNT_DEFAULT
      const after = options.after ?? Math.max(0, state.version - countMax)
      const changes = await store.readLog({ after, countMax })
      if (options.json) {
        for (const { version, atMs, actor, summary, what } of changes) {
          const facts = JSON.stringify({ version, at: formatInstant(atMs), actor, summary })
          // What is kept is JSON already.
          io.out.write(`${facts.slice(0, -1)},"what":${what}}\n`)
        }
        return 0 as const
      }
      const rows = changes.map(({ version, atMs, actor, summary }) => [
        String(version),
        formatInstant(atMs),
        actor,
        summary,
      ])
      io.out.write(formatTable(['VERSION', 'AT', 'WHO', 'WHAT'], rows))
      return 0 as const
    })
  },
})
