/** What a test wants to know afterwards, each question by its own path. */
import type { Context, Hono } from 'hono'
import { callsOf, duplicatesOf, refusalsOf } from '../assertions.ts'
import { type GapQuery, hoursWithoutRecordOf } from '../hours-without-record.ts'
import { recordsOf, zeroQuantityRecordsOf } from '../records.ts'
import { SandboxRefused } from '../refused.ts'
import type { Workspace } from '../workspace.ts'
import { type Asked, readQuery } from './read-query.ts'

interface Question {
  /** What the answer is called. */
  readonly member: string
  readonly ask: (workspace: Workspace, asked: Asked) => unknown
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  records: {
    member: 'records',
    ask: (workspace, { quantity, ...asked }) =>
      recordsOf(workspace, {
        ...asked,
        ...(quantity !== undefined && { quantity: numberIn('quantity', quantity) }),
      }),
  },
  'zero-quantity-records': { member: 'records', ask: zeroQuantityRecordsOf },
  refusals: { member: 'refusals', ask: refusalsOf },
  calls: { member: 'calls', ask: callsOf },
  duplicates: { member: 'duplicates', ask: duplicatesOf },
  'hours-without-record': {
    member: 'gaps',
    // Without an instant it is refused as anybody's who leaves it out.
    ask: (workspace, asked) => hoursWithoutRecordOf(workspace, asked as Asked & GapQuery),
  },
}

export function questionRoutes(app: Hono, workspaceIn: (context: Context) => Workspace): void {
  for (const [path, { member, ask }] of Object.entries(QUESTIONS)) {
    app.get(`/workspaces/:id/${path}`, async (context) => {
      const asked = readQuery(context)
      return context.json({ [member]: await ask(workspaceIn(context), asked) })
    })
  }
}

function numberIn(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new SandboxRefused(400, `${name} is ${JSON.stringify(text)}; it is a whole number.`)
}
