import { catalogFileOf, catalogText } from '../../server/catalog-file/export.ts'
import { defineCommand } from '../command.ts'
import {
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE_MEANING,
  withControl,
} from '../control-access.ts'

export const catalogExport = defineCommand({
  name: 'catalog export',
  summary: 'Write the catalog as a file that catalog apply takes',
  help: `
    Prints the whole catalog in YAML, retired things and cancelled agreements included. Secrets are not
    in it: give new ones where you apply it to another ledger. Temporary access keys are left out.

    $ marketmeter catalog export > catalog.yaml
  `,
  options: { ...DATA_OPTIONS },
  exits: { 0: 'the catalog is on stdout', 2: WRONG_LINE_MEANING, 3: DATA_FAILED_MEANING },
  async run(given) {
    return withControl(given, 'read', async ({ state }) => {
      given.io.out.write(catalogText(catalogFileOf(state.index)))
      return 0 as const
    })
  },
})
