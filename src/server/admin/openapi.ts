/** The OpenAPI 3.1 document: made from the routes, with shapes that have a title named once. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { AdminApp } from './app.ts'
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
  const paths = hoist(withProblems(document['paths'] ?? {}), schemas)
  const components = document['components']
  const named = Object.entries(schemas).sort(([left], [right]) => (left < right ? -1 : 1))
  return {
    ...document,
    components: { ...(isObject(components) ? components : {}), schemas: Object.fromEntries(named) },
    paths,
  }
}

/** Every operation may be answered with a problem. */
function withProblems(paths: Json): Json {
  const problem = {
    description: 'A problem',
    content: {
      'application/problem+json': { schema: JSON.parse(JSON.stringify(Problem)) as Json },
    },
  }
  for (const path of Object.values(isObject(paths) ? paths : {})) {
    for (const operation of Object.values(isObject(path) ? path : {})) {
      const responses = isObject(operation) ? operation['responses'] : undefined
      if (isObject(responses)) responses['default'] = problem
    }
  }
  return paths
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
