/**
 * The control data in memory: every question that a request or a rule asks, answered by a look-up.
 *
 * Fed with entries in any order, older or newer; the last one put under a key counts. 100,000 buyers with
 * an agreement each load in a fraction of a second, so nothing is loaded lazily.
 * Checked by catalog-index.test.ts
 */
import { standingOf } from './admission.ts'
import { billingLineOfProduct } from './billing-line.ts'
import type { Agreement, Catalog, Product, Purchases } from './catalog.ts'
import {
  type AccessKeyEntry,
  type AdminTokenEntry,
  type AgreementEntry,
  type BuyerEntry,
  type ControlEntry,
  type CustomerIdentifierEntry,
  customerKeyOf,
  entryKeyOf,
  type ProductEntry,
  type PublicKeyEntry,
  type PurposeEntry,
  type SellerEntry,
  type UsageRegistrationEntry,
  usageRegistrationKeyOf,
} from './control-entries.ts'
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  LicenseArn,
  ProductCode,
} from './usage.ts'

export class CatalogIndex implements Catalog {
  readonly sellers = new Map<AccountId, SellerEntry>()
  readonly buyers = new Map<AccountId, BuyerEntry>()
  readonly products = new Map<ProductCode, ProductEntry>()
  readonly customerIdentifiers = new Map<string, CustomerIdentifierEntry>()
  readonly agreements = new Map<AgreementId, AgreementEntry>()
  readonly accessKeys = new Map<string, AccessKeyEntry>()
  readonly adminTokens = new Map<string, AdminTokenEntry>()
  readonly publicKeys = new Map<string, PublicKeyEntry>()
  /** Of keys that may sign still; all there ever were are in the store. */
  readonly usageRegistrations = new Map<string, UsageRegistrationEntry>()
  purpose: PurposeEntry['purpose'] | undefined

  readonly #products = new Map<ProductCode, Product>()
  readonly #byLicense = new Map<LicenseArn, AgreementEntry>()
  /** In order of start. Most lists have one member. */
  readonly #byBuyer = new Map<ProductCode, Map<AccountId, EntryPurchases>>()
  /** In order only once somebody asks: nearly sorted already, it costs little to sort again. */
  readonly #buyers = new Map<ProductCode, { accounts: AccountId[]; isSorted: boolean }>()
  readonly #publicKeysOf = new Map<ProductCode, readonly PublicKeyEntry[]>()
  readonly #keysByAccount = new Map<AccountId, Set<string>>()
  /** By seller and buyer: the identifier that sorts first, so that every process gives the same. */
  readonly #customersByBuyer = new Map<string, CustomerIdentifier>()
  readonly #tokensByHash = new Map<string, string>()

  /** Makes the entry the present state of its thing. */
  put(entry: ControlEntry): void {
    switch (entry.kind) {
      case 'seller':
        this.sellers.set(entry.account, entry)
        break
      case 'buyer':
        this.buyers.set(entry.account, entry)
        break
      case 'product':
        this.products.set(entry.code, entry)
        this.#products.set(entry.code, productOf(entry))
        break
      case 'customerIdentifier':
        this.#putCustomer(entry)
        break
      case 'agreement':
        this.#putAgreement(entry)
        break
      case 'accessKey':
        this.accessKeys.set(entry.id, entry)
        valueOf(this.#keysByAccount, entry.account, () => new Set<string>()).add(entry.id)
        break
      case 'adminToken':
        this.adminTokens.set(entry.id, entry)
        this.#tokensByHash.set(entry.hash, entry.id)
        break
      case 'purpose':
        this.purpose = entry.purpose
        break
      case 'publicKey':
        this.#putPublicKey(entry)
        break
      case 'usageRegistration':
        this.usageRegistrations.set(entryKeyOf(entry), entry)
        break
    }
  }

  /** Forgets keys, and what their sessions registered: nobody can sign with them any more, or is judged by either. */
  forgetKeys(isGone: (key: AccessKeyEntry) => boolean): void {
    const gone = new Set<string>()
    for (const key of this.accessKeys.values()) {
      if (!isGone(key)) continue
      gone.add(key.id)
      this.accessKeys.delete(key.id)
      this.#keysByAccount.get(key.account)?.delete(key.id)
    }
    if (gone.size === 0) return
    for (const [key, { accessKeyId }] of this.usageRegistrations) {
      if (gone.has(accessKeyId)) this.usageRegistrations.delete(key)
    }
  }

  product(code: ProductCode): Product | undefined {
    return this.#products.get(code)
  }

  agreementByLicense(licenseArn: LicenseArn): AgreementEntry | undefined {
    return this.#byLicense.get(licenseArn)
  }

  purchasesOf(product: ProductCode, buyer: AccountId): EntryPurchases | undefined {
    return this.#byBuyer.get(product)?.get(buyer)
  }

  agreementsOf(product: ProductCode, buyer: AccountId): readonly AgreementEntry[] {
    return this.purchasesOf(product, buyer)?.agreements ?? NONE
  }

  buyerOf(seller: AccountId, customerIdentifier: CustomerIdentifier): AccountId | undefined {
    return this.customerIdentifiers.get(customerKeyOf(seller, customerIdentifier))?.buyer
  }

  /** How a seller names a buyer. A buyer with several names has one that is given out. */
  customerOf(seller: AccountId, buyer: AccountId): CustomerIdentifier | undefined {
    return this.#customersByBuyer.get(`${seller}/${buyer}`)
  }

  publicKeysOf(product: ProductCode): readonly PublicKeyEntry[] {
    return this.#publicKeysOf.get(product) ?? []
  }

  usageRegistration(accessKeyId: string, product: ProductCode): UsageRegistrationEntry | undefined {
    return this.usageRegistrations.get(usageRegistrationKeyOf(accessKeyId, product))
  }

  buyersOf(product: ProductCode): readonly AccountId[] {
    const buyers = this.#buyers.get(product)
    if (buyers?.isSorted === false) {
      buyers.accounts = [...buyers.accounts].sort()
      buyers.isSorted = true
    }
    return buyers?.accounts ?? []
  }

  /** All agreements for one product, whoever bought it. */
  *agreementsOfProduct(product: ProductCode): Generator<AgreementEntry> {
    for (const { agreements } of this.#byBuyer.get(product)?.values() ?? []) yield* agreements
  }

  /** All agreements of one buyer, whatever was bought. */
  *agreementsOfBuyer(buyer: AccountId): Generator<AgreementEntry> {
    for (const product of this.#byBuyer.keys()) yield* this.agreementsOf(product, buyer)
  }

  *accessKeysOf(account: AccountId): Generator<AccessKeyEntry> {
    for (const id of this.#keysByAccount.get(account) ?? []) {
      const entry = this.accessKeys.get(id)
      if (entry !== undefined) yield entry
    }
  }

  /** Looked up by hash, so the time it takes tells nothing about a token. */
  adminTokenByHash(hash: string): AdminTokenEntry | undefined {
    const id = this.#tokensByHash.get(hash)
    return id === undefined ? undefined : this.adminTokens.get(id)
  }

  #putCustomer(entry: CustomerIdentifierEntry): void {
    const { seller, buyer, identifier } = entry
    this.customerIdentifiers.set(customerKeyOf(seller, identifier), entry)
    const present = this.#customersByBuyer.get(`${seller}/${buyer}`)
    if (present !== undefined && present < identifier) return
    this.#customersByBuyer.set(`${seller}/${buyer}`, identifier)
  }

  #putPublicKey(entry: PublicKeyEntry): void {
    this.publicKeys.set(entryKeyOf(entry), entry)
    const others = this.publicKeysOf(entry.product).filter((one) => one.version !== entry.version)
    const versions = [...others, entry].sort((left, right) => left.version - right.version)
    this.#publicKeysOf.set(entry.product, versions)
  }

  #putBuyer(product: ProductCode, buyer: AccountId): void {
    const make = () => ({ accounts: [] as AccountId[], isSorted: true })
    const buyers = valueOf(this.#buyers, product, make)
    buyers.accounts.push(buyer)
    buyers.isSorted = false
  }

  #putAgreement(entry: AgreementEntry): void {
    const earlier = this.agreements.get(entry.id)
    this.agreements.set(entry.id, entry)
    this.#byLicense.set(entry.licenseArn, entry)
    const { product, buyer } = entry
    const byBuyer = valueOf(this.#byBuyer, product, () => new Map<AccountId, EntryPurchases>())
    const present = byBuyer.get(buyer)
    if (present === undefined) this.#putBuyer(product, buyer)
    // Lists are replaced, never changed: a request may be reading the one that is there.
    const others = (present?.agreements ?? NONE).filter((agreement) => agreement !== earlier)
    const billingLine = present?.billingLine ?? billingLineOfProduct(product, buyer)
    const agreements = [...others, entry].sort(byStart)
    byBuyer.set(buyer, { billingLine, agreements, ...standingOf(agreements) })
  }
}

interface EntryPurchases extends Purchases {
  readonly agreements: readonly AgreementEntry[]
}

const NONE: readonly AgreementEntry[] = []

/** The order in which agreements are asked about: by start, and by id where starts are equal. */
function byStart(left: Agreement, right: Agreement): number {
  return left.startMs - right.startMs || (left.id < right.id ? -1 : 1)
}

function productOf(entry: ProductEntry): Product {
  return { ...entry, dimensions: new Map(entry.dimensions.map((one) => [one.name, one])) }
}

function valueOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key)
  if (present !== undefined) return present
  const made = make()
  map.set(key, made)
  return made
}
