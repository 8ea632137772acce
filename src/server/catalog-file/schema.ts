/**
 * The form of a catalog file. docs/catalog.schema.json is made from this, and editors read that.
 *
 * It says which members there are and of which type; what names look like and what may change is core's to judge,
 * so that a file, the admin API and the commands are refused in the same words.
 */
import { Type, type Static } from 'typebox'

const closed = { additionalProperties: false } as const

const Account = Type.String({ description: 'Twelve digits, in quotes.' })
const Instant = Type.String({
  description:
    'An ISO 8601 instant with its zone, such as 2026-12-01T00:00Z; or now, now-30d, now+1h (s, m, h, d), which count only when the thing is new.',
})
const Retired = Type.Optional(
  Type.Boolean({ description: 'Out of use, and kept: nothing is ever deleted. Default: false.' }),
)

const Seller = Type.Object(
  {
    account: Account,
    name: Type.Optional(Type.String({ description: 'For people.' })),
    webhook: Type.Optional(
      Type.String({ description: 'The URL that notifications go to, or none. Absent: as it is.' }),
    ),
    retired: Retired,
  },
  closed,
)

const Dimension = Type.Object(
  {
    name: Type.String({ description: 'As usage records name it. Case counts.' }),
    description: Type.Optional(Type.String()),
    unit: Type.Optional(Type.String({ description: 'What one of it is. Default: Units.' })),
    price: Type.Optional(
      Type.Union([Type.String(), Type.Number()], {
        description: 'US dollars a unit, at most three decimals. Shown, never computed with.',
      }),
    ),
    retired: Retired,
  },
  closed,
)

const Product = Type.Object(
  {
    code: Type.String({ description: 'Unique over the whole ledger, for ever.' }),
    seller: Type.Optional(Account),
    name: Type.Optional(Type.String()),
    meteredBy: Type.Optional(
      Type.Union([Type.Literal('BatchMeterUsage'), Type.Literal('MeterUsage')], {
        description: 'The one operation that meters it, for ever. Default: BatchMeterUsage.',
      }),
    ),
    oneResourcePerBuyer: Type.Optional(
      Type.Boolean({
        description:
          'Only with MeterUsage: a buyer runs it on one resource, so access keys need no resource label. For ever. Default: false.',
      }),
    ),
    agreements: Type.Optional(
      Type.Union([Type.Literal('single'), Type.Literal('concurrent')], {
        description:
          'Whether a buyer has one agreement at a time, or several, each billed by its license. Concurrent is for ever. Default: single.',
      }),
    ),
    concurrentFrom: Type.Optional(
      Type.String({ description: 'The hour from which agreements are concurrent; set once.' }),
    ),
    integration: Type.Optional(
      Type.Union([Type.Literal('legacy'), Type.Literal('new')], {
        description:
          'Whether its buyers have customer identifiers (legacy), or an account and licenses alone (new, for ever). Default: legacy; new with concurrent agreements.',
      }),
    ),
    fulfilmentUrl: Type.Optional(
      Type.String({
        description:
          'Where a buyer’s browser brings the registration token: https, or http for localhost; or none.',
      }),
    ),
    redirectOrigins: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Origins that the fulfilment URL may send the browser on to, such as https://app.example.com. All of them: what is not named goes.',
      }),
    ),
    dimensions: Type.Optional(Type.Array(Dimension)),
    contract: Type.Optional(
      Type.Boolean({
        description:
          'Whether it is sold by contract, so that its agreements may have entitlements. True is for ever. Default: false.',
      }),
    ),
    retired: Retired,
  },
  closed,
)

const CustomerIdentifier = Type.Object({ seller: Account, identifier: Type.String() }, closed)

const Buyer = Type.Object(
  {
    account: Account,
    name: Type.Optional(Type.String()),
    customerIdentifiers: Type.Optional(
      Type.Array(CustomerIdentifier, {
        description: 'The buyer’s legacy names, each at one seller, for ever.',
      }),
    ),
    retired: Retired,
  },
  closed,
)

const Entitlement = Type.Object(
  {
    dimension: Type.String({ description: 'One of the product. Case counts.' }),
    integer: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
    double: Type.Optional(Type.Number()),
    boolean: Type.Optional(Type.Boolean()),
    string: Type.Optional(Type.String()),
  },
  { ...closed, description: 'What the buyer is entitled to: one value, by the name of its type.' },
)

const Agreement = Type.Object(
  {
    license: Type.Optional(
      Type.String({ description: 'License ARN. It, or the id, names the agreement.' }),
    ),
    id: Type.Optional(Type.String({ description: 'agmt-…; made when absent.' })),
    product: Type.Optional(Type.String({ description: 'Product code, for ever.' })),
    buyer: Type.Optional(Account),
    start: Type.Optional(Instant),
    end: Type.Optional(
      Type.String({ description: 'The last instant whose usage it admits, or never. Like start.' }),
    ),
    status: Type.Optional(
      Type.Union([Type.Literal('active'), Type.Literal('cancelled'), Type.Literal('suspended')], {
        description: 'Cancelled is for ever, and sets the end. Default: active.',
      }),
    ),
    entitlements: Type.Optional(
      Type.Array(Entitlement, {
        description: 'All of them, one a dimension; only where the product is sold by contract.',
      }),
    ),
  },
  closed,
)

const AccessKey = Type.Object(
  {
    id: Type.String({ description: 'AKIA and sixteen upper-case letters or digits.' }),
    account: Type.Optional(Account),
    secret: Type.Optional(
      Type.String({
        description:
          'env:NAME or file:PATH (from the folder of this file). Needed for a new key. A literal one is taken by demo ledgers only.',
      }),
    ),
    status: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('disabled')])),
    description: Type.Optional(Type.String()),
    operations: Type.Optional(
      Type.Array(Type.String(), { description: 'The operations it may call. Default: all.' }),
    ),
  },
  closed,
)

export const CATALOG_FILE = Type.Object(
  {
    version: Type.Literal(1, { description: 'The form of this file.' }),
    sellers: Type.Optional(Type.Array(Seller)),
    products: Type.Optional(Type.Array(Product)),
    buyers: Type.Optional(Type.Array(Buyer)),
    agreements: Type.Optional(Type.Array(Agreement)),
    accessKeys: Type.Optional(Type.Array(AccessKey)),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Marketmeter catalog file',
    description: 'What a ledger may meter. Applied with: marketmeter catalog apply FILE.yaml',
    ...closed,
  },
)

export type CatalogFile = Static<typeof CATALOG_FILE>
export type FileProduct = Static<typeof Product>
export type FileAgreement = Static<typeof Agreement>
export type FileAccessKey = Static<typeof AccessKey>
