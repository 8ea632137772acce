/** Changes of a sandbox's catalog in the middle of a test. */
import { defineCommand } from '../command.ts'
import { ask, SANDBOX_EXITS, SANDBOX_OPTIONS, segment, workspacePath } from '../sandbox-api.ts'
import { readSentFile } from '../sent-file.ts'

export const sandboxApply = defineCommand({
  name: 'sandbox apply',
  summary: 'Add to a sandbox’s catalog, or change it',
  help: `
    The file has sections of a seed: what it names is added or changed, and all else stays. Its times are relative to the
    sandbox's clock. A reset takes it back.

    $ marketmeter sandbox apply more-agreements.yaml
  `,
  arguments: [{ name: 'FILE', about: 'Sections of a seed, in YAML or JSON' }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [file = ''] }) {
    const { value, locate } = readSentFile(file)
    const path = workspacePath(options, '/catalog')
    await ask(options, path, { method: 'POST', body: value, locate })
    return 0 as const
  },
})

export const sandboxCancelAgreement = defineCommand({
  name: 'sandbox cancel-agreement',
  summary: 'Cancel an agreement of a sandbox, as a buyer does',
  help: `
    From then on the buyer's last hour runs, as long as the profile says.

    $ marketmeter sandbox cancel-agreement agmt-sandboxactive
  `,
  arguments: [{ name: 'AGREEMENT', about: 'Its id, or its license' }],
  options: SANDBOX_OPTIONS,
  exits: SANDBOX_EXITS,
  async run({ options, args: [agreement = ''] }) {
    const path = `/agreements/${segment('AGREEMENT', agreement)}/cancel`
    await ask(options, workspacePath(options, path), { method: 'POST' })
    return 0 as const
  },
})
