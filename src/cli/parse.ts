/**
 * From words to a command: `commander` reads the line, helps, and suggests what was meant.
 *
 * Only the command that is named is loaded, because start-up time counts; for a list of commands all are.
 * Checked by parse.test.ts
 */
import { Command as Parser, CommanderError, Help, InvalidArgumentError, Option } from 'commander'
import { type Command, CommandFailure, type Io, type OptionSpec } from './command.ts'
import { withoutPasswords } from './hidden-passwords.ts'

/** Commands by name, each loaded when it is needed. */
export type CommandTable = Readonly<Record<string, () => Promise<Command>>>

export interface Program {
  readonly name: string
  readonly about: string
  readonly version: string
  /** Lines for the end of the help, without their `$`. */
  readonly examples?: readonly string[]
  readonly commands: CommandTable
  /** Said under the list of commands. */
  readonly rest?: string | undefined
  /** Lets other programs of the machine go first, for the rest of this one's life. */
  readonly giveWay?: () => void
}

type Run = (command: Command, given: Parameters<Command['run']>[0]) => Promise<void>

const WRONG_COMMAND_LINE = 2
const FAILED = 3
/** What commander takes where it is told no width. */
const HELP_WIDTH = 80

/** `help serve` is `serve --help`. */
export function withHelpLast(words: readonly string[]): readonly string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words
}

/** Runs the command that `words` name and gives its exit code. Never throws. */
export async function runProgram(
  program: Program,
  words: readonly string[],
  io: Io,
): Promise<number> {
  let exitCode = 0
  const run: Run = async (command, given) => {
    if (command.givesWay) program.giveWay?.()
    exitCode = await command.run(given)
  }
  try {
    const parser = await parserFor(program, words, io, run)
    await parser.parseAsync([...words], { from: 'user' })
    return exitCode
  } catch (error) {
    return exitCodeOf(error, io)
  }
}

function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_COMMAND_LINE
  if (error instanceof CommandFailure) {
    io.err.write(`marketmeter: ${error.message}\n`)
    return error.exitCode
  }
  io.err.write(
    `marketmeter: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return FAILED
}

async function parserFor(
  { name, about, version, examples = [], commands, rest }: Program,
  words: readonly string[],
  io: Io,
  run: Run,
): Promise<Parser> {
  const root = prepared(new Parser(name), io).description(about).version(version, '-V, --version')
  const wanted = nameIn(words, commands)
  const firstExamples = new Map<Parser, string[]>()
  for (const [commandName, load] of Object.entries(commands)) {
    const parser = leafFor(root, commandName, io)
    if (wanted === commandName) define(parser, await load(), io, run)
    else if (isListed(commandName, wanted, words)) outline(parser, await load(), firstExamples)
  }
  for (const [group, lines] of firstExamples) group.addHelpText('after', examplesText(lines))
  for (const group of root.commands.filter((parser) => parser.commands.length > 0)) {
    if (Object.hasOwn(commands, group.name())) continue
    group.summary(group.commands.map((parser) => parser.name()).join(', '))
  }
  if (rest !== undefined) root.addHelpText('after', `\n${rest}`)
  if (examples.length > 0) root.addHelpText('after', examplesText(examples))
  refuseUnknownUnder(root, words, commands)
  return root
}

/** A word after a command that others stand under was meant for one of them; only of a mere list of commands the parser knows that. */
function refuseUnknownUnder(
  root: Parser,
  [first = '', second = '']: readonly string[],
  commands: CommandTable,
): void {
  const group = root.commands.find((parser) => parser.name() === first)
  const names = group?.commands.map((parser) => parser.name()) ?? []
  if (group === undefined || names.length === 0 || !Object.hasOwn(commands, first)) return
  if (second === '' || second.startsWith('-') || names.includes(second)) return
  group.error(`error: unknown command '${first} ${second}'. There are: ${names.join(', ')}`)
}

/** Whether the help that will be shown names it: the program's, or that of a command which others stand under. */
function isListed(
  commandName: string,
  wanted: string | undefined,
  words: readonly string[],
): boolean {
  if (wanted === undefined) return true
  return commandName.startsWith(`${wanted} `) && (words.includes('--help') || words.includes('-h'))
}

/** A command as the lists show it, with its first example for the help of its group. */
function outline(
  parser: Parser,
  { name, summary, help }: Command,
  firstExamples: Map<Parser, string[]>,
): void {
  parser.summary(summary)
  const example = /^ *\$ (.*[^\\\n])$/m.exec(help)?.[1]
  const { parent } = parser
  if (!name.includes(' ') || example === undefined || parent === null) return
  firstExamples.set(parent, [...(firstExamples.get(parent) ?? []), example])
}

function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`
}

/** The command that the first words name, or undefined if a list of commands is what will be shown. */
function nameIn(words: readonly string[], commands: CommandTable): string | undefined {
  const [first = '', second = ''] = words
  return [`${first} ${second}`, first].find((name) => Object.hasOwn(commands, name))
}

function leafFor(root: Parser, commandName: string, io: Io): Parser {
  return commandName.split(' ').reduce((parent, word) => {
    const present = parent.commands.find((child) => child.name() === word)
    return present ?? prepared(parent.command(word), io)
  }, root)
}

function prepared(parser: Parser, io: Io): Parser {
  return parser
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what there is)')
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(withoutPasswords(text)),
    })
}

function define(parser: Parser, command: Command, io: Io, run: Run): void {
  parser.summary(command.summary).description(`${command.summary}.`)
  parser.addHelpText('after', () => `\n${trailerOf(command)}`)
  for (const { name, about, optional } of command.arguments) {
    parser.argument(optional === true ? `[${name}]` : `<${name}>`, about)
  }
  for (const [name, spec] of Object.entries(command.options)) parser.addOption(optionOf(name, spec))
  parser.action(async () => {
    const options = { ...defaultsOf(command), ...parser.opts<Record<string, unknown>>() }
    await run(command, { options, args: parser.args, io })
  })
}

/** Help and exit codes, as they stand below the options. */
function trailerOf({ help, exits }: Command): string {
  const paragraphs = help.trim().split(/\n\s*\n/)
  const codes = Object.entries(exits).map(([code, meaning]) => `  ${code}  ${meaning}`)
  return `${paragraphs.map(wrapped).join('\n\n')}\n\nExit codes:\n${codes.join('\n')}`
}

/** Prose is as wide as the options above it; examples and lists keep their lines. */
function wrapped(paragraph: string): string {
  const lines = paragraph.split('\n').map((line) => line.trim())
  if (lines.some((line) => /^(?:\$|-) /.test(line))) return lines.join('\n')
  return new Help().boxWrap(lines.join(' '), HELP_WIDTH)
}

function optionOf(name: string, spec: OptionSpec): Option {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  switch (spec.type) {
    case 'boolean':
      return new Option(flag, spec.about)
    case 'integer':
      return new Option(`${flag} <${spec.value}>`, spec.about).argParser((text) =>
        integer(text, spec),
      )
    case 'string': {
      const option = new Option(`${flag} <${spec.value}>`, spec.about)
      if (spec.choices !== undefined) option.choices(spec.choices)
      const appended = (text: string, before: readonly string[] | undefined): readonly string[] => [
        ...(before ?? []),
        textOf(text, spec),
      ]
      if (spec.many === true) option.argParser(appended)
      else option.argParser((text) => textOf(text, spec))
      return option.makeOptionMandatory(spec.required === true)
    }
  }
}

type TextSpec = Extract<OptionSpec, { type: 'string' }>

function textOf(text: string, { choices, rule }: TextSpec): string {
  if (choices !== undefined && !choices.includes(text)) {
    throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`)
  }
  const value = rule === undefined ? text : rule.parse(text)
  if (value !== undefined) return value
  throw new InvalidArgumentError(`Expected ${rule?.expected ?? 'something else'}.`)
}

function integer(text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text)
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
}

/** What a boolean and a repeatable option are when they are not given. */
function defaultsOf({ options }: Command): Record<string, unknown> {
  const entries = Object.entries(options).flatMap(([name, spec]): [string, unknown][] => {
    if (spec.type === 'boolean') return [[name, false]]
    return spec.type === 'string' && spec.many === true ? [[name, []]] : []
  })
  return Object.fromEntries(entries)
}
