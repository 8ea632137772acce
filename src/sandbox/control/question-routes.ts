/** What a test wants to know afterwards, each question by its own path. */
import type { Context, Hono } from 'hono'
import { callsOf, duplicatesOf, refusalsOf } from '../assertions.ts'
import { type GapQuery, hoursWithoutRecordOf } from '../hours-without-record.ts'
import { recordsOf, zeroQuantityRecordsOf } from '../records.ts'
import { SandboxRefused } from '../refused.ts'
import type { Workspace } from '../workspace.ts'
import { QUESTION_NAMES, type QuestionName, QUESTIONS } from './question-names.ts'
import { type Asked, readQuery } from './read-query.ts'

type Ask = (workspace: Workspace, asked: Asked) => unknown

const ASKED: Readonly<Record<QuestionName, Ask>> = {
  records: (workspace, { quantity, ...asked }) =>
    recordsOf(workspace, {
      ...asked,
      ...(quantity !== undefined && { quantity: numberIn('quantity', quantity) }),
    }),
  'zero-quantity-records': zeroQuantityRecordsOf,
  refusals: refusalsOf,
  calls: callsOf,
  duplicates: duplicatesOf,
  // Without an instant it is refused as anybody's who leaves it out.
  'hours-without-record': (workspace, asked) =>
    hoursWithoutRecordOf(workspace, asked as Asked & GapQuery),
}

export function questionRoutes(app: Hono, workspaceIn: (context: Context) => Workspace): void {
  for (const name of QUESTION_NAMES) {
    app.get(`/workspaces/:id/${name}`, async (context) => {
      const asked = readQuery(context)
      return context.json({ [QUESTIONS[name]]: await ASKED[name](workspaceIn(context), asked) })
    })
  }
}

function numberIn(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new SandboxRefused(400, `${name} is ${JSON.stringify(text)}; it is a whole number.`)
}
