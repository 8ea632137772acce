/**
 * What the tokens of the cases stand for at one endpoint and one instant.
 *
 * | token | stands for |
 * |---|---|
 * | `<now>`, `<now-6h+30s>` | epoch seconds; h, m, s and ms may follow |
 * | `<product>`, `<product.upperCase>`, `<concurrentProduct>`, `<newProduct>`, `<otherProduct>` | product codes |
 * | `<dimension>`, `<dimension.otherCase>`, `<dimension.blankBehind>`, `<concurrentDimension>` | dimensions |
 * | `<active.account>`, `.customerIdentifier`, `.licenseArn`; `<cancelled…>`, `<suspended…>`, `<otherProduct…>` | buyers |
 * | `<concurrent.account>`, `.customerIdentifier`, `.licenseA`, `.licenseB` | a buyer with two licenses |
 * | `<own.hour+10m>`, `<own.dimension>`, `<own.account>` …, `<own2…>` | an hour of the case's own (slots.ts) |
 * | `<pair.hour+10m>`, `<pair.dimension>`, `<pair.account>`, `<pair.licenseA>`, `<pair.licenseB>` | the same under two licenses |
 * | `<meter.hour+10m>`, `<meter.dimension>`, `<meter.token>`, `<meter.otherToken>` | the same of the container product, and client tokens of the hour |
 * | `<container>`, `.dimension`, `.licenseArn`, `.version`, `.oldVersion`, `.unknownVersion`; `<oneResource>`, `.dimension` | products metered by MeterUsage |
 * | `<contract>`, `<contract.first.account>`, `.customerIdentifier`, `.licenseArn`, `.dimension`; `second`, `ended` | a product sold by contract, and buyers of it |
 * | `<next>` | the NextToken of the answer before |
 * | `<registration.active>`, `.concurrent`, `.otherSeller`, `.expired`, `.ofNoon` | registration tokens |
 * | `<secondRegion>` | another Region that is served |
 */
import { type Bindings, type Buyer, isRegistrationRole } from './bindings.ts'
import type { Json, JsonObject } from './case.ts'
import { containerMember, contractMember, oneResourceMember } from './product-tokens.ts'
import type { MeterSlot, PairSlot, Slot } from './slots.ts'

export interface Scope {
  readonly bindings: Bindings
  readonly nowMs: number
  readonly own: readonly (Slot | undefined)[]
  readonly pair: PairSlot | undefined
  readonly meter: MeterSlot | undefined
  readonly nextToken?: string | undefined
}

/** The bindings lack what a case needs; the message says what. */
export class Unbound extends Error {}

const WHOLE = /^<([a-zA-Z][\w.+-]*)>$/
const INSIDE = /<([a-z][a-zA-Z0-9]*(?:[.+-][\w.+-]*)?)>/g
const INSTANT = /^(now|(?:own\d?|pair|meter)\.hour)((?:[+-](?:\d+(?:ms|[hms]))+)*)$/

const MS_OF = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const

/** Replaces every text that is one token. */
export function resolveJson(value: Json, scope: Scope): Json {
  if (typeof value === 'string') {
    const name = WHOLE.exec(value)?.[1]
    return name === undefined ? value : resolve(name, scope)
  }
  if (Array.isArray(value)) return value.map((item: Json) => resolveJson(item, scope))
  if (typeof value !== 'object' || value === null) return value
  return resolveMembers(value as JsonObject, scope)
}

export function resolveMembers(members: JsonObject, scope: Scope): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, resolveJson(member, scope)]),
  )
}

/** Replaces every token inside a text. Instants always have three decimals. */
export function resolveText(text: string, scope: Scope): string {
  return text.replace(INSIDE, (_, name: string) => {
    const value = resolve(name, scope)
    return typeof value === 'number' ? value.toFixed(3) : value
  })
}

function resolve(name: string, scope: Scope): string | number {
  const instant = INSTANT.exec(name)
  if (instant !== null) {
    const [, base = '', offset = ''] = instant
    return (baseMs(base, scope) + durationMs(offset)) / 1_000
  }
  const [role = '', ...members] = name.split('.')
  return textOf(role, members, scope) ?? unbound(name)
}

function baseMs(base: string, scope: Scope): number {
  if (base === 'now') return scope.nowMs
  const [role = ''] = base.split('.')
  if (role === 'meter') return meterOf(scope).hourStartMs
  return role === 'pair' ? pairOf(scope).hourStartMs : ownOf(role, scope).hourStartMs
}

/** '-6h+30s' is -21,570,000: a sign holds until the next one. */
export function durationMs(text: string): number {
  let total = 0
  for (const [, sign, terms = ''] of text.matchAll(/([+-])([^+-]+)/g)) {
    for (const [, count, unit] of terms.matchAll(/(\d+)(ms|[hms])/g)) {
      total += (sign === '-' ? -1 : 1) * Number(count) * MS_OF[unit as keyof typeof MS_OF]
    }
  }
  return total
}

function textOf(
  role: string,
  members: readonly string[],
  scope: Scope,
): string | number | undefined {
  const { bindings } = scope
  const [member] = members
  switch (role) {
    case 'product':
      return varied(bindings.product.code, member)
    case 'dimension':
      return varied(bindings.product.dimensions[0], member)
    case 'concurrentProduct':
      return bindings.concurrentProduct?.code
    case 'newProduct':
      return bindings.newProduct?.code
    case 'concurrentDimension':
      return bindings.concurrentProduct?.dimensions[0]
    case 'secondRegion':
      return bindings.secondRegion
    case 'otherProduct':
      return member === undefined
        ? bindings.otherProduct?.code
        : memberOf(bindings.otherProduct?.buyer, members)
    case 'active':
      return memberOf(bindings.buyers.active[0], members)
    case 'cancelled':
      return memberOf(bindings.buyers.cancelled, members)
    case 'suspended':
      return memberOf(bindings.buyers.suspended, members)
    case 'concurrent':
      return concurrentMember(bindings, member)
    case 'registration':
      return registrationToken(bindings, members)
    case 'container':
      return containerMember(bindings, member)
    case 'oneResource':
      return oneResourceMember(bindings, member)
    case 'contract':
      return contractMember(bindings, members)
    case 'next':
      return scope.nextToken
    case 'meter':
      return meterMember(meterOf(scope), member)
    case 'pair':
      return member === 'dimension' ? pairOf(scope).dimension : concurrentMember(bindings, member)
    default:
      if (!/^own\d?$/.test(role))
        throw new Error(`There is no token <${[role, ...members].join('.')}>.`)
      return member === 'dimension'
        ? ownOf(role, scope).dimension
        : memberOf(ownOf(role, scope).buyer, members)
  }
}

function memberOf(buyer: Buyer | undefined, members: readonly string[]): string | undefined {
  const [member, variation] = members
  if (member !== 'account' && member !== 'customerIdentifier' && member !== 'licenseArn') {
    throw new Error(`A buyer has no member ${String(member)}.`)
  }
  return varied(buyer?.[member], variation)
}

function concurrentMember({ buyers }: Bindings, member: string | undefined): string | undefined {
  switch (member) {
    case 'account':
    case 'customerIdentifier':
      return buyers.concurrent?.[member]
    case 'licenseA':
      return buyers.concurrent?.licenseArns[0]
    case 'licenseB':
      return buyers.concurrent?.licenseArns[1]
    default:
      throw new Error(`A buyer with two licenses has no member ${String(member)}.`)
  }
}

function registrationToken(
  { registrationTokens = {} }: Bindings,
  [role = '', variation]: readonly string[],
): string | undefined {
  if (!isRegistrationRole(role)) throw new Error(`There is no registration token ${role}.`)
  return varied(registrationTokens[role], variation)
}

function varied(text: string | undefined, variation: string | undefined): string | undefined {
  if (text === undefined || variation === undefined) return text
  switch (variation) {
    case 'upperCase':
      return text.toUpperCase()
    case 'lowerCase':
      return text.toLowerCase()
    case 'otherCase':
      return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()
    case 'formDecoded':
      return text.replaceAll('+', ' ')
    case 'formEncoded':
      return encodeURIComponent(text)
    case 'cut':
      return text.slice(0, -1)
    case 'blankBehind':
      return `${text} `
    default:
      throw new Error(`There is no variation ${variation}.`)
  }
}

function ownOf(role: string, { own }: Scope): Slot {
  return own[Number(role.slice(3) || '1') - 1] ?? unbound('more active buyers or dimensions')
}

function pairOf({ pair }: Scope): PairSlot {
  return pair ?? unbound('concurrentProduct with enough dimensions')
}

function meterOf({ meter }: Scope): MeterSlot {
  return meter ?? unbound('containerProduct with enough dimensions')
}

function meterMember({ dimension, token }: MeterSlot, member: string | undefined): string {
  switch (member) {
    case 'dimension':
      return dimension
    case 'token':
      return token
    case 'otherToken':
      return `${token}-other`
    default:
      throw new Error(`An hour of MeterUsage has no member ${String(member)}.`)
  }
}

function unbound(what: string): never {
  throw new Unbound(`the bindings do not name ${what}`)
}
