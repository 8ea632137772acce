/**
 * Turns a catalog file into wishes for core to judge.
 *
 * What the file names is wanted in use unless it says `retired`. What it does not name stays, unless pruned: then what
 * is missing in a section that the file has is retired, cancelled or disabled. A section that is absent is left alone.
 */
import type { Problem } from '../../core/catalog-change.ts'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { NewNames } from '../../core/catalog-names.ts'
import type { Wanted, WantedInstant, WantedProduct } from '../../core/catalog-wanted.ts'
import { INSTANT_EXPECTED, parseInstant } from '../written-instant.ts'
import type { CatalogFile, FileAccessKey, FileAgreement, FileProduct } from './schema.ts'

export interface WantedContext {
  readonly nowMs: number
  /** For the suggestion that a nameless agreement gets. */
  readonly names: NewNames
  /** Gives the encrypted secret of a key, or a sentence why not. */
  readonly sealSecret: (accessKeyId: string, written: string) => SealResult
}

export type SealResult =
  { readonly ok: true; readonly sealed: string } | { readonly ok: false; readonly problem: string }

export interface FileWishes {
  readonly wanted: readonly Wanted[]
  readonly problems: readonly Problem[]
}

export function wishesOf(file: CatalogFile, context: WantedContext): FileWishes {
  const collector = new WishCollector(context)
  collector.takeAll(file)
  return collector
}

class WishCollector implements FileWishes {
  readonly wanted: Wanted[] = []
  readonly problems: Problem[] = []
  readonly #context: WantedContext
  readonly #named = new Set<string>()

  constructor(context: WantedContext) {
    this.#context = context
  }

  takeAll(file: CatalogFile): void {
    for (const [index, seller] of (file.sellers ?? []).entries()) {
      const where = `sellers[${index}]`
      this.#add({ kind: 'seller', where, retired: false, ...seller }, seller.account)
    }
    for (const [index, product] of (file.products ?? []).entries()) {
      this.#takeProduct(product, `products[${index}]`)
    }
    for (const [index, buyer] of (file.buyers ?? []).entries()) {
      const where = `buyers[${index}]`
      const { customerIdentifiers = [], ...facts } = buyer
      this.#add({ kind: 'buyer', where, retired: false, ...facts }, buyer.account)
      for (const [inner, customer] of customerIdentifiers.entries()) {
        const at = `${where}.customerIdentifiers[${inner}]`
        const wish = { kind: 'customerIdentifier', where: at, buyer: buyer.account } as const
        this.#add({ ...wish, ...customer }, `${customer.seller}/${customer.identifier}`)
      }
    }
    for (const [index, agreement] of (file.agreements ?? []).entries()) {
      this.#takeAgreement(agreement, `agreements[${index}]`)
    }
    for (const [index, key] of (file.accessKeys ?? []).entries()) {
      this.#takeKey(key, `accessKeys[${index}]`)
    }
  }

  #add(wish: Wanted, name: string): void {
    const unique = `${wish.kind} ${name}`
    if (this.#named.has(unique)) this.#refuse(wish.where, `the file names ${unique} twice`)
    this.#named.add(unique)
    this.wanted.push(wish)
  }

  #refuse(where: string, text: string): void {
    this.problems.push({ where, text })
  }

  #takeProduct(product: FileProduct, where: string): void {
    const { concurrentFrom, fulfilmentUrl, dimensions, ...facts } = product
    const concurrentFromMs = this.#instant(concurrentFrom, `${where}.concurrentFrom`)?.ms
    const wish: WantedProduct = {
      kind: 'product',
      where,
      retired: false,
      ...facts,
      concurrentFromMs,
      fulfilmentUrl: fulfilmentUrl === 'none' ? null : fulfilmentUrl,
      dimensions: dimensions?.map(({ price, ...dimension }) => ({
        retired: false,
        ...dimension,
        price: price === undefined ? undefined : String(price),
      })),
    }
    const names = dimensions?.map(({ name }) => name) ?? []
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) this.#refuse(where, `the file names dimension ${twice} twice`)
    this.#add(wish, product.code)
  }

  #takeAgreement(agreement: FileAgreement, where: string): void {
    const { license, start, end, ...facts } = agreement
    const name = license ?? agreement.id
    if (name === undefined) {
      const free = this.#context.names.licenseArn()
      this.#refuse(
        where,
        `needs a license or an id, or applying twice would make two; a free one is: ${free}`,
      )
      return
    }
    const wish: Wanted = {
      kind: 'agreement',
      where,
      ...facts,
      licenseArn: license,
      start: this.#instant(start, `${where}.start`),
      end: end === 'never' ? end : this.#instant(end, `${where}.end`),
    }
    this.#add(wish, name)
  }

  #takeKey(key: FileAccessKey, where: string): void {
    const { secret, ...facts } = key
    const sealed = secret === undefined ? undefined : this.#sealed(key.id, secret, where)
    this.#add({ kind: 'accessKey', where, ...facts, secret: sealed }, key.id)
  }

  #sealed(accessKeyId: string, secret: string, where: string): string {
    const result = this.#context.sealSecret(accessKeyId, secret)
    if (result.ok) return result.sealed
    this.#refuse(`${where}.secret`, result.problem)
    // With a problem nothing is written; something stands here so that it is told once.
    return ''
  }

  #instant(text: string | undefined, where: string): WantedInstant | undefined {
    if (text === undefined) return undefined
    const instant = parseInstant(text, this.#context.nowMs)
    if (instant !== undefined) return { ms: instant.ms, onlyIfNew: instant.isRelative }
    this.#refuse(where, INSTANT_EXPECTED)
    return undefined
  }
}

/** The wishes that take out of use what the file's sections do not name. */
export function pruneWishes(file: CatalogFile, present: CatalogIndex, nowMs: number): Wanted[] {
  return [
    ...pruneParties(file, present),
    ...pruneProducts(file, present),
    ...pruneAgreements(file, present, nowMs),
    ...pruneKeys(file, present),
  ]
}

const where = '--prune'

function* pruneParties(file: CatalogFile, present: CatalogIndex): Generator<Wanted> {
  const kinds = [
    ['seller', file.sellers, present.sellers],
    ['buyer', file.buyers, present.buyers],
  ] as const
  for (const [kind, section, entries] of kinds) {
    if (section === undefined) continue
    const named = new Set(section.map((one) => one.account))
    for (const { account, retired } of entries.values()) {
      if (!retired && !named.has(account)) yield { kind, where, account, retired: true }
    }
  }
}

function* pruneProducts(file: CatalogFile, present: CatalogIndex): Generator<Wanted> {
  if (file.products === undefined) return
  const named = new Map(file.products.map((product) => [product.code, product]))
  for (const { code, retired, dimensions } of present.products.values()) {
    const product = named.get(code)
    if (product === undefined) {
      if (!retired) yield { kind: 'product', where, code, retired: true }
    } else if (product.dimensions !== undefined) {
      const kept = new Set(product.dimensions.map(({ name }) => name))
      const gone = dimensions.filter((one) => !one.retired && !kept.has(one.name))
      if (gone.length === 0) continue
      const retiring = gone.map(({ name }) => ({ name, retired: true }))
      yield { kind: 'product', where, code, dimensions: retiring }
    }
  }
}

function* pruneAgreements(
  file: CatalogFile,
  present: CatalogIndex,
  nowMs: number,
): Generator<Wanted> {
  if (file.agreements === undefined) return
  const named = new Set(file.agreements.flatMap(({ id, license }) => [id, license]))
  for (const { id, licenseArn, status, endMs } of present.agreements.values()) {
    const isOver = status === 'cancelled' || (endMs !== undefined && endMs <= nowMs)
    if (isOver || named.has(id) || named.has(licenseArn)) continue
    yield { kind: 'agreement', where, id, status: 'cancelled' }
  }
}

/** Temporary keys cannot be written in a file, and end by themselves. */
function* pruneKeys(file: CatalogFile, present: CatalogIndex): Generator<Wanted> {
  if (file.accessKeys === undefined) return
  const named = new Set(file.accessKeys.map(({ id }) => id))
  for (const { id, status, temporary } of present.accessKeys.values()) {
    if (status === 'disabled' || temporary !== undefined || named.has(id)) continue
    yield { kind: 'accessKey', where, id, status: 'disabled' }
  }
}
