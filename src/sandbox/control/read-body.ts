/** What a control request brings: JSON, with the members that there are and no others. */
import type { Context } from 'hono'
import { SandboxRefused, shown } from '../refused.ts'

export type Members = Readonly<Record<string, unknown>>

/** Undefined for an empty body. @throws SandboxRefused */
export async function readJson(context: Context): Promise<unknown> {
  const text = await context.req.text()
  if (text === '') return undefined
  // A form of another site's page has no way to say this.
  if (
    context.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase() !==
    'application/json'
  ) {
    throw new SandboxRefused(400, 'Send the body with Content-Type: application/json.')
  }
  return parsed(text)
}

/** An empty body is an object without members. @throws SandboxRefused */
export async function readMembers(context: Context, known: readonly string[]): Promise<Members> {
  const value = (await readJson(context)) ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new SandboxRefused(400, `The body is no JSON object. ${listOf(known)}`)
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new SandboxRefused(400, `There is no member ${JSON.stringify(name)}. ${listOf(known)}`)
    }
  }
  return value as Members
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SandboxRefused(400, 'The body is no JSON.')
  }
}

function listOf(known: readonly string[]): string {
  return known.length === 0 ? 'It has none here.' : `Its members are: ${known.join(', ')}.`
}

/** @throws SandboxRefused unless the member is absent or of the type. */
export function textIn(members: Members, name: string): string | undefined {
  const value = members[name]
  if (value === undefined || typeof value === 'string') return value
  throw new SandboxRefused(400, `${name} is no text.`)
}

export function choiceIn<const Choice extends string>(
  members: Members,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = members[name]
  if (value === undefined) return undefined
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  throw new SandboxRefused(
    400,
    `There is no ${name} ${shown(value)}. There are: ${choices.join(', ')}.`,
  )
}
