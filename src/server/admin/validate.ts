/**
 * Checks requests against their schemas, all problems at once.
 *
 * Bodies are taken as they are: "5" is no number. Queries are text, so there numbers and truths are read from it.
 * A schema is compiled when it is first needed, because a server's start should not wait for forty of them.
 */
import { Ajv2020, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'

interface Compilable {
  readonly schema: unknown
  readonly httpPart?: string
}

type Check = (
  data: unknown,
) => { value: unknown } | { error: Error & { validation: ErrorObject[] } }

export function validatorCompiler(): (route: Compilable) => Check {
  const options = { allErrors: true, strict: false }
  const exact = new Ajv2020(options)
  const lenient = new Ajv2020({ ...options, coerceTypes: true })
  return ({ schema, httpPart }) => {
    const ajv = httpPart === 'body' ? exact : lenient
    let compiled: ValidateFunction | undefined
    return (value) => {
      compiled ??= ajv.compile(schema as AnySchema)
      if (compiled(value)) return { value }
      const validation = compiled.errors ?? []
      return { error: Object.assign(new Error('The request is not valid.'), { validation }) }
    }
  }
}
