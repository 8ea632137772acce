/**
 * Which Node each command needs. npm only warns of `engines`, and an older Node would end in a stack trace.
 *
 * The sandbox runs in sellers' projects, on the Node that they have; everything else keeps a ledger on Node's SQLite.
 * Checked by node-needed.test.ts, and on those Nodes by testing/packed/
 */
import type { CommandTable } from './parse.ts'

type Version = readonly [major: number, minor: number]

/** Older ones have not all that the sandbox uses, and no longer any support. */
const SANDBOX: Version = [20, 19]
/** The first with a SQLite that loses nothing: see store/sqlite/sqlite-version.ts. */
const ALL: Version = [24, 15]

/** The commands that there are on this Node. None is loaded. */
export function commandsOn(node: string, commands: CommandTable): CommandTable {
  const entries = Object.entries(commands)
  return Object.fromEntries(
    entries.filter(([name]) => refusalOn(node, name.split(' '), commands) === undefined),
  )
}

/** @returns Why the command line has no place on this Node, in a sentence, or undefined. What is no command is for the parser to refuse. */
export function refusalOn(
  node: string,
  words: readonly string[],
  commands: CommandTable,
): string | undefined {
  if (isSince(ALL, node)) return undefined
  if (!isSince(SANDBOX, node)) {
    return `Node ${ALL.join('.')} or later is needed, for the sandbox ${SANDBOX.join('.')} or later, and this is ${node}.`
  }
  const [command = ''] = words
  const isCommand = Object.keys(commands).some((name) => name.split(' ')[0] === command)
  if (command === 'sandbox' || !isCommand) return undefined
  return `\`${command}\` needs Node ${ALL.join('.')} or later, and this is ${node}, which runs \`marketmeter sandbox\` alone.`
}

/** @returns What to say under a list of the commands that there are on this Node, if there are more. */
export function restOn(node: string): string | undefined {
  if (isSince(ALL, node)) return undefined
  return `All other commands need Node ${ALL.join('.')} or later, and this is ${node}.`
}

function isSince([major, minor]: Version, node: string): boolean {
  const [isMajor = 0, isMinor = 0] = node.replace(/^v/, '').split('.').map(Number)
  return isMajor > major || (isMajor === major && isMinor >= minor)
}
