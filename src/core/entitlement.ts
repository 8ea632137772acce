/** What an agreement of a contract product entitles its buyer to: a value of one of the product's dimensions each. */
import type { Dimension } from './usage.ts'

/** One value of one dimension. It is of the type by whose name it is called. */
export type Entitlement = { readonly dimension: Dimension } & EntitlementValue

export type EntitlementValue =
  | { readonly integer: number }
  | { readonly double: number }
  | { readonly boolean: boolean }
  | { readonly string: string }
