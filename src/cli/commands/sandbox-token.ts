/** A registration token, as a buyer's browser brings one to the seller. */
import type { SandboxToken } from '../../sandbox/shapes.ts'
import { defineCommand } from '../command.ts'
import { askWorkspace, SANDBOX_EXITS, SANDBOX_OPTIONS } from '../sandbox-api.ts'

export const sandboxToken = defineCommand({
  name: 'sandbox token',
  summary: 'Make a registration token, for ResolveCustomer',
  help: `
    As a buyer's browser brings it to the seller after a subscription. Products and buyers are
    those that the sandbox prints with --json when it starts.

    $ marketmeter sandbox token --product 4w1sbgfkdrl0bqj1j6gf93k2b --buyer 222233334444
  `,
  options: {
    ...SANDBOX_OPTIONS,
    product: { type: 'string', value: 'CODE', about: 'For this product', required: true },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Who subscribed', required: true },
    agreement: {
      type: 'string',
      value: 'ID',
      about: 'Of which agreement, where there are several',
    },
    json: { type: 'boolean', about: 'Print JSON' },
  },
  exits: SANDBOX_EXITS,
  async run({ options: { url, workspace, product, buyer, agreement, json }, io }) {
    const body = { product, buyer, ...(agreement !== undefined && { agreement }) }
    const asked = { method: 'POST', body } as const
    const token = await askWorkspace<SandboxToken>({ url, workspace }, '/tokens', asked)
    io.out.write(`${json ? JSON.stringify(token) : token.token}\n`)
    return 0 as const
  },
})
