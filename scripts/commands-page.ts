/**
 * The text of docs/commands.md, made from the definitions of the commands.
 *
 * Checked by  commands-page.test.ts, which compares the file with this. `npm run docs` writes it.
 */
import type { Command, OptionSpec } from '../src/cli/command.ts'
import { COMMANDS } from '../src/cli/commands.ts'

const OPENING = `# Commands

Made by \`npm run docs\` from the definitions under \`src/cli/commands/\`; edit those, not this. Data goes to stdout, talk
to stderr. In a checkout, \`npm run marketmeter -- records\` is \`marketmeter records\`.
`

export async function commandsPage(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const contents = commands.map(
    ({ name, summary }) => `- [\`${name}\`](#${anchorOf(name)}) ${summary}`,
  )
  return [OPENING, `${contents.join('\n')}\n`, ...commands.map(sectionOf)].join('\n')
}

function sectionOf(command: Command): string {
  const { name, summary, help, options, exits } = command
  const words = command.arguments.map((one) => (one.optional ? `[${one.name}]` : `<${one.name}>`))
  const { prose, examples } = splitHelp(help)
  return [
    `## ${name}\n`,
    `${summary}.\n`,
    ...(prose === '' ? [] : [`${prose}\n`]),
    `    marketmeter ${[name, ...words].join(' ')} [options]\n`,
    ...(examples === '' ? [] : [`${examples}\n`]),
    table(
      ['Argument or option', 'What it is'],
      [
        ...command.arguments.map((one) => [`\`${one.name}\``, one.about]),
        ...Object.entries(options).map(([option, spec]) => [
          `\`${flagOf(option, spec)}\``,
          aboutOf(spec),
        ]),
      ],
    ),
    table(['Exit code', 'When'], Object.entries(exits)),
  ].join('\n')
}

/** Lines that begin with `$`, and those that continue them, are examples. */
function splitHelp(help: string): { readonly prose: string; readonly examples: string } {
  const lines = help
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const first = lines.findIndex((line) => line.startsWith('$'))
  const end = first === -1 ? lines.length : first
  return {
    prose: lines.slice(0, end).join('\n').trim(),
    examples: lines
      .slice(end)
      .map((line) => `    ${line}`.trimEnd())
      .join('\n'),
  }
}

function flagOf(name: string, spec: OptionSpec): string {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  return spec.type === 'boolean' ? flag : `${flag} ${spec.value}`
}

function aboutOf(spec: OptionSpec): string {
  if (spec.type !== 'string') return spec.about
  const about = spec.choices ? `${spec.about}: ${spec.choices.join(', ')}` : spec.about
  return spec.required === true ? `${about}. Required.` : about
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows]
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')
}

function anchorOf(name: string): string {
  return name.replaceAll(' ', '-')
}
