/**
 * Compares an answer with what the case expects, and with what every answer must be.
 *
 * Every difference is told, one sentence each; no difference means that the answer is right.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Expected, ExpectedAnswer, ExpectedError, ExpectedResult } from './case.ts'
import { echoOf, isObject, type Members } from './echo.ts'
import type { Answer, Sent } from './exchange.ts'

/** What stays the same over the steps of one case. */
export interface Memory {
  readonly authStatus: 400 | 403
  /** Metering record ids by the name that the case gave them. */
  readonly ids: Map<string, string>
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const CONTENT_TYPE = 'application/x-amz-json-1.1'
const DATE_SECONDS_MAX = 60

export function differences(
  sent: Sent,
  answer: Answer,
  expected: Expected,
  memory: Memory,
): readonly string[] {
  const found = headerDifferences(answer)
  const body = parse(answer.body)
  if (body === undefined) {
    return [...found, `the body is not a JSON object: ${shortened(answer.body)}`]
  }
  if ('answer' in expected) return [...found, ...answerDifferences(answer, body, expected)]
  return 'results' in expected
    ? [...found, ...resultsDifferences(sent, answer, body, expected.results, memory)]
    : [...found, ...errorDifferences(answer, body, expected, memory)]
}

function headerDifferences({ headers }: Answer): string[] {
  const found: string[] = []
  const type = headers['content-type']
  if (type !== CONTENT_TYPE) found.push(`content-type is ${String(type)}, not ${CONTENT_TYPE}`)
  const requestId = String(headers['x-amzn-requestid'])
  if (!UUID.test(requestId)) found.push(`x-amzn-RequestId is ${requestId}, not a UUID`)
  const seconds = Math.abs(Date.parse(headers.date ?? '') - Date.now()) / 1_000
  // A wrong Date makes several SDKs move their own clocks; none at all is harmless.
  if (headers.date !== undefined && !(seconds <= DATE_SECONDS_MAX)) {
    found.push(`Date is ${headers.date}, which is not now`)
  }
  return found
}

function answerDifferences(
  { status, body: text }: Answer,
  body: Members,
  { answer }: ExpectedAnswer,
): string[] {
  if (status !== 200) return [`the status is ${status}, not 200 (${shortened(text)})`]
  const wanted: unknown = JSON.parse(JSON.stringify(answer))
  if (isDeepStrictEqual(body, wanted)) return []
  return [`the answer is ${shortened(text)}, not ${shortened(JSON.stringify(wanted))}`]
}

function errorDifferences(
  answer: Answer,
  body: Members,
  expected: ExpectedError,
  memory: Memory,
): string[] {
  const found: string[] = []
  const status = expected.status === 'auth' ? memory.authStatus : expected.status
  if (answer.status !== status) found.push(`the status is ${answer.status}, not ${status}`)
  const type = String(body['__type']).replace(/^.*#/, '')
  if (type !== expected.type) {
    found.push(`__type is ${type}, not ${expected.type} (${shortened(answer.body)})`)
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
  if (answer.status !== 200) {
    return [`the status is ${answer.status}, not 200 (${shortened(answer.body)})`]
  }
  const found: string[] = []
  if (!isDeepStrictEqual(Object.keys(body).sort(), ['Results', 'UnprocessedRecords'])) {
    found.push(`the answer has the members ${Object.keys(body).join(', ')}`)
  }
  const { Results: results, UnprocessedRecords: unprocessed } = body
  if (!isDeepStrictEqual(unprocessed, [])) found.push('UnprocessedRecords is not an empty list')
  if (!Array.isArray(results) || results.length !== expected.length) {
    return [...found, `there are not ${expected.length} results: ${shortened(answer.body)}`]
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

function parse(body: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function shortened(text: string | undefined): string {
  const whole = text ?? ''
  return whole.length > 300 ? `${whole.slice(0, 300)}…` : whole
}
