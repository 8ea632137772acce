/** The one place where an error of the admin API becomes an answer. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { StoreBusy } from '../../store/busy.ts'
import { LineBudget } from '../line-budget.ts'
import type { Log } from '../log.ts'
import type { AdminApp } from './parts.ts'
import { AdminProblem, detailsOf, PROBLEM_TYPE, type ProblemPart } from './problem.ts'

type Fail = (error: Error, request: FastifyRequest, reply: FastifyReply) => void

const FAILURE_LINES = { linesMax: 1, windowMs: 60_000 }

export function addErrors(app: AdminApp, log: Log): void {
  const fail = failureHandler(log)
  app.setErrorHandler<Error>((error, request, reply) => {
    fail(error, request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    fail(
      new AdminProblem('notFound', `There is no ${request.method} of this path.`),
      request,
      reply,
    )
  })
}

export function failureHandler(log: Log): Fail {
  const lines = new LineBudget(FAILURE_LINES, () => performance.now())
  return (error, request, reply) => {
    const problem = problemOf(error)
    if (problem.code === 'internal' && lines.take(String(error)) !== undefined) {
      log.error({ requestId: request.id, err: error }, 'an admin request failed')
    }
    if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
    if (problem.code === 'tooManyFailures') reply.header('retry-after', '60')
    if (problem.code === 'busy') reply.header('retry-after', '5')
    const details = detailsOf(problem, request.id)
    reply.code(details.status).type(PROBLEM_TYPE).send(JSON.stringify(details))
  }
}

function problemOf(error: Error): AdminProblem {
  if (error instanceof AdminProblem) return error
  if (error instanceof StoreBusy) return new AdminProblem('busy', error.message)
  const { statusCode, validation, validationContext, message } = error as Partial<FastifyError>
  if (validation !== undefined) {
    const where = validationContext === 'querystring' ? 'query' : (validationContext ?? 'request')
    return new AdminProblem(
      'invalidRequest',
      '',
      validation.map((one) => partOf(where, one)),
    )
  }
  if (statusCode === 413) return new AdminProblem('bodyTooLarge')
  if (statusCode === 415) return new AdminProblem('unsupportedMediaType')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AdminProblem('invalidRequest', message)
  }
  return new AdminProblem('internal')
}

interface Finding {
  readonly instancePath: string
  readonly message?: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Written as the catalog's rules write it: `body.dimensions[0].price`. */
function partOf(where: string, { instancePath, message = '', params }: Finding): ProblemPart {
  const unknown = params['additionalProperty']
  const text =
    typeof unknown === 'string' ? `there is no member ${JSON.stringify(unknown)}` : message
  const path = instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.')
  return { where: `${where}${path}`, text }
}
