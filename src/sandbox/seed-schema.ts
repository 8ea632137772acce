/**
 * The form of a seed file: a catalog file, and what a sandbox needs beside it. docs/sandbox/seed.schema.json is made from this.
 *
 * Loaded only for seeds of the user's own: what ships is checked by its types, and by a test against this.
 */
import { Type, type Static } from 'typebox'
import { CATALOG_FILE } from '../server/catalog-file/schema.ts'
import { PROFILE_CHANGES } from '../server/profile-file.ts'
import { QUANTITY_MAX } from '../core/usage.ts'

const closed = { additionalProperties: false } as const

const Instant = Type.String({
  description:
    'An ISO 8601 instant with its zone, such as 2026-12-01T00:00Z; or relative to the sandbox’s now: now, now-2h, now+1h (s, m, h, d).',
})

const TemporaryKey = Type.Object(
  {
    id: Type.String({ description: 'ASIA and sixteen upper-case letters or digits.' }),
    account: Type.String({ description: 'Twelve digits, in quotes.' }),
    secret: Type.String({ description: 'The secret access key: 16 to 128 visible characters.' }),
    sessionToken: Type.String({ description: 'The session token.', minLength: 1 }),
    resource: Type.Optional(
      Type.String({
        description: 'What the key runs on, such as task-1; MeterUsage keeps hours apart by it.',
      }),
    ),
    expires: Type.Optional(Type.String({ description: 'An instant, or never. Default: never.' })),
    description: Type.Optional(Type.String({ description: 'For people.' })),
    operations: Type.Optional(
      Type.Array(Type.String(), { description: 'The operations it may call. Default: all.' }),
    ),
  },
  closed,
)

const PublicKey = Type.Object(
  {
    product: Type.String({ description: 'Code of a product that is metered by MeterUsage.' }),
    privateKey: Type.Optional(
      Type.String({
        description:
          'The RSA key in PEM that signs. Absent: one is made, the same until the sandbox ends.',
      }),
    ),
  },
  closed,
)

const Usage = Type.Object(
  {
    agreement: Type.String({ description: 'The id of the agreement that it is billed to.' }),
    dimension: Type.String({ description: 'One of the product. Case counts.' }),
    quantity: Type.Integer({ minimum: 0, maximum: QUANTITY_MAX }),
    timestamp: Instant,
    resource: Type.Optional(
      Type.String({ description: 'Where the product is metered by resource: which one.' }),
    ),
  },
  closed,
)

export const SEED_FILE = Type.Object(
  {
    ...CATALOG_FILE.properties,
    description: Type.Optional(Type.String({ description: 'For people: what it is for.' })),
    now: Type.Optional(
      Type.String({
        description:
          'Where the clock stands, in ISO 8601 with its zone. Default: the machine’s clock, running.',
      }),
    ),
    clock: Type.Optional(
      Type.Union([Type.Literal('frozen'), Type.Literal('running')], {
        description: 'Whether the clock stands still until it is moved. Default: with now it does.',
      }),
    ),
    profile: Type.Optional(
      Type.Union([Type.String(), PROFILE_CHANGES], {
        description: 'A built-in profile, or what one’s own changes of it. Default: aws-2025.',
      }),
    ),
    regions: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'The Regions that are served; clients are given the first. Default: all where AWS has the service.',
        minItems: 1,
      }),
    ),
    temporaryKeys: Type.Optional(
      Type.Array(TemporaryKey, { description: 'Access keys with a session token, as roles have.' }),
    ),
    publicKeys: Type.Optional(
      Type.Array(PublicKey, { description: 'What RegisterUsage signs with; one is one version.' }),
    ),
    usage: Type.Optional(
      Type.Array(Usage, { description: 'Metering records that are held already.' }),
    ),
    $schema: Type.Optional(
      Type.String({
        description: 'Where editors find what a seed may say; nothing else reads it.',
      }),
    ),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Marketmeter seed file',
    description: 'What a sandbox begins with. Used by: createSandbox({ seed: "./seed.yaml" })',
    ...closed,
  },
)

export type SeedFile = Static<typeof SEED_FILE>
