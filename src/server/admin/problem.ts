/**
 * What the admin API says when it does not do what was asked: RFC 9457 problem details.
 *
 * `code` is stable and for programs; `detail` and `problems` are for people, and may change.
 * docs/admin-api.md lists the codes; the table below is where they come from.
 */
import type { NameRule } from '../../core/catalog-names.ts'

export const PROBLEMS = {
  invalidRequest: { status: 400, title: 'The request is not valid' },
  invalidCursor: { status: 400, title: 'The cursor was not made by this service' },
  unauthorized: { status: 401, title: 'A valid bearer token is needed' },
  operatorOnly: { status: 403, title: "Only an operator's token may do this" },
  readOnlyToken: { status: 403, title: 'The token may only read' },
  notFound: { status: 404, title: 'There is no such thing' },
  exists: { status: 409, title: 'There is one already' },
  bodyTooLarge: { status: 413, title: 'The body is too large' },
  unsupportedMediaType: { status: 415, title: 'The body must be application/json' },
  refused: { status: 422, title: 'The rules of the catalog refuse this' },
  tooManyFailures: { status: 429, title: 'Too many requests without a valid token' },
  internal: { status: 500, title: 'A store failed; the log says why' },
  busy: { status: 503, title: 'Too much is looked up at once' },
  unavailable: { status: 503, title: 'Not available here' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** One of several things that are wrong, and where. */
export interface ProblemPart {
  readonly where: string
  readonly text: string
}

export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly problems?: readonly ProblemPart[]
  readonly requestId: string
}

export const PROBLEM_TYPE = 'application/problem+json'

/** Thrown by routes; the error handler answers it. */
export class AdminProblem extends Error {
  readonly code: ProblemCode
  readonly problems: readonly ProblemPart[] | undefined

  constructor(code: ProblemCode, detail = '', problems?: readonly ProblemPart[]) {
    super(detail)
    this.code = code
    this.problems = problems
  }
}

export function notFound(kind: string, name: string): AdminProblem {
  return new AdminProblem('notFound', `There is no ${kind} ${name}.`)
}

export function exists(kind: string, name: string): AdminProblem {
  return new AdminProblem('exists', `There is a ${kind} ${name} already.`)
}

/** @throws AdminProblem if there is text and it is not written as such a name is. */
export function requiredName<Name>(
  where: string,
  rule: NameRule<Name>,
  text: string | undefined,
): Name | undefined {
  if (text === undefined) return undefined
  const name = rule.parse(text)
  if (name !== undefined) return name
  const problem = { where, text: `expected ${rule.expected}, got ${JSON.stringify(text)}` }
  throw new AdminProblem('invalidRequest', '', [problem])
}

export function detailsOf(
  { code, message, problems }: AdminProblem,
  requestId: string,
): ProblemDetails {
  const { status, title } = PROBLEMS[code]
  return {
    type: `urn:marketmeter:problem:${code}`,
    title,
    status,
    code,
    ...(message !== '' && { detail: message }),
    ...(problems && { problems }),
    requestId,
  }
}
