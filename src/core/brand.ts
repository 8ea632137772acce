/**
 * Nominal types for values that look alike: two kinds of twelve-digit text must not be mixed up.
 *
 * A brand costs nothing at run time. It is put on in one place, next to the check that earns it.
 */

declare const brand: unique symbol

export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }
