/**
 * The catalog as it would be: the present one, and over it what has been decided so far.
 *
 * Costs what is changed, not what there is. Problems are collected here too, because a change is told all at once.
 */
import { CatalogIndex } from './catalog-index.ts'
import type { NameRule, NewNames } from './catalog-names.ts'
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
  type SellerEntry,
  type UsageRegistrationEntry,
} from './control-entries.ts'
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  InstantMs,
  LicenseArn,
  ProductCode,
} from './usage.ts'

/** One thing that cannot be done, where it was asked for, and what to do instead. */
export interface Problem {
  readonly where: string
  readonly text: string
}

/** An entry that is to be replaced, or added where there was none. */
export interface EntryChange {
  readonly before: ControlEntry | undefined
  readonly after: ControlEntry
}

interface Touched {
  readonly before: ControlEntry | undefined
  readonly where: string
}

export class CatalogDraft {
  readonly nowMs: InstantMs
  readonly names: NewNames
  readonly problems: Problem[] = []
  readonly #present: CatalogIndex
  readonly #pending = new CatalogIndex()
  /** By kind and key, in the order of the first touch. */
  readonly #touched = new Map<string, Touched>()

  constructor(present: CatalogIndex, names: NewNames, nowMs: InstantMs) {
    this.#present = present
    this.names = names
    this.nowMs = nowMs
  }

  /** Notes a problem. Gives `undefined`, so that `return draft.refuse(…)` ends whoever had to give something. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's return type fills it; one of `undefined` alone counts as void, which may not be returned on
  refuse<Value>(where: string, text: string): Value | undefined {
    this.problems.push({ where, text })
    return undefined
  }

  /** Reads a name, or tells what was expected. */
  read<Name>(where: string, rule: NameRule<Name>, text: string): Name | undefined {
    const name = rule.parse(text)
    if (name !== undefined) return name
    return this.refuse(where, `expected ${rule.expected}, got ${JSON.stringify(text)}`)
  }

  put(entry: ControlEntry, before: ControlEntry | undefined, where: string): void {
    const name = `${entry.kind} ${entryKeyOf(entry)}`
    if (!this.#touched.has(name)) this.#touched.set(name, { before, where })
    this.#pending.put(entry)
  }

  seller(account: AccountId): SellerEntry | undefined {
    return this.#pending.sellers.get(account) ?? this.#present.sellers.get(account)
  }

  buyer(account: AccountId): BuyerEntry | undefined {
    return this.#pending.buyers.get(account) ?? this.#present.buyers.get(account)
  }

  product(code: ProductCode): ProductEntry | undefined {
    return this.#pending.products.get(code) ?? this.#present.products.get(code)
  }

  customer(seller: AccountId, identifier: CustomerIdentifier): CustomerIdentifierEntry | undefined {
    const key = customerKeyOf(seller, identifier)
    return this.#pending.customerIdentifiers.get(key) ?? this.#present.customerIdentifiers.get(key)
  }

  customerOf(seller: AccountId, buyer: AccountId): CustomerIdentifier | undefined {
    return this.#present.customerOf(seller, buyer) ?? this.#pending.customerOf(seller, buyer)
  }

  agreement(id: AgreementId): AgreementEntry | undefined {
    return this.#pending.agreements.get(id) ?? this.#present.agreements.get(id)
  }

  agreementByLicense(licenseArn: LicenseArn): AgreementEntry | undefined {
    return (
      this.#pending.agreementByLicense(licenseArn) ?? this.#present.agreementByLicense(licenseArn)
    )
  }

  accessKey(id: string): AccessKeyEntry | undefined {
    return this.#pending.accessKeys.get(id) ?? this.#present.accessKeys.get(id)
  }

  adminToken(id: string): AdminTokenEntry | undefined {
    return this.#pending.adminTokens.get(id) ?? this.#present.adminTokens.get(id)
  }

  publicKeysOf(product: ProductCode): readonly PublicKeyEntry[] {
    const pending = this.#pending.publicKeysOf(product)
    const versions = new Set(pending.map(({ version }) => version))
    const present = this.#present.publicKeysOf(product).filter((one) => !versions.has(one.version))
    return [...present, ...pending].sort((left, right) => left.version - right.version)
  }

  usageRegistration(accessKeyId: string, product: ProductCode): UsageRegistrationEntry | undefined {
    return (
      this.#pending.usageRegistration(accessKeyId, product) ??
      this.#present.usageRegistration(accessKeyId, product)
    )
  }

  get purpose(): 'demo' | 'production' | undefined {
    return this.#pending.purpose ?? this.#present.purpose
  }

  /** Whether nothing was ever put into the present catalog. */
  get isNew(): boolean {
    const { sellers, buyers, accessKeys } = this.#present
    return sellers.size + buyers.size + accessKeys.size === 0
  }

  agreementsOf(product: ProductCode, buyer: AccountId): AgreementEntry[] {
    const present = this.#present.agreementsOf(product, buyer)
    return [
      ...present.filter((one) => !this.#pending.agreements.has(one.id)),
      ...this.#pending.agreementsOf(product, buyer),
    ]
  }

  *agreementsOfProduct(product: ProductCode): Generator<AgreementEntry> {
    for (const one of this.#present.agreementsOfProduct(product)) {
      if (!this.#pending.agreements.has(one.id)) yield one
    }
    yield* this.#pending.agreementsOfProduct(product)
  }

  *agreementsOfBuyer(buyer: AccountId): Generator<AgreementEntry> {
    for (const one of this.#present.agreementsOfBuyer(buyer)) {
      if (!this.#pending.agreements.has(one.id)) yield one
    }
    yield* this.#pending.agreementsOfBuyer(buyer)
  }

  *productsOf(seller: AccountId): Generator<ProductEntry> {
    for (const one of this.#present.products.values()) {
      if (one.seller === seller && !this.#pending.products.has(one.code)) yield one
    }
    for (const one of this.#pending.products.values()) if (one.seller === seller) yield one
  }

  *accessKeysOf(account: AccountId): Generator<AccessKeyEntry> {
    for (const one of this.#present.accessKeysOf(account)) {
      if (!this.#pending.accessKeys.has(one.id)) yield one
    }
    yield* this.#pending.accessKeysOf(account)
  }

  /** Each entry that was put, as it is now, with where the first wish for it was written. */
  *touched(): Generator<{ readonly after: ControlEntry } & Touched> {
    for (const entries of this.#pendingEntries()) {
      for (const after of entries) {
        const touched = this.#touched.get(`${after.kind} ${entryKeyOf(after)}`)
        if (touched !== undefined) yield { after, ...touched }
      }
    }
    if (this.#pending.purpose !== undefined) {
      const after = { kind: 'purpose', purpose: this.#pending.purpose } as const
      yield { after, before: undefined, where: '' }
    }
  }

  /** What differs from the present catalog. */
  changes(): EntryChange[] {
    return [...this.touched()]
      .filter(({ before, after }) => isOther(before, after))
      .map(({ before, after }) => ({ before, after }))
  }

  #pendingEntries(): Iterable<ControlEntry>[] {
    const pending = this.#pending
    return [
      pending.sellers.values(),
      pending.products.values(),
      pending.buyers.values(),
      pending.customerIdentifiers.values(),
      pending.agreements.values(),
      pending.accessKeys.values(),
      pending.adminTokens.values(),
      pending.publicKeys.values(),
      pending.usageRegistrations.values(),
    ]
  }
}

/** Entries are plain data whose members stand in one order. */
export function isOther(before: ControlEntry | undefined, after: ControlEntry): boolean {
  return before === undefined || JSON.stringify(before) !== JSON.stringify(after)
}
