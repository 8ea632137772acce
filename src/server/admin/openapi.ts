/** The OpenAPI 3.1 document: made from the routes, with shapes that have a title named once. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { AdminApp } from './parts.ts'
import { Problem } from './schemas.ts'

const ABOUT = `Catalog, keys, tokens, usage records and refusals of a Marketmeter.

Every request but those for health and for this document carries a bearer token. A seller's token sees and
changes what is that seller's; everything else is answered as if it were not there. A read-only token changes
nothing. Problems are RFC 9457 problem details; \`code\` is stable.`

export function DOCUMENT(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Marketmeter admin API',
        description: ABOUT,
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    convertConstToEnum: false,
  }
}

type Json = null | boolean | number | string | Json[] | JsonObject
interface JsonObject {
  [name: string]: Json
}

export function openApiDocument(app: AdminApp): Json {
  const document = JSON.parse(JSON.stringify(app.swagger())) as JsonObject
  const schemas: JsonObject = {}
  const paths = hoist(completed(document['paths'] ?? {}), schemas)
  const components = document['components']
  const named = Object.entries(schemas).sort(([left], [right]) => (left < right ? -1 : 1))
  return {
    ...document,
    components: { ...(isObject(components) ? components : {}), schemas: Object.fromEntries(named) },
    paths,
  }
}

/** Names each operation, and says that it may be answered with a problem. */
function completed(paths: Json): Json {
  const problem = {
    description: 'A problem',
    content: {
      'application/problem+json': { schema: JSON.parse(JSON.stringify(Problem)) as Json },
    },
  }
  for (const [path, methods] of Object.entries(isObject(paths) ? paths : {})) {
    for (const [method, operation] of Object.entries(isObject(methods) ? methods : {})) {
      if (!isObject(operation)) continue
      operation['operationId'] = operationIdOf(method, path)
      const responses = operation['responses']
      if (!isObject(responses)) continue
      for (const answer of Object.values(responses)) {
        if (isObject(answer)) answer['description'] = operation['summary'] ?? ''
      }
      responses['default'] = problem
    }
  }
  return paths
}

/** `post /v1/agreements/{id}/cancel` is `postAgreementsIdCancel`. */
function operationIdOf(method: string, path: string): string {
  const words = path.replace(/^\/v1\//, '').match(/[a-z]+/gi) ?? []
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** Puts each shape with a title among the named ones, and a reference in its place. */
function hoist(value: Json, schemas: JsonObject): Json {
  if (Array.isArray(value)) return value.map((one) => hoist(one, schemas))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [name, hoist(member, schemas)])
  const whole = Object.fromEntries(members) as JsonObject
  const { title, ...schema } = whole
  if (typeof title !== 'string' || whole['type'] !== 'object') return whole
  schemas[title] = schema
  return { $ref: `#/components/schemas/${title}` }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
