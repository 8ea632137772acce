/** What stands behind the question mark of a control request. */
import type { Context } from 'hono'
import { checkQuery } from '../query.ts'
import { SandboxRefused } from '../refused.ts'

export type Asked = Readonly<Record<string, string>>

/** @throws SandboxRefused on what is said twice. */
export function readQuery(context: Context): Asked {
  const asked = Object.entries(context.req.queries()).map(([name, [value = '', ...others]]) => {
    if (others.length === 0) return [name, value] as const
    throw new SandboxRefused(400, `${name} can be asked for once, and was given more often.`)
  })
  return Object.fromEntries(asked)
}

/** @throws SandboxRefused on whatever is asked. */
export function refuseQuery(context: Context): void {
  checkQuery(readQuery(context), [])
}
