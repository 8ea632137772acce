/** What a test wants to know afterwards, each question by its own path. */
import type { Context, Hono } from 'hono'
import { callsOf, duplicatesOf, refusalsOf } from '../assertions.ts'
import { hoursWithoutRecordOf } from '../hours-without-record.ts'
import { recordsOf, zeroQuantityRecordsOf } from '../records.ts'
import { SandboxRefused } from '../refused.ts'
import type { Workspace } from '../workspace.ts'

type Asked = Readonly<Record<string, string>>

interface Question {
  /** What the answer is called. */
  readonly member: string
  /** The parameters that narrow it. */
  readonly parameters: readonly string[]
  readonly ask: (workspace: Workspace, asked: Asked) => unknown
}

const USAGE = ['buyer', 'product', 'dimension']
const HOURS = [...USAGE, 'from', 'to']

const QUESTIONS: Readonly<Record<string, Question>> = {
  records: {
    member: 'records',
    parameters: [...HOURS, 'hour', 'quantity'],
    ask: (workspace, { quantity, ...asked }) =>
      recordsOf(workspace, {
        ...asked,
        ...(quantity !== undefined && { quantity: numberIn('quantity', quantity) }),
      }),
  },
  'zero-quantity-records': {
    member: 'records',
    parameters: [...HOURS, 'hour'],
    ask: zeroQuantityRecordsOf,
  },
  refusals: { member: 'refusals', parameters: [...HOURS, 'code'], ask: refusalsOf },
  calls: { member: 'calls', parameters: ['operation', 'account'], ask: callsOf },
  duplicates: { member: 'duplicates', parameters: USAGE, ask: duplicatesOf },
  'hours-without-record': {
    member: 'gaps',
    parameters: HOURS,
    ask(workspace, { from, ...asked }) {
      if (from !== undefined) return hoursWithoutRecordOf(workspace, { from, ...asked })
      throw new SandboxRefused(400, 'Say from which instant on: ?from=now-24h.')
    },
  },
}

export function questionRoutes(app: Hono, workspaceIn: (context: Context) => Workspace): void {
  for (const [path, { member, parameters, ask }] of Object.entries(QUESTIONS)) {
    app.get(`/workspaces/:id/${path}`, async (context) => {
      const asked = askedIn(context.req.query(), parameters)
      return context.json({ [member]: await ask(workspaceIn(context), asked) })
    })
  }
}

function askedIn(query: Asked, parameters: readonly string[]): Asked {
  for (const name of Object.keys(query)) {
    if (parameters.includes(name)) continue
    throw new SandboxRefused(
      400,
      `There is no parameter ${JSON.stringify(name)}. There are: ${parameters.join(', ')}.`,
    )
  }
  return query
}

function numberIn(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new SandboxRefused(400, `${name} is ${JSON.stringify(text)}; it is a whole number.`)
}
