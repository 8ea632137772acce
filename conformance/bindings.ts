/**
 * Bindings: which real names the roles of the cases have at one endpoint, and how to sign there.
 *
 * bindings.schema.json is made from the schema below (bindings.test.ts holds them together), so that an editor can
 * check a file. Whatever is optional and absent is no error: the cases that need it are listed as skipped.
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import Type from 'typebox'

const CLOSED = { additionalProperties: false } as const

const Name = Type.String({ minLength: 1 })
const Account = Type.String({ pattern: '^[0-9]{12}$' })

const Key = Type.Object(
  {
    accessKeyId: Name,
    secretAccessKey: Name,
    sessionToken: Type.Optional(Name),
  },
  CLOSED,
)

const Buyer = Type.Object(
  {
    account: Account,
    customerIdentifier: Type.Optional(Name),
    licenseArn: Type.Optional(Name),
  },
  CLOSED,
)

const Product = Type.Object(
  { code: Name, dimensions: Type.Array(Name, { minItems: 1 }) },
  { ...CLOSED, description: 'A product and the dimensions that may be metered.' },
)

const PublicKey = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    publicKey: Type.String({ description: 'PEM.' }),
  },
  CLOSED,
)

const ContainerProduct = Type.Object(
  {
    code: Name,
    dimensions: Type.Array(Name, { minItems: 1 }),
    buyer: Type.Optional(Account),
    licenseArn: Type.Optional(Name),
    lapsedBuyer: Type.Optional(Account),
    publicKeys: Type.Optional(
      Type.Array(PublicKey, {
        minItems: 2,
        description: 'All of them, by version; the last is the current one.',
      }),
    ),
  },
  {
    ...CLOSED,
    description:
      'A product metered by MeterUsage, by resource; buyer: the account of keys.buyer, with an agreement of the license; lapsedBuyer: one whose agreement has ended. Where admin is named, keys are made.',
  },
)

const EntitlementValue = Type.Object(
  {
    IntegerValue: Type.Optional(Type.Integer()),
    DoubleValue: Type.Optional(Type.Number()),
    BooleanValue: Type.Optional(Type.Boolean()),
    StringValue: Type.Optional(Type.String()),
  },
  { ...CLOSED, minProperties: 1, maxProperties: 1 },
)

const Contract = Type.Object(
  {
    account: Account,
    customerIdentifier: Type.Optional(Name),
    licenseArn: Name,
    entitlements: Type.Array(Type.Object({ dimension: Name, value: EntitlementValue }, CLOSED), {
      minItems: 1,
    }),
    expires: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Absent: never. Where admin is named, it is asked.',
      }),
    ),
  },
  CLOSED,
)

const ContractProduct = Type.Object(
  {
    code: Name,
    first: Contract,
    second: Contract,
    ended: Type.Optional(Buyer),
  },
  {
    ...CLOSED,
    description:
      'A product sold by contract and all that is in force of it: first has four entitlements, one of each type of value, and an end; second has one, of the same dimension as the first’s first, and no end; ended: an agreement that is over.',
  },
)

export const BINDINGS_SCHEMA = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    endpoint: Type.Optional(
      Type.String({ format: 'uri', description: 'Used where --endpoint is not given.' }),
    ),
    region: Type.String({ description: 'The Region that requests are signed for.' }),
    secondRegion: Type.Optional(
      Type.String({ description: 'Another Region that the endpoint serves.' }),
    ),
    profile: Type.Union([Type.Literal('aws-2025'), Type.Literal('aws-2026')], {
      description: 'The edition of the rules that the endpoint follows.',
    }),
    authStatus: Type.Optional(
      Type.Union([Type.Literal(400), Type.Literal(403)], {
        description: 'The status of errors of signature and rights. Default 400.',
      }),
    ),
    quotas: Type.Optional(
      Type.Boolean({
        description: 'Whether quotas are on. If so, only the cases about throttling run.',
      }),
    ),
    admin: Type.Optional(
      Type.Object(
        {
          endpoint: Type.String({ format: 'uri' }),
          token: Name,
          seller: Account,
        },
        {
          ...CLOSED,
          description:
            'Marketmeter’s admin API with an operator’s token: makes keys for the seller’s account and for buyers of containerProduct, and suspends and resumes agreements.',
        },
      ),
    ),
    keys: Type.Object(
      {
        seller: Key,
        otherSeller: Type.Optional(Key),
        temporary: Type.Optional(Key),
        expired: Type.Optional(Key),
        disabled: Type.Optional(Key),
        restricted: Type.Optional(Key),
        buyer: Type.Optional(Key),
        buyerElsewhere: Type.Optional(Key),
        buyerUnlabelled: Type.Optional(Key),
        lapsedBuyer: Type.Optional(Key),
      },
      {
        ...CLOSED,
        description:
          'seller owns the products; temporary, expired: keys of the seller with a session token; disabled: a long-term key; restricted: a key that may not call BatchMeterUsage; buyer: of containerProduct’s buyer, with a resource label, ever the same; buyerElsewhere: with another label; buyerUnlabelled: without one; lapsedBuyer: of lapsedBuyer, with a label.',
      },
    ),
    registrationTokens: Type.Optional(
      Type.Object(
        {
          active: Type.Optional(Name),
          concurrent: Type.Optional(Name),
          otherSeller: Type.Optional(Name),
          expired: Type.Optional(Name),
          ofNoon: Type.Optional(Name),
        },
        {
          ...CLOSED,
          description:
            'active: a token of the first active buyer, for product; concurrent: of the buyer with two licenses, for the first; otherSeller: of a product of another seller; expired: of the seller, too old; ofNoon: made at 2026-11-23T12:00Z. Where admin is named, the first two are made.',
        },
      ),
    ),
    product: Product,
    concurrentProduct: Type.Optional(Product),
    newProduct: Type.Optional({
      ...Product,
      description:
        'A product with the new integration and single agreements, which the cancelled buyer never had.',
    }),
    containerProduct: Type.Optional(ContainerProduct),
    oneResourceProduct: Type.Optional({
      ...Product,
      description:
        'A product metered by MeterUsage that a buyer runs once: the buyer of keys.buyer has it, and needs no label.',
    }),
    contractProduct: Type.Optional(ContractProduct),
    otherProduct: Type.Optional(
      Type.Object(
        { code: Name, buyer: Type.Optional(Buyer) },
        { ...CLOSED, description: 'A product of another seller, and a buyer of it alone.' },
      ),
    ),
    buyers: Type.Object(
      {
        active: Type.Array(Buyer, {
          minItems: 1,
          description: 'Buyers whose agreement for the product began at least a day ago.',
        }),
        cancelled: Type.Optional(Buyer),
        suspended: Type.Optional(Buyer),
        concurrent: Type.Optional(
          Type.Object(
            {
              account: Account,
              customerIdentifier: Type.Optional(Name),
              licenseArns: Type.Array(Name, { minItems: 2, maxItems: 2 }),
            },
            { ...CLOSED, description: 'A buyer with two agreements for concurrentProduct.' },
          ),
        ),
      },
      CLOSED,
    ),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Bindings of the conformance cases',
    ...CLOSED,
  },
)

export type Bindings = Type.Static<typeof BINDINGS_SCHEMA>
export type Key = Type.Static<typeof Key>
export type Buyer = Type.Static<typeof Buyer>
export type PublicKey = Type.Static<typeof PublicKey>
export type Contract = Type.Static<typeof Contract>

export type RegistrationRole = keyof NonNullable<Bindings['registrationTokens']>

const REGISTRATION_ROLES: readonly string[] = [
  'active',
  'concurrent',
  'otherSeller',
  'expired',
  'ofNoon',
] satisfies readonly RegistrationRole[]

export function isRegistrationRole(text: string): text is RegistrationRole {
  return REGISTRATION_ROLES.includes(text)
}

export class BindingsError extends Error {}

/** @throws BindingsError that names everything wrong, one problem a line. */
export function parseBindings(text: string): Bindings {
  const value = parseJson(text)
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false })
  const validate = ajv.compile<Bindings>(BINDINGS_SCHEMA)
  if (validate(value)) return value
  const problems = (validate.errors ?? []).map(
    ({ instancePath, message }) => `  ${instancePath || '/'} ${message ?? 'is wrong'}`,
  )
  throw new BindingsError(
    `The bindings are not of the form that they must have:\n${problems.join('\n')}`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BindingsError(`The bindings are not JSON: ${String(error)}`)
  }
}
