/**
 * A profile of an operator's own: a YAML file that names what it changes of a built-in one (D1).
 *
 * The file is checked whole before anything starts, and every problem is told at once.
 * Checked by profile-file.test.ts; docs/profiles.md explains each member.
 */
import { type Static, Type } from 'typebox'
import type { OPERATIONS } from '../core/catalog-names.ts'
import { AWS_2025, BUILT_IN_PROFILES, type Profile } from '../core/profile.ts'
import { checkOf } from './catalog-file/form.ts'
import { type Locate, parseFile } from './catalog-file/read.ts'

const closed = { additionalProperties: false } as const
/** Nothing here makes sense for longer than a leap year. */
const DAYS_366_MS = 366 * 86_400_000

/**
 * A product becomes concurrent an hour ahead at least. Usage of an hour that far ahead must not have come in before
 * the change is known, or it would be billed by two lines (D3).
 */
const FUTURE_MS_MAX = 30 * 60_000

const Milliseconds = Type.Integer({ minimum: 0, maximum: DAYS_366_MS })
const Count = Type.Integer({ minimum: 1, maximum: 10_000 })
const Outcome = oneOf('success', 'duplicate')

const Quota = Type.Optional(Type.Number({ exclusiveMinimum: 0 }))
/** Those that are named; the others are as in the profile that is extended. */
const QUOTAS = {
  BatchMeterUsage: Quota,
  MeterUsage: Quota,
  RegisterUsage: Quota,
  ResolveCustomer: Quota,
  GetEntitlements: Quota,
} as const satisfies Readonly<Record<(typeof OPERATIONS)[number], unknown>>

const NAME = { name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }) } as const

/** All that a profile can change of another. */
const CHANGES = {
  extends: Type.Optional(oneOf('aws-2025', 'aws-2026')),
  summary: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  ageMsMax: Type.Optional(Milliseconds),
  ageFloorsToHour: Type.Optional(Type.Boolean()),
  futureMsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: FUTURE_MS_MAX })),
  monthGraceMs: Type.Optional(Milliseconds),
  monthGraceExtendsWindow: Type.Optional(Type.Boolean()),
  meterUsageAgeMsMax: Type.Optional(Milliseconds),
  identicalResend: Type.Optional(Outcome),
  allocationsDiffer: Type.Optional(Outcome),
  duplicateNamesId: Type.Optional(Type.Boolean()),
  unknownCustomer: Type.Optional(oneOf('exception', 'perRecord')),
  productCodeWithLicense: Type.Optional(oneOf('acceptIfEqual', 'refuse')),
  tagsPerAllocationMax: Type.Optional(Count),
  tooManyTags: Type.Optional(oneOf('invalidTag', 'validation')),
  tagKeysPerRecordMax: Type.Optional(Count),
  tagValueMayBeEmpty: Type.Optional(Type.Boolean()),
  lastHourMs: Type.Optional(Milliseconds),
  bodyBytesRefused: Type.Optional(Type.Integer({ minimum: 1_024, maximum: 16 * 1_048_576 })),
  authStatus: Type.Optional(Type.Union([Type.Literal(400), Type.Literal(403)])),
  signatureSkewMsMax: Type.Optional(Milliseconds),
  quotas: Type.Optional(Type.Object({ ...QUOTAS }, closed)),
  noEntitlements: Type.Optional(oneOf('absent', 'empty')),
  registrationTokenMs: Type.Optional(Milliseconds),
  registrationTokenUsesMax: Type.Optional(Count),
  idempotencyConflictStatus: Type.Optional(Type.Union([Type.Literal(400), Type.Literal(409)])),
} as const

const PROFILE_FILE = Type.Object({ ...NAME, ...CHANGES }, closed)

/** The same where nobody needs a name of its own. */
export const PROFILE_CHANGES = Type.Object(
  { name: Type.Optional(NAME.name), ...CHANGES },
  { ...closed, description: 'What it changes of the profile that it extends.' },
)

export type ProfileChanges = Static<typeof PROFILE_CHANGES>

export type ProfileFileResult =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly problems: readonly string[] }

const checkProfile = checkOf<Static<typeof PROFILE_FILE>>(PROFILE_FILE)

/** @param source The file's name, as problems are to say it. */
export function parseProfileFile(text: string, source: string): ProfileFileResult {
  const parsed = parseFile(text, source)
  return parsed.ok ? profileOf(parsed.value, parsed.locate) : parsed
}

/** @param value What somebody has read already, such as a member of a larger file. */
export function parseProfile(value: unknown, source: string): ProfileFileResult {
  return profileOf(value, ({ where, text }) =>
    [source, where, text].filter((part) => part !== '').join(': '),
  )
}

function profileOf(value: unknown, locate: Locate): ProfileFileResult {
  const checked = checkProfile(value)
  if (!checked.ok) return { ok: false, problems: checked.problems.map((one) => locate(one)) }
  const { extends: base = AWS_2025.name, ...changes } = checked.file
  const builtIn = BUILT_IN_PROFILES.find(({ name }) => name === base) ?? AWS_2025
  if (BUILT_IN_PROFILES.some(({ name }) => name === changes.name)) {
    const text = `${changes.name} is a built-in profile; choose another name`
    return { ok: false, problems: [locate({ where: 'name', text })] }
  }
  const summary = changes.summary ?? `as ${base}, with changes`
  const quotas = { ...builtIn.quotas, ...changes.quotas }
  return { ok: true, profile: { ...builtIn, ...changes, quotas, summary } }
}

function oneOf<const Name extends string>(...names: readonly Name[]) {
  return Type.Enum([...names])
}
