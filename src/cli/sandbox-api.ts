/** What the `sandbox` commands have in common: which sandbox and workspace they mean, and how they ask it. */
import type { Problem } from '../core/catalog-change.ts'
import type { Locate } from '../server/catalog-file/read.ts'
import { problemText } from '../server/problem-text.ts'
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
  /** Where in a file the body's members stand, if they came from one. */
  readonly locate?: Locate | undefined
}

/** Asks for something of the workspace. @param path Begins with a slash, or is empty. @throws CommandFailure */
export async function askWorkspace<Answer>(
  options: SandboxOptionValues,
  path: string,
  asked: Asked = {},
): Promise<Answer> {
  return askFor<Answer>(options, workspacePath(options, path), asked)
}

/** The same of the sandbox as a whole. */
export async function askFor<Answer>(
  options: Pick<SandboxOptionValues, 'url'>,
  path: string,
  asked: Asked = {},
): Promise<Answer> {
  const answer = await ask(options, path, asked)
  try {
    return (await answer.json()) as Answer
  } catch {
    throw new CommandFailure(noSandboxAt(answer.url), NOT_DONE)
  }
}

export function workspacePath({ workspace = 'default' }: SandboxOptionValues, path: string) {
  return `/workspaces/${segment('--workspace', workspace)}${path}`
}

/** A name as one part of a path. Nothing is called what would be another path. */
export function segment(what: string, name: string): string {
  if (!['', '.', '..'].includes(name)) return encodeURIComponent(name)
  throw new CommandFailure(`${what}: nothing is called ${JSON.stringify(name)}.`, WRONG_LINE)
}

/** @throws CommandFailure where there is no sandbox, or it refuses. */
export async function ask(
  { url = DEFAULT_URL }: Pick<SandboxOptionValues, 'url'>,
  path: string,
  { method = 'GET', body, locate }: Asked = {},
): Promise<Response> {
  const place = placeOf(url)
  const answer = await fetch(`${place}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch((error: unknown) => {
    throw noAnswer(place, error)
  })
  if (answer.ok) return answer
  throw new CommandFailure(refusalIn(await answer.text(), place, locate), NOT_DONE)
}

export function placeOf(url: string): string {
  if (URL.canParse(url)) {
    const { protocol, origin, href } = new URL(url)
    const isWeb = protocol === 'http:' || protocol === 'https:'
    // What else it says would be passed over: of a workspace's URL, which workspace.
    if (isWeb && href === `${origin}/`) return origin
  }
  throw new CommandFailure(
    `--url: expected the control endpoint and no more, such as ${DEFAULT_URL}, got ${JSON.stringify(url)}; a workspace is named by --workspace`,
    WRONG_LINE,
  )
}

export function noAnswer(place: string, error: unknown): CommandFailure {
  const text = `No sandbox answers at ${place}: ${causeOf(error)}. Start one with: marketmeter sandbox; or say where it is: --url`
  return new CommandFailure(text, NOT_DONE)
}

/** `fetch failed` says nothing; what it failed for is the cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const { code, message } = cause as { readonly code?: string; readonly message?: string }
  return code ?? message ?? String(cause)
}

/** @param locate Writes a problem with the body as a line; absent: with its path. */
export function refusalIn(text: string, place: string, locate = problemText): string {
  const { error, problems = [] } = membersOf(text)
  if (typeof error !== 'string') return noSandboxAt(place)
  return [error, ...problems.map((problem) => locate(problem))].join('\n')
}

interface Refusal {
  readonly error?: unknown
  readonly problems?: readonly Problem[]
}

function membersOf(text: string): Refusal {
  try {
    return (JSON.parse(text) as Refusal | null) ?? {}
  } catch {
    return {}
  }
}

/** The likeliest is the endpoint for SDKs, which answers in JSON, too. */
function noSandboxAt(url: string): string {
  return `${new URL(url).origin} answers, but is no control endpoint of a sandbox. A sandbox prints its control endpoint when it starts.`
}
