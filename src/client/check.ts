/**
 * Finds everything in a request that AWS would refuse it for, as far as one can tell without asking.
 *
 * Why ours    AWS stops at the first rule that is broken. Here each rule of `core` and `wire` is asked about each
 *             record, so that one reading mends the request.
 * Limits      What only the server knows is not checked: products, dimensions, buyers, agreements, licenses, keys.
 * Checked by  check.test.ts: both sides of every limit, and many breaches at once.
 */
import {
  repeatedKeyProblem,
  repeatedTagSetProblem,
  sumProblem,
  tagCountProblem,
  tagKeysProblem,
  tagTextProblem,
} from '../core/allocations.ts'
import type { ErrorCode } from '../core/errors.ts'
import { isLicenseAlone, LICENSE_ALONE, NO_PRODUCT_NAMED } from '../core/names.ts'
import type { Profile } from '../core/profile.ts'
import type { ProductCode, UsageRecord } from '../core/usage.ts'
import { type Now, windowProblem } from '../core/window.ts'
import {
  batchMeterUsageShape,
  toUsageRecord,
  type WireUsageRecord,
} from '../wire/batch-meter-usage.ts'
import { identityProblems } from '../wire/identity-mode.ts'
import { type Breach as WireBreach, Breaches } from '../wire/shape.ts'
import { remedyOf } from './remedies.ts'
import type { SentUsageRecord } from './usage-record.ts'

/** One rule that a request breaks, in one place. */
export interface Breach {
  /** Where: `UsageRecords[3].UsageAllocations[0].Tags`; empty for the request as a whole. */
  readonly path: string
  /** What is wrong. */
  readonly problem: string
  /** What to do about it. */
  readonly remedy: string
  /** The exception that AWS refuses the whole request with. */
  readonly exception: ErrorCode
}

/** A request in its wire form: seconds for timestamps, absent members left out. */
export interface SentRequest {
  readonly ProductCode?: string
  readonly UsageRecords: readonly SentUsageRecord[]
}

/** Every breach, in the order in which AWS would come upon them. Empty: nothing that can be told from here. */
export function findBreaches(request: SentRequest, profile: Profile, now: Now): readonly Breach[] {
  const survey = new Breaches({ isSurvey: true })
  // Structures on the wire are plain objects; a request is an instance.
  const read = batchMeterUsageShape(profile).read({ ...request }, survey)
  const unsound = new Set(survey.list.filter(isOfWrongType).map(memberOf))
  const records = read.UsageRecords.map((record, index) => soundPartOf(record, index, unsound))
  return [
    ...sizeBreaches(request, profile),
    ...survey.list.map(shapeBreach),
    ...(unsound.has('ProductCode') ? [] : nameBreaches(read.ProductCode, records, profile)),
    ...records.flatMap((record) => tagBreaches(record, profile)),
    ...records.flatMap(allocationBreaches),
    ...records.flatMap((record) => windowBreaches(record, now, profile)),
  ]
}

/** Bytes of the body as SDKs write it: UTF-8, no blanks. Python adds a blank after each `:` and `,`. */
export function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

function sizeBreaches(request: SentRequest, { bodyBytesRefused }: Profile): Breach[] {
  const bytes = bytesOf(request)
  if (bytes < bodyBytesRefused) return []
  const problem = `the body has ${bytes} bytes; it must have fewer than ${bodyBytesRefused}`
  return [breach('RequestEntityTooLargeException', '', problem)]
}

export const IS_MISSING = 'is missing'

function shapeBreach({ path, value, constraint, code }: WireBreach): Breach {
  const rule = constraint.replace(/^Member must/, 'must')
  const problem =
    code === 'SerializationException'
      ? `has the wrong type: ${rule}`
      : rule === 'must not be null'
        ? IS_MISSING
        : `is ${value} and ${rule}`
  return breach(code, publicPathOf(path), problem)
}

/** A member that is missing or of a wrong type: the rules that need it cannot be asked. */
function isOfWrongType({ code, value }: WireBreach): boolean {
  return code === 'SerializationException' || value === 'null'
}

/** `ProductCode`, or a record's own member: `UsageRecords[0].UsageAllocations` for all that lies below it. */
function memberOf({ path }: WireBreach): string {
  const [root = '', member] = publicPathOf(path).split('.')
  return member === undefined ? root : `${root}.${member.replace(/\[.*/, '')}`
}

/** `usageRecords.1.member.dimension` is `UsageRecords[0].Dimension` in the caller's own object. */
function publicPathOf(path: string): string {
  return path
    .replace(/\.(\d+)\.member/g, (_, position: string) => `[${Number(position) - 1}]`)
    .replace(/(^|\.)[a-z]/g, (start) => start.toUpperCase())
}

/** What of a record the rules can be asked about; what has a wrong type is noted already. */
interface SoundPart {
  readonly path: string
  readonly usage: UsageRecord
  readonly hasNames: boolean
  readonly hasTimestamp: boolean
  readonly hasQuantity: boolean
}

const NAMES = ['CustomerIdentifier', 'CustomerAWSAccountId', 'LicenseArn']

function soundPartOf(
  record: WireUsageRecord,
  index: number,
  unsound: ReadonlySet<string>,
): SoundPart {
  const path = `UsageRecords[${index}]`
  const isSound = (member: string) => !unsound.has(`${path}.${member}`)
  const { UsageAllocations, ...rest } = record
  const isDivided = UsageAllocations !== undefined && isSound('UsageAllocations')
  return {
    path,
    usage: toUsageRecord(isDivided ? { ...rest, UsageAllocations } : rest),
    hasNames: NAMES.every(isSound),
    hasTimestamp: isSound('Timestamp'),
    hasQuantity: isSound('Quantity'),
  }
}

function nameBreaches(
  givenCode: string | undefined,
  records: readonly SoundPart[],
  profile: Profile,
): Breach[] {
  const named = records.filter(({ hasNames }) => hasNames)
  const productCode = givenCode ? { productCode: givenCode as ProductCode } : {}
  const batch = { ...productCode, records: named.map(({ usage }) => usage) }
  const breaches = identityProblems(batch, profile).map(({ message, recordIndex }) => {
    const path = recordIndex === undefined ? '' : (named[recordIndex]?.path ?? '')
    return breach('ValidationException', path, message)
  })
  const isLicensed = named.some(({ usage }) => usage.buyer.licenseArn !== undefined)
  if (!givenCode && !isLicensed && named.length === records.length) {
    breaches.push(breach('InvalidProductCodeException', '', NO_PRODUCT_NAMED))
  }
  for (const { path, usage } of named) {
    if (!isLicenseAlone(usage.buyer)) continue
    breaches.push(breach('InvalidLicenseException', `${path}.LicenseArn`, LICENSE_ALONE))
  }
  return breaches
}

function tagBreaches({ path, usage }: SoundPart, profile: Profile): Breach[] {
  const { allocations = [] } = usage
  const found: [path: string, problem: string | undefined][] = []
  for (const [index, { tags }] of allocations.entries()) {
    const tagsPath = `${path}.UsageAllocations[${index}].Tags`
    // A profile may count too many tags among the constraints, and then they are noted already.
    if (profile.tooManyTags === 'invalidTag') found.push([tagsPath, tagCountProblem(tags, profile)])
    for (const [tagIndex, tag] of tags.entries()) {
      found.push([`${tagsPath}[${tagIndex}]`, tagTextProblem(tag)])
    }
    found.push([tagsPath, repeatedKeyProblem(tags)])
  }
  found.push([`${path}.UsageAllocations`, tagKeysProblem(allocations, profile)])
  return found.flatMap(([where, problem]) =>
    problem === undefined ? [] : [breach('InvalidTagException', where, problem)],
  )
}

function allocationBreaches({ path, usage, hasQuantity }: SoundPart): Breach[] {
  const { allocations, quantity } = usage
  if (allocations === undefined) return []
  const problems = [
    hasQuantity ? sumProblem(allocations, quantity) : undefined,
    repeatedTagSetProblem(allocations),
  ]
  return problems.flatMap((problem) =>
    problem === undefined
      ? []
      : [breach('InvalidUsageAllocationsException', `${path}.UsageAllocations`, problem)],
  )
}

function windowBreaches(
  { path, usage, hasTimestamp }: SoundPart,
  now: Now,
  profile: Profile,
): Breach[] {
  const problem = hasTimestamp ? windowProblem(usage.timestampMs, now, profile) : undefined
  if (problem === undefined) return []
  return [breach('TimestampOutOfBoundsException', `${path}.Timestamp`, problem)]
}

function breach(exception: ErrorCode, path: string, problem: string): Breach {
  return { path, problem, remedy: remedyOf(exception, path), exception }
}
