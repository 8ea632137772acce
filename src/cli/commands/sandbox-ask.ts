/** What a test wants to know afterwards, asked from a shell: the control API's questions, one line of JSON for each thing found. */
import {
  QUESTION_NAMES,
  type QuestionName,
  QUESTIONS,
} from '../../sandbox/control/question-names.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import { printAll } from '../printing.ts'
import { askWorkspace, SANDBOX_EXITS, SANDBOX_OPTIONS, WRONG_LINE } from '../sandbox-api.ts'

export const sandboxAsk = defineCommand({
  name: 'sandbox ask',
  summary: 'Ask a sandbox what it holds, what it refused, and how it was called',
  help: `
    Prints a line of JSON for each thing that there is, and nothing where there is none. Every option
    narrows; those that a question does not know are refused, and names that were never in the catalog, but for
    those of refusals.

    Questions: ${QUESTION_NAMES.join(', ')}.

    $ marketmeter sandbox ask records --buyer 222233334444 | jq .quantity
    $ marketmeter sandbox ask refusals --code DuplicateRecord
    $ marketmeter sandbox ask calls --operation BatchMeterUsage
    $ marketmeter sandbox ask hours-without-record --from 2026-11-23T00:00:00Z
  `,
  arguments: [{ name: 'QUESTION', about: 'What to ask' }],
  options: {
    ...SANDBOX_OPTIONS,
    product: { type: 'string', value: 'CODE', about: 'Of this product' },
    buyer: { type: 'string', value: 'ACCOUNT', about: 'Of this buyer' },
    license: { type: 'string', value: 'ARN', about: 'Of this license' },
    dimension: { type: 'string', value: 'NAME', about: 'Of this dimension' },
    from: { type: 'string', value: 'INSTANT', about: 'From this instant on' },
    to: { type: 'string', value: 'INSTANT', about: 'Up to and without this instant' },
    hour: { type: 'string', value: 'INSTANT', about: 'Of the usage hour of this instant' },
    quantity: { type: 'string', value: 'NUMBER', about: 'Of this quantity' },
    code: { type: 'string', value: 'CODE', about: 'Refused with this error or status' },
    operation: { type: 'string', value: 'NAME', about: 'Calls of this operation' },
    account: { type: 'string', value: 'ACCOUNT', about: 'Calls that this account signed' },
  },
  exits: SANDBOX_EXITS,
  async run({ options: { url, workspace, ...narrowed }, args: [question = ''], io }) {
    const name = questionCalled(question)
    const path = `/${name}${queryOf(narrowed)}`
    const answer = await askWorkspace<Readonly<Record<string, readonly unknown[]>>>(
      { url, workspace },
      path,
    )
    const found = answer[QUESTIONS[name]] ?? []
    await printAll(
      io.out,
      found.map((one) => `${JSON.stringify(one)}\n`),
    )
    return 0 as const
  },
})

function questionCalled(text: string): QuestionName {
  const name = QUESTION_NAMES.find((one) => one === text)
  if (name !== undefined) return name
  const known = QUESTION_NAMES.join(', ')
  throw new CommandFailure(
    `There is no question ${JSON.stringify(text)}. There are: ${known}.`,
    WRONG_LINE,
  )
}

function queryOf(narrowed: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(narrowed).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}
