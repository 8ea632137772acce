/** Holds what an SDK printed against the script. */
import { isDeepStrictEqual } from 'node:util'
import { tokenDifferences } from '../compare-signature.ts'
import type { SdkQuestion, SdkRecord } from './step.ts'

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
  /** Whether its language brings what verifies a signature; the check here does so anyhow. */
  readonly verifies?: boolean
  /** Whether it shows how many pages there were. */
  readonly pages?: boolean
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @param ids Metering record ids by name, shared by all SDKs of a run. */
export function checkLines(
  steps: readonly SdkQuestion[],
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
  step: SdkQuestion,
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
  step: SdkQuestion,
  line: Line,
  traits: Traits,
  ids: Map<string, string>,
): string[] {
  const { wanted } = step
  if ('error' in wanted) return checkError(wanted, line)
  if ('results' in wanted) return checkResults(step, line, traits, ids)
  const answer = line['answer']
  if (!isLine(answer)) return [`no answer but ${JSON.stringify(line)}`]
  if ('answer' in wanted) return checkMembers(wanted.answer, answer, traits)
  if ('recordId' in wanted) return checkId(answer['MeteringRecordId'], wanted.recordId, ids)
  return 'signedBy' in wanted
    ? checkSignature(step, wanted.signedBy, answer, line['verified'], traits)
    : checkEntitlements(wanted, answer, traits)
}

function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null
}

/** By the SDK's own language where it can, and here in any case: what is signed must have arrived whole. */
function checkSignature(
  { request, publicKey = '' }: SdkQuestion,
  signedBy: 'current' | 'rotated',
  { Signature, PublicKeyRotationTimestampMs: rotation }: Line,
  verified: unknown,
  { verifies }: Traits,
): string[] {
  const version = 'PublicKeyVersion' in request ? request.PublicKeyVersion : 0
  const found = [...tokenDifferences(String(Signature), { ...request }, [{ version, publicKey }])]
  if (verifies !== false && verified !== true) found.push('it could not verify the signature')
  if ((typeof rotation === 'number') !== (signedBy === 'rotated')) {
    found.push(`the time of the rotation is ${String(rotation)}`)
  }
  return found
}

function checkEntitlements(
  wanted: { readonly entitlements: readonly object[]; readonly pages: number },
  { Entitlements: listed, pages }: Line,
  { unsupported = [], pages: showsPages = true }: Traits,
): string[] {
  const found = showsPages && pages !== wanted.pages ? [`there were ${String(pages)} pages`] : []
  const known = wanted.entitlements.map((one) => without(one, unsupported))
  return isDeepStrictEqual(sorted(present(listed)), sorted(known))
    ? found
    : [...found, `the entitlements are ${JSON.stringify(listed)}, not ${JSON.stringify(known)}`]
}

function without(members: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)))
}

/** The order is the service's to choose, and no two have account and dimension in common. */
function sorted(listed: unknown): unknown {
  if (!Array.isArray(listed)) return listed
  const items: readonly unknown[] = listed
  const nameOf = (item: unknown) => {
    const { CustomerAWSAccountId: account, Dimension: dimension } = isLine(item) ? item : {}
    return JSON.stringify([account, dimension])
  }
  return [...items].sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
}

/** Members that an SDK shows as null are absent. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present)
  if (!isLine(value)) return value
  const shown = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(shown.map(([name, member]) => [name, present(member)]))
}

/** What an SDK does not know it cannot show. */
function checkMembers(
  wanted: Readonly<Record<string, string>>,
  answer: Line,
  { unsupported = [] }: Traits,
): string[] {
  return isDeepStrictEqual(present(answer), without(wanted, unsupported))
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
  { wanted, request }: SdkQuestion,
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

function recordAt(request: SdkQuestion['request'], index: number): SdkRecord | undefined {
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
