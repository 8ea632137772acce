/**
 * The shapes of the admin API, once: they check requests, type the routes and make the OpenAPI document.
 * Those of read-back stand in schemas-read-back.ts.
 *
 * A shape with a `title` becomes a named schema of the document.
 */
import { type Static, type TSchema, Type } from 'typebox'
import { LINK_MINUTES } from '../purchase/links.ts'
import {
  account,
  CLOSED,
  either,
  instant,
  name,
  retired,
  shownInstant,
  text,
} from './schema-parts.ts'

const webhook = text('Where notifications of its agreements go', 2_048)
export const Seller = Type.Object(
  { account, name, retired, webhook: Type.Optional(webhook) },
  { title: 'Seller' },
)
export const WebhookChange = Type.Object(
  { url: Type.Union([webhook, Type.Null()], { description: 'null: nowhere, and none are made' }) },
  { ...CLOSED, title: 'WebhookChange' },
)
export const Buyer = Type.Object({ account, name, retired }, { title: 'Buyer' })
export const NewParty = Type.Object(
  { account, name: Type.Optional(name) },
  { ...CLOSED, title: 'NewParty' },
)
export const PartyChange = Type.Object(
  { name: Type.Optional(name), retired: Type.Optional(retired) },
  { ...CLOSED, title: 'PartyChange' },
)

const price = text('US dollars a unit, at most three decimals; for show', 20)
const meteredBy = either(['BatchMeterUsage', 'MeterUsage'], 'The operation that meters the product')
const oneResourcePerBuyer = Type.Boolean({
  description: 'Only with MeterUsage: a buyer has one resource, so keys need no label. For ever',
})
const agreements = either(
  ['single', 'concurrent'],
  'One agreement of a buyer at a time, or several',
)
const integration = either(
  ['legacy', 'new'],
  'Whether buyers have customer identifiers, or account and license alone; new is for ever',
)
const fulfilmentUrl = text("Where a buyer's browser brings the registration token", 2_048)
const redirectOrigins = Type.Array(text('Such as https://app.example.com', 300), {
  description: 'Where the fulfilment URL may send the browser on to',
  maxItems: 20,
})
const contract = Type.Boolean({
  description: 'Sold by contract, so that agreements may have entitlements; true is for ever',
})
const Dimension = Type.Object(
  { name: text('Case counts'), description: name, unit: name, price, retired },
  { title: 'Dimension' },
)
const DimensionChange = Type.Object(
  {
    name: text('Case counts'),
    description: Type.Optional(name),
    unit: Type.Optional(name),
    price: Type.Optional(price),
    retired: Type.Optional(retired),
  },
  { ...CLOSED, title: 'DimensionChange' },
)
const dimensionChanges = Type.Array(DimensionChange, { maxItems: 1_000 })

export const Product = Type.Object(
  {
    code: text('The product code on the wire', 255),
    seller: account,
    name,
    meteredBy,
    oneResourcePerBuyer: Type.Optional(oneResourcePerBuyer),
    agreements,
    concurrentFrom: Type.Optional(shownInstant),
    integration,
    fulfilmentUrl: Type.Optional(fulfilmentUrl),
    redirectOrigins,
    dimensions: Type.Array(Dimension),
    contract,
    tokensRevoked: Type.Optional(shownInstant),
    retired,
  },
  { title: 'Product' },
)
export const NewProduct = Type.Object(
  {
    code: Type.Optional(text("Only an operator's token may choose it; made if absent", 255)),
    seller: Type.Optional(account),
    name: Type.Optional(name),
    meteredBy: Type.Optional(meteredBy),
    oneResourcePerBuyer: Type.Optional(oneResourcePerBuyer),
    agreements: Type.Optional(agreements),
    concurrentFrom: Type.Optional(instant),
    integration: Type.Optional(integration),
    fulfilmentUrl: Type.Optional(fulfilmentUrl),
    redirectOrigins: Type.Optional(redirectOrigins),
    dimensions: Type.Optional(dimensionChanges),
    contract: Type.Optional(contract),
  },
  { ...CLOSED, title: 'NewProduct' },
)
export const ProductChange = Type.Object(
  {
    name: Type.Optional(name),
    agreements: Type.Optional(agreements),
    concurrentFrom: Type.Optional(instant),
    integration: Type.Optional(integration),
    fulfilmentUrl: Type.Optional(
      Type.Union([fulfilmentUrl, Type.Null()], { description: 'null: take it away' }),
    ),
    redirectOrigins: Type.Optional(redirectOrigins),
    dimensions: Type.Optional(dimensionChanges),
    contract: Type.Optional(contract),
    retired: Type.Optional(retired),
  },
  { ...CLOSED, title: 'ProductChange' },
)

const identifier = text("The buyer's legacy name at this seller; made if absent", 255)
export const CustomerIdentifier = Type.Object(
  { seller: account, identifier, buyer: account },
  { title: 'CustomerIdentifier' },
)
export const NewCustomerIdentifier = Type.Object(
  { seller: Type.Optional(account), identifier: Type.Optional(identifier), buyer: account },
  { ...CLOSED, title: 'NewCustomerIdentifier' },
)

const status = either(['active', 'cancelled', 'suspended'], 'A cancelled agreement stays so')
const license = text("Only an operator's token may choose it; made if absent", 1_200)
const Entitlement = Type.Object(
  {
    dimension: text('One of the product; case counts', 255),
    integer: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
    double: Type.Optional(Type.Number()),
    boolean: Type.Optional(Type.Boolean()),
    string: Type.Optional(text('For programs')),
  },
  {
    ...CLOSED,
    title: 'Entitlement',
    description: 'One value, by the name of its type',
  },
)
const entitlements = Type.Array(Entitlement, {
  description: 'One a dimension; only where the product is sold by contract',
  maxItems: 200,
})
export const EntitlementList = Type.Object(
  { entitlements },
  { ...CLOSED, title: 'EntitlementList' },
)
export const Agreement = Type.Object(
  {
    id: text('agmt- and letters or digits', 70),
    licenseArn: license,
    product: text('Product code', 255),
    buyer: account,
    start: shownInstant,
    end: Type.Optional(shownInstant),
    status,
    entitlements: Type.Optional(entitlements),
    tokensRevoked: Type.Optional(shownInstant),
  },
  { title: 'Agreement' },
)
export const NewAgreement = Type.Object(
  {
    product: text('Product code', 255),
    buyer: account,
    start: Type.Optional(instant),
    end: Type.Optional(instant),
    licenseArn: Type.Optional(license),
    entitlements: Type.Optional(entitlements),
  },
  { ...CLOSED, title: 'NewAgreement' },
)
export const AgreementChange = Type.Object(
  { end: Type.Union([instant, Type.Null()], { description: 'null: open-ended' }) },
  { ...CLOSED, title: 'AgreementChange' },
)

const registrationFacts = {
  product: text('Product code', 255),
  buyer: account,
  agreement: text('The id of the agreement that the buyer arrives with', 70),
}
export const RegistrationToken = Type.Object(
  {
    token: Type.String({
      description: 'For x-amzn-marketplace-token, form-encoded once; shown this once',
    }),
    ...registrationFacts,
    licenseArn: license,
    customerIdentifier: Type.Optional(identifier),
    issued: shownInstant,
  },
  { title: 'RegistrationToken' },
)
export const NewRegistrationToken = Type.Object(
  { ...registrationFacts, agreement: Type.Optional(registrationFacts.agreement) },
  { ...CLOSED, title: 'NewRegistrationToken' },
)

export const TokenRevocation = Type.Object(
  {
    product: registrationFacts.product,
    buyer: Type.Optional(registrationFacts.buyer),
    agreement: Type.Optional(text('The id of one agreement of the buyer', 70)),
  },
  { ...CLOSED, title: 'TokenRevocation' },
)

const purchaseFacts = {
  product: registrationFacts.product,
  buyer: registrationFacts.buyer,
}
export const PurchaseLink = Type.Object(
  {
    url: Type.String({
      description:
        'Send the buyer’s browser there, and nobody else: it buys in the buyer’s name, once; shown this once',
    }),
    ...purchaseFacts,
    expires: shownInstant,
  },
  { title: 'PurchaseLink' },
)
export const NewPurchaseLink = Type.Object(
  {
    ...purchaseFacts,
    minutes: Type.Optional(
      Type.Integer({
        description: 'How long it is good',
        minimum: 1,
        maximum: LINK_MINUTES.max,
        default: LINK_MINUTES.fallback,
      }),
    ),
  },
  { ...CLOSED, title: 'NewPurchaseLink' },
)

const operations = Type.Array(text('An operation', 100), {
  description: 'The operations that the key may call; absent: all',
  maxItems: 20,
})
const resource = text('What a temporary key runs on; MeterUsage keeps hours apart by it', 255)
const keyFacts = {
  id: text('The access key id', 128),
  account,
  status: either(['active', 'disabled'], 'Disabled keys stop at once'),
  description: name,
  created: shownInstant,
  expires: Type.Optional(shownInstant),
  resource: Type.Optional(resource),
  operations: Type.Optional(operations),
}
export const AccessKey = Type.Object(keyFacts, { title: 'AccessKey' })
export const AccessKeyMade = Type.Object(
  {
    ...keyFacts,
    secretAccessKey: Type.String({ description: 'Shown this once' }),
    sessionToken: Type.Optional(Type.String({ description: 'Shown this once' })),
  },
  { title: 'AccessKeyMade' },
)
const ttlSeconds = Type.Integer({ minimum: 60, maximum: 366 * 86_400 })
export const NewAccessKey = Type.Object(
  {
    account,
    description: Type.Optional(name),
    ttlSeconds: Type.Optional(ttlSeconds),
    resource: Type.Optional(resource),
    operations: Type.Optional(operations),
  },
  { ...CLOSED, title: 'NewAccessKey' },
)

export const PublicKey = Type.Object(
  {
    product: text('Product code', 255),
    version: Type.Integer({ minimum: 1, description: 'The highest is the one to use' }),
    publicKey: Type.String({ description: 'PEM; RegisterUsage signs with PS256' }),
    fingerprint: text('SHA-256 of the PEM text, hexadecimal', 64),
    created: shownInstant,
    rotated: Type.Optional(shownInstant),
  },
  { title: 'PublicKey' },
)
export const UsageRegistration = Type.Object(
  {
    product: text('Product code', 255),
    buyer: account,
    accessKeyId: text('The session: the key that signed', 128),
    resource: Type.Optional(resource),
    publicKeyVersion: Type.Integer({ minimum: 1 }),
    registered: shownInstant,
  },
  { title: 'UsageRegistration' },
)

const tokenFacts = {
  id: text('The token’s id, no secret', 100),
  seller: Type.Optional(account),
  readOnly: Type.Boolean(),
  description: name,
  created: shownInstant,
  expires: Type.Optional(shownInstant),
  revoked: Type.Boolean(),
}
export const AdminToken = Type.Object(tokenFacts, { title: 'AdminToken' })
export const AdminTokenMade = Type.Object(
  { ...tokenFacts, token: Type.String({ description: 'Shown this once' }) },
  { title: 'AdminTokenMade' },
)
export const NewAdminToken = Type.Object(
  {
    seller: Type.Optional(account),
    readOnly: Type.Optional(Type.Boolean()),
    description: Type.Optional(name),
    ttlSeconds: Type.Optional(ttlSeconds),
  },
  { ...CLOSED, title: 'NewAdminToken' },
)

export const CatalogDocument = Type.Unknown({
  description: 'What a catalog file says, as JSON; docs/catalog.schema.json is its schema',
})
export const CatalogOptions = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ description: 'Decide and show, write nothing' })),
    prune: Type.Optional(Type.Boolean({ description: 'Retire what the document does not name' })),
  },
  CLOSED,
)
export const CatalogChanges = Type.Object(
  {
    dryRun: Type.Boolean(),
    changes: Type.Array(
      Type.Object({
        action: either(['add', 'change'], 'What happens to it'),
        kind: text('seller, product, buyer, customerIdentifier, agreement, accessKey, adminToken'),
        key: text('What it is called'),
      }),
    ),
  },
  { title: 'CatalogChanges' },
)

export const LogEntry = Type.Object(
  {
    version: Type.Integer(),
    at: shownInstant,
    actor: text('user:NAME for commands, token:ID for this API'),
    summary: name,
    what: Type.Unknown({ description: 'The entries as they became, without secrets' }),
  },
  { title: 'LogEntry' },
)
export const LogQuery = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'A version' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  CLOSED,
)

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:marketmeter:problem: and the code' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable, for programs' }),
    detail: Type.Optional(Type.String()),
    problems: Type.Optional(
      Type.Array(Type.Object({ where: Type.String(), text: Type.String() }), {
        description: 'All that is wrong, in words',
      }),
    ),
    requestId: Type.String(),
  },
  { title: 'Problem' },
)

/** The query members of every list. */
export const paging = {
  after: Type.Optional(text('next of an earlier page', 2_000)),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
}

export function listQuery<Members extends Record<string, TSchema>>(members: Members) {
  return Type.Object({ ...members, ...paging }, CLOSED)
}

export function listOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()) })
}

export const filters = {
  account: Type.Optional(account),
  seller: Type.Optional(account),
  buyer: Type.Optional(account),
  product: Type.Optional(text('Product code', 255)),
}

export type Shape<Schema extends TSchema> = Static<Schema>
