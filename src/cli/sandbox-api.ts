/** What the `sandbox` commands have in common: which sandbox and workspace they mean, and how they ask it. */
import { CommandFailure } from './command.ts'

export const WRONG_LINE = 2
export const NOT_DONE = 1

export const DEFAULT_URL = 'http://127.0.0.1:7071'

export const SANDBOX_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    about: `Control endpoint of the sandbox (default ${DEFAULT_URL})`,
  },
  workspace: { type: 'string', value: 'ID', about: 'Workspace (default: the default one)' },
} as const

export const SANDBOX_EXITS = {
  0: 'done',
  [NOT_DONE]: 'the sandbox does not answer, or refused; stderr says why',
  [WRONG_LINE]: 'the command line was wrong',
} as const

export interface SandboxOptionValues {
  readonly url: string | undefined
  readonly workspace: string | undefined
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: object
}

/** Asks for something of the workspace. @param path Begins with a slash, or is empty. @throws CommandFailure */
export async function askWorkspace<Answer>(
  options: SandboxOptionValues,
  path: string,
  asked: Asked = {},
): Promise<Answer> {
  const { workspace = 'default' } = options
  const answer = await ask(options, `/workspaces/${encodeURIComponent(workspace)}${path}`, asked)
  return (await answer.json()) as Answer
}

/** @throws CommandFailure where there is no sandbox, or it refuses. */
export async function ask(
  { url = DEFAULT_URL }: SandboxOptionValues,
  path: string,
  { method = 'GET', body }: Asked = {},
): Promise<Response> {
  const place = placeOf(url)
  const answer = await fetch(`${place}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch((error: unknown) => {
    const text = `No sandbox answers at ${place}: ${causeOf(error)}. Start one with: marketmeter sandbox; or say where it is: --url`
    throw new CommandFailure(text, NOT_DONE)
  })
  if (answer.ok) return answer
  throw new CommandFailure(refusalIn(await answer.text(), place), NOT_DONE)
}

function placeOf(url: string): string {
  try {
    return new URL(url).origin
  } catch {
    throw new CommandFailure(`--url: expected such as ${DEFAULT_URL}`, WRONG_LINE)
  }
}

/** `fetch failed` says nothing; what it failed for is the cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const { code, message } = cause as { readonly code?: string; readonly message?: string }
  return code ?? message ?? String(cause)
}

function refusalIn(text: string, place: string): string {
  try {
    const { error, problems = [] } = JSON.parse(text) as {
      readonly error: string
      readonly problems?: readonly string[]
    }
    return [error, ...problems].join('\n')
  } catch {
    return `${place} answers, but is no sandbox. Its control endpoint stands in what it printed at its start.`
  }
}
