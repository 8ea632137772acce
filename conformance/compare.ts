/**
 * Compares an answer with what the case expects, and with what every answer must be.
 *
 * Every difference is told, one sentence each; no difference means that the answer is right.
 */
import { isDeepStrictEqual } from 'node:util'
import { headersWanted, readBody, shortened, textOf } from './answer-body.ts'
import type { Bindings } from './bindings.ts'
import type {
  Expected,
  ExpectedAnswer,
  ExpectedError,
  ExpectedRecordId,
  ExpectedResult,
} from './case.ts'
import { entitlementsDifferences, type Pages } from './compare-entitlements.ts'
import { signatureDifferences } from './compare-signature.ts'
import { echoOf, isObject, type Members } from './echo.ts'
import type { Answer, Sent } from './exchange.ts'

/** What stays the same, or is kept, over the steps of one case. */
export interface Memory extends Pages {
  readonly bindings: Pick<Bindings, 'authStatus' | 'containerProduct' | 'contractProduct'>
  /** Metering record ids by the name that the case gave them. */
  readonly ids: Map<string, string>
}

export function newMemory(bindings: Memory['bindings']): Memory {
  return { bindings, ids: new Map(), shown: new Set(), nextToken: undefined }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DATE_SECONDS_MAX = 60

export function differences(
  sent: Sent,
  answer: Answer,
  expected: Expected,
  memory: Memory,
): readonly string[] {
  const found = headerDifferences(sent, answer)
  const body = readBody(sent, answer)
  if (body === undefined) {
    return [...found, `the body is not an object of its protocol: ${textOf(answer)}`]
  }
  return [...found, ...bodyDifferences(sent, answer, body, expected, memory)]
}

function bodyDifferences(
  sent: Sent,
  answer: Answer,
  body: Members,
  expected: Expected,
  memory: Memory,
): readonly string[] {
  if ('type' in expected) return errorDifferences(answer, body, expected, memory)
  if (answer.status !== 200) return [`the status is ${answer.status}, not 200 (${textOf(answer)})`]
  if ('answer' in expected) return answerDifferences(answer, body, expected)
  if ('recordId' in expected) return recordIdDifferences(answer, body, expected, memory)
  const { containerProduct, contractProduct } = memory.bindings
  if ('signedBy' in expected) {
    return signatureDifferences(sent, body, expected, containerProduct?.publicKeys)
  }
  return 'entitlements' in expected
    ? entitlementsDifferences(body, expected, contractProduct, memory)
    : resultsDifferences(sent, answer, body, expected.results, memory)
}

function headerDifferences(sent: Sent, { headers }: Answer): string[] {
  const found: string[] = []
  for (const [name, wanted] of Object.entries(headersWanted(sent))) {
    const value = headers[name]
    if (value !== wanted) found.push(`${name} is ${String(value)}, not ${wanted}`)
  }
  const requestId = String(headers['x-amzn-requestid'])
  if (!UUID.test(requestId)) found.push(`x-amzn-RequestId is ${requestId}, not a UUID`)
  const seconds = Math.abs(Date.parse(headers.date ?? '') - Date.now()) / 1_000
  // A wrong Date makes several SDKs move their own clocks; none at all is harmless.
  if (headers.date !== undefined && !(seconds <= DATE_SECONDS_MAX)) {
    found.push(`Date is ${headers.date}, which is not now`)
  }
  return found
}

function answerDifferences(answer: Answer, body: Members, expected: ExpectedAnswer): string[] {
  const wanted: unknown = JSON.parse(JSON.stringify(expected.answer))
  if (isDeepStrictEqual(body, wanted)) return []
  return [`the answer is ${textOf(answer)}, not ${shortened(JSON.stringify(wanted))}`]
}

function recordIdDifferences(
  answer: Answer,
  { MeteringRecordId: id, ...unknown }: Members,
  { recordId }: ExpectedRecordId,
  { ids }: Memory,
): string[] {
  if (typeof id !== 'string' || !UUID.test(id) || Object.keys(unknown).length > 0) {
    return [`the answer is ${textOf(answer)}, not a MeteringRecordId alone`]
  }
  return idDifferences(id, recordId, ids)
}

function errorDifferences(
  answer: Answer,
  body: Members,
  expected: ExpectedError,
  memory: Memory,
): string[] {
  const found: string[] = []
  const status = expected.status === 'auth' ? (memory.bindings.authStatus ?? 400) : expected.status
  if (answer.status !== status) found.push(`the status is ${answer.status}, not ${status}`)
  const type = String(body['__type']).replace(/^.*#/, '')
  if (type !== expected.type) {
    found.push(`__type is ${type}, not ${expected.type} (${textOf(answer)})`)
  }
  const message = body['message'] ?? body['Message']
  if (!isMessage(message, expected.message)) {
    found.push(`the message is ${JSON.stringify(message)}, not ${String(expected.message)}`)
  }
  const unknown = Object.keys(body).filter((name) => !/^(__type|[mM]essage)$/.test(name))
  if (unknown.length > 0) found.push(`AWS has no member ${unknown.join(', ')} in an error`)
  return found
}

function isMessage(message: unknown, expected: string | RegExp | undefined): boolean {
  if (expected === undefined) return true
  if (typeof message !== 'string') return false
  return typeof expected === 'string' ? message === expected : expected.test(message)
}

function resultsDifferences(
  sent: Sent,
  answer: Answer,
  body: Members,
  expected: readonly (string | ExpectedResult)[],
  memory: Memory,
): string[] {
  const found: string[] = []
  if (!isDeepStrictEqual(Object.keys(body).sort(), ['Results', 'UnprocessedRecords'])) {
    found.push(`the answer has the members ${Object.keys(body).join(', ')}`)
  }
  const { Results: results, UnprocessedRecords: unprocessed } = body
  if (!isDeepStrictEqual(unprocessed, [])) found.push('UnprocessedRecords is not an empty list')
  if (!Array.isArray(results) || results.length !== expected.length) {
    return [...found, `there are not ${expected.length} results: ${textOf(answer)}`]
  }
  const echoes = echoOf(sent.body.toString('utf8'))
  for (const [index, one] of expected.entries()) {
    const wanted = typeof one === 'string' ? { status: one } : one
    const differing = resultDifferences(results[index], wanted, echoes[index], memory)
    found.push(...differing.map((sentence) => `result ${index + 1}: ${sentence}`))
  }
  return found
}

function resultDifferences(
  result: unknown,
  expected: { readonly status: string; readonly id?: string },
  echo: unknown,
  memory: Memory,
): string[] {
  if (!isObject(result)) return ['it is not an object']
  const found: string[] = []
  const { Status: status, MeteringRecordId: id, UsageRecord: usageRecord, ...unknown } = result
  if (status !== expected.status) found.push(`Status is ${String(status)}, not ${expected.status}`)
  if (Object.keys(unknown).length > 0)
    found.push(`AWS has no member ${Object.keys(unknown).join()}`)
  if (!isDeepStrictEqual(echoOf(JSON.stringify({ UsageRecords: [usageRecord] }))[0], echo)) {
    found.push(`the record is not echoed as it was sent: ${shortened(JSON.stringify(usageRecord))}`)
  }
  if (expected.status !== 'Success') {
    if (id !== undefined && id !== null) found.push('it has a MeteringRecordId')
  } else if (typeof id !== 'string' || !UUID.test(id)) {
    found.push(`MeteringRecordId is ${String(id)}, not a UUID`)
  } else {
    found.push(...idDifferences(id, expected.id, memory.ids))
  }
  return found
}

function idDifferences(id: string, name: string | undefined, ids: Map<string, string>): string[] {
  if (name === undefined) return []
  const known = ids.get(name)
  if (known !== undefined) {
    return known === id ? [] : [`the id of ${name} was ${known} and is now ${id}`]
  }
  const other = [...ids].find(([, held]) => held === id)
  ids.set(name, id)
  return other === undefined ? [] : [`the id is that of ${other[0]}, and should be another one`]
}
