/** Commands that change one seller, buyer or product that is there: find it, change it, say so. */
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { NameRule } from '../core/catalog-names.ts'
import type { Wanted, WantedProduct, WantedSeller } from '../core/catalog-wanted.ts'
import type { BuyerEntry, ProductEntry, SellerEntry } from '../core/control-entries.ts'
import { CommandFailure, type CommandRun } from './command.ts'
import {
  type ControlAccess,
  DATA_FAILED_MEANING,
  DATA_OPTIONS,
  WRONG_LINE,
  WRONG_LINE_MEANING,
  withControl,
} from './control-access.ts'
import { changeOrFail, REFUSED_MEANING } from './control-change.ts'
import { jsonLines, shownEntryOf } from './listing.ts'

export type KnownKind = 'seller' | 'buyer' | 'product'
type KnownEntry = SellerEntry | BuyerEntry | ProductEntry

/** What may be changed of any of them, and of products and of sellers alone. */
type Facts = Pick<
  WantedProduct,
  | 'name'
  | 'retired'
  | 'dimensions'
  | 'integration'
  | 'fulfilmentUrl'
  | 'redirectOrigins'
  | 'contract'
> &
  Pick<WantedSeller, 'webhook'>

export const REFUSED = 1
export const CHANGE_EXITS = {
  1: REFUSED_MEANING,
  2: WRONG_LINE_MEANING,
  3: DATA_FAILED_MEANING,
} as const

export const CHANGE_OPTIONS = {
  json: { type: 'boolean', about: 'Print it as one JSON object' },
  ...DATA_OPTIONS,
} as const

export const ARGUMENT_OF = {
  seller: { name: 'ACCOUNT', about: 'Twelve digits' },
  buyer: { name: 'ACCOUNT', about: 'Twelve digits' },
  product: { name: 'CODE', about: 'The product code' },
} as const satisfies Record<KnownKind, object>

export interface KnownChange {
  readonly kind: KnownKind
  /** Its account or product code. */
  readonly name: string
  /** What comes after the noun: `retire`. */
  readonly verb: string
  readonly facts: Facts | ((before: KnownEntry) => Facts)
  /** What is said of it on `err` once it is changed. */
  readonly said: string
}

/** @throws CommandFailure if there is no such thing: a mistyped name must not add one. */
export async function changeKnown(
  given: Pick<CommandRun<typeof CHANGE_OPTIONS>, 'io' | 'options'>,
  { kind, name, verb, facts, said }: KnownChange,
): Promise<0> {
  const { options, io } = given
  return withControl(given, 'update', async (access) => {
    const before = await knownEntry(access, kind, name)
    const wanted = wantedOf(kind, name, typeof facts === 'function' ? facts(before) : facts)
    await changeOrFail(access, [wanted], `${kind}s ${verb} ${name}`)
    if (options.json) {
      io.out.write(jsonLines([shownEntryOf(await knownEntry(access, kind, name))]))
    }
    io.err.write(`The ${kind} ${name} ${said}.\n`)
    return 0 as const
  })
}

/** @throws CommandFailure if an argument is not written as such a name is. */
export function argumentOf<Name>(where: string, rule: NameRule<Name>, text: string): Name {
  const value = rule.parse(text)
  if (value === undefined) {
    throw new CommandFailure(`${where}: expected ${rule.expected}.`, WRONG_LINE)
  }
  return value
}

async function knownEntry(
  { state }: ControlAccess,
  kind: KnownKind,
  name: string,
): Promise<KnownEntry> {
  await state.refresh()
  for (const one of entriesOf(state.index, kind)) if (nameOf(one) === name) return one
  throw new CommandFailure(`There is no ${kind} ${name}.`, REFUSED)
}

function entriesOf(index: CatalogIndex, kind: KnownKind): Iterable<KnownEntry> {
  switch (kind) {
    case 'seller':
      return index.sellers.values()
    case 'buyer':
      return index.buyers.values()
    case 'product':
      return index.products.values()
  }
}

function nameOf(entry: KnownEntry): string {
  return entry.kind === 'product' ? entry.code : entry.account
}

function wantedOf(kind: KnownKind, name: string, facts: Facts): Wanted {
  const { webhook, ...productFacts } = facts
  if (kind === 'product') return { kind, where: '', code: name, ...productFacts }
  const { name: shown, retired } = facts
  if (kind === 'seller') return { kind, where: name, account: name, name: shown, retired, webhook }
  return { kind, where: name, account: name, name: shown, retired }
}
