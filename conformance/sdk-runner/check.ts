/** Holds what an SDK printed against the script. */
import { isDeepStrictEqual } from 'node:util'
import type { SdkRecord, SdkStep } from './script.ts'

/** One line of a program. Everything is anybody's until it was looked at. */
type Line = Readonly<Record<string, unknown>>

/**
 * What one SDK is known not to do. Each entry is a fact about the SDK, never about the service.
 *
 * @property unsupported Members that its model does not have.
 * @property wholeSeconds It cuts timestamps before it sends them.
 * @property requestIds Whether it shows the request id.
 */
export interface Traits {
  readonly unsupported?: readonly string[]
  readonly wholeSeconds?: boolean
  readonly requestIds?: boolean
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @param ids Metering record ids by name, shared by all SDKs of a run. */
export function checkLines(
  steps: readonly SdkStep[],
  stdout: string,
  traits: Traits,
  ids: Map<string, string>,
): readonly string[] {
  const lines = stdout.split('\n').filter((line) => line !== '')
  const found: string[] = []
  for (const [index, step] of steps.entries()) {
    const line = parse(lines[index] ?? '')
    const problems =
      line === undefined ? ['it printed nothing'] : checkLine(step, line, traits, ids)
    found.push(...problems.map((problem) => `${step.name}: ${problem}`))
  }
  if (lines.length > steps.length)
    found.push(`it printed ${lines.length - steps.length} lines more`)
  return found
}

function parse(line: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Line) : undefined
  } catch {
    return undefined
  }
}

function checkLine(
  step: SdkStep,
  line: Line,
  traits: Traits,
  ids: Map<string, string>,
): readonly string[] {
  if (line['step'] !== step.name) return [`it answered ${String(line['step'])} instead`]
  const { unsupported } = line
  if (typeof unsupported === 'string') {
    return traits.unsupported?.includes(unsupported)
      ? []
      : [`it says that it knows no ${unsupported}`]
  }
  const found = checkAnswer(step, line, traits, ids)
  if (traits.requestIds !== false && !UUID.test(String(line['requestId']))) {
    found.push(`the request id is ${String(line['requestId'])}`)
  }
  return found
}

function checkAnswer(
  step: SdkStep,
  line: Line,
  traits: Traits,
  ids: Map<string, string>,
): string[] {
  const { wanted } = step
  if ('error' in wanted) return checkError(wanted, line)
  return 'answer' in wanted
    ? checkMembers(wanted.answer, line, traits)
    : checkResults(step, line, traits, ids)
}

/** Members that an SDK shows as null are absent, and those that it does not know it cannot show. */
function checkMembers(
  wanted: Readonly<Record<string, string>>,
  line: Line,
  { unsupported = [] }: Traits,
): string[] {
  const { answer } = line
  if (typeof answer !== 'object' || answer === null) {
    return [`no answer but ${JSON.stringify(line)}`]
  }
  const shown = Object.entries(answer).filter(([, value]) => value !== null)
  const known = Object.entries(wanted).filter(([name]) => !unsupported.includes(name))
  return isDeepStrictEqual(Object.fromEntries(shown), Object.fromEntries(known))
    ? []
    : [`the answer is ${JSON.stringify(answer)}`]
}

function checkError(
  wanted: { readonly error: string; readonly typed: boolean },
  line: Line,
): string[] {
  const error = line['error']
  if (typeof error !== 'object' || error === null)
    return [`no ${wanted.error} but ${JSON.stringify(line)}`]
  const { code, class: className } = error as Line
  const found: string[] = []
  if (code !== wanted.error) found.push(`the error is ${String(code)}, not ${wanted.error}`)
  if (wanted.typed && className !== wanted.error) {
    found.push(`the error’s class is ${String(className)}, not ${wanted.error}`)
  }
  return found
}

function checkResults(
  { wanted, request }: SdkStep,
  line: Line,
  traits: Traits,
  ids: Map<string, string>,
): string[] {
  const results = line['results']
  if (!('results' in wanted) || !Array.isArray(results))
    return [`no results but ${JSON.stringify(line)}`]
  if (results.length !== wanted.results.length) return [`it has ${results.length} results`]
  const found = line['unprocessed'] === 0 ? [] : ['there are unprocessed records']
  for (const [index, one] of wanted.results.entries()) {
    const result = results[index] as Line
    if (result['status'] !== one.status) found.push(`the status is ${String(result['status'])}`)
    found.push(...checkEcho(result, recordAt(request, index), traits))
    if (one.id !== undefined) found.push(...checkId(result['id'], one.id, ids))
  }
  return found
}

function recordAt(request: SdkStep['request'], index: number): SdkRecord | undefined {
  return 'UsageRecords' in request ? request.UsageRecords[index] : undefined
}

function checkEcho(
  result: Line,
  record: SdkRecord | undefined,
  { wholeSeconds }: Traits,
): string[] {
  const sentMs = record?.TimestampMs ?? 0
  const timestampMs = wholeSeconds ? Math.floor(sentMs / 1_000) * 1_000 : sentMs
  const same =
    result['dimension'] === record?.Dimension &&
    result['quantity'] === record?.Quantity &&
    result['timestampMs'] === timestampMs
  return same ? [] : [`the record came back as ${JSON.stringify(result)}`]
}

function checkId(id: unknown, name: string, ids: Map<string, string>): string[] {
  if (typeof id !== 'string' || !UUID.test(id)) return [`the id is ${String(id)}`]
  const known = ids.get(name)
  ids.set(name, known ?? id)
  return known === undefined || known === id ? [] : [`the id of ${name} is ${id}, and was ${known}`]
}
