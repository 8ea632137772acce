/** What a sandbox is asked and answers, as it comes: for people, or for programs. */
import type { Exchange } from '../../sandbox/exchange.ts'
import { defineCommand } from '../command.ts'
import { printable } from '../printable.ts'
import { printAll } from '../printing.ts'
import { SANDBOX_EXITS, SANDBOX_OPTIONS, workspacePath } from '../sandbox-api.ts'
import { followed } from '../sandbox-stream.ts'

export const sandboxTail = defineCommand({
  name: 'sandbox tail',
  summary: 'Show what a sandbox is asked and answers, live',
  help: `
    A line for each request, and under it what became of each record and why. What was asked before is shown first. It goes on
    until Ctrl-C, or until the sandbox stops. With --json each line is an exchange whole, raw headers and bodies included; signatures and
    tokens are masked.

    $ marketmeter sandbox tail
    $ marketmeter sandbox tail --json | jq 'select(.answer.status != 200)'
  `,
  options: {
    ...SANDBOX_OPTIONS,
    json: { type: 'boolean', about: 'Print JSON' },
    after: {
      type: 'integer',
      value: 'NUMBER',
      about: 'Show exchanges after this one (default 0: all that are kept)',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const { after = 0, json } = options
    const path = workspacePath(options, `/exchanges/stream?after=${after}`)
    await printAll(io.out, shownLines(await followed(options, path), json))
    return 0 as const
  },
})

async function* shownLines(lines: AsyncIterable<string>, isJson: boolean): AsyncGenerator<string> {
  for await (const line of lines) {
    yield isJson ? `${line}\n` : exchangeText(JSON.parse(line) as Exchange)
  }
}

function exchangeText(exchange: Exchange): string {
  const {
    number,
    at,
    operation = 'no operation',
    account = 'nobody',
    profile,
    answer,
    why,
    records,
    faults = [],
    delivered,
  } = exchange
  const status = answer.errorCode ?? answer.status
  const lines = [`${number}  ${at}  ${operation}  ${account}  ${status}  profile ${profile}`]
  if (why !== undefined) lines.push(`     ${why}`)
  if (faults.length > 0) {
    const arrived = delivered === undefined ? '' : `; answer delivered: ${delivered}`
    lines.push(`     struck by: ${faults.join(', ')}${arrived}`)
  }
  for (const { usage, outcome, why: reason, held } of records) {
    const buyer = usage.buyer ?? usage.customerIdentifier ?? usage.licenseArn ?? ''
    const id = held === undefined ? '' : ` (${held.id})`
    lines.push(
      `     ${outcome}: ${usage.dimension} ${usage.quantity} of ${buyer} at ${usage.timestamp}${id}: ${reason}`,
    )
  }
  return lines.map((line) => `${printable(line)}\n`).join('')
}
