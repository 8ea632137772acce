/**
 * What a command is: a name of noun and verb, options, examples, and exit codes that are documented
 * where they are returned, because `run` may return no other.
 *
 * Data goes to `out`, talk to `err`. A command's streams are arguments, so tests give it their own.
 * Checked by parse.test.ts
 */

import type { NameRule } from '../core/catalog-names.ts'

export interface Io {
  readonly out: NodeJS.WritableStream
  readonly err: NodeJS.WritableStream
  readonly in: NodeJS.ReadableStream
  /** Whether a person can be asked. */
  readonly interactive: boolean
  /** Only `config.ts` makes sense of it. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export type OptionSpec =
  | { readonly type: 'boolean'; readonly about: string }
  | {
      readonly type: 'string'
      /** What stands for the value in the help: `FILE`, `ACCOUNT`. */
      readonly value: string
      readonly about: string
      readonly required?: boolean
      /** May be given several times. */
      readonly many?: boolean
      /** All that it may be; the help names them. */
      readonly choices?: readonly string[]
      /** How its value is written. A value that is written otherwise could only ever find nothing. */
      readonly rule?: NameRule<string>
    }
  | {
      readonly type: 'integer'
      readonly value: string
      readonly about: string
      readonly min: number
      readonly max: number
    }

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type TextOf<Spec extends OptionSpec> = Spec extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Spec extends { rule: NameRule<infer Name> }
    ? Name
    : string

type OptionValue<Spec extends OptionSpec> = Spec extends { type: 'boolean' }
  ? boolean
  : Spec extends { type: 'integer' }
    ? number | undefined
    : Spec extends { many: true }
      ? readonly TextOf<Spec>[]
      : Spec extends { required: true }
        ? TextOf<Spec>
        : TextOf<Spec> | undefined

/** Options by the camel-case form of their names: `--data-dir` is `dataDir`. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: OptionValue<Specs[Name]>
}

export interface ArgumentSpec {
  readonly name: string
  readonly about: string
  readonly optional?: boolean
}

/** Exit codes and what they mean. 0 is success, 1 a finding or a refusal, 2 a wrong command line. */
export type Exits = Readonly<Record<number, string>>

export interface CommandRun<Specs extends OptionSpecs> {
  readonly options: OptionValues<Specs>
  readonly args: readonly string[]
  readonly io: Io
}

export interface CommandDefinition<Specs extends OptionSpecs, E extends Exits> {
  /** `noun verb`, or one word. */
  readonly name: string
  readonly summary: string
  /** What it does and does not, then examples, each on a line that begins with `$`. */
  readonly help: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options: Specs
  readonly exits: E
  /** It reads much and nobody waits for it: a service on the same machine goes first. */
  readonly givesWay?: boolean
  run(given: CommandRun<Specs>): Promise<keyof E & number>
}

/** A command whose types were checked where it was defined. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly help: string
  readonly arguments: readonly ArgumentSpec[]
  readonly options: OptionSpecs
  readonly exits: Exits
  readonly givesWay: boolean
  run(given: {
    readonly options: Readonly<Record<string, unknown>>
    readonly args: readonly string[]
    readonly io: Io
  }): Promise<number>
}

export function defineCommand<const Specs extends OptionSpecs, const E extends Exits>(
  definition: CommandDefinition<Specs, E>,
): Command {
  return {
    ...definition,
    arguments: definition.arguments ?? [],
    givesWay: definition.givesWay ?? false,
    // The parser fills `options` by the very specs that OptionValues is made from.
    run: (given) => definition.run({ ...given, options: given.options as OptionValues<Specs> }),
  }
}

/**
 * Ends a command with one sentence on `err` and no stack.
 *
 * @param exitCode One that the command documents.
 */
export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}
