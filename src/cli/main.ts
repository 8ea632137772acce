#!/usr/bin/env node
/** `marketmeter`: the one binary. Every command is loaded only when it is used. */

import nodeModule from 'node:module'
import { constants, setPriority } from 'node:os'
import { COMMANDS } from './commands.ts'
import { processIo } from './config.ts'
import { titleWithoutPasswords } from './hidden-passwords.ts'
import { commandsOn, refusalOn, restOn } from './node-needed.ts'
import { type Program, runProgram, withHelpLast } from './parse.ts'
import { endureReadersThatLeave } from './printing.ts'
import { VERSION } from './version.ts'

const EXAMPLES = [
  'marketmeter demo',
  'marketmeter serve --data /var/lib/marketmeter',
  'marketmeter catalog apply catalog.yaml',
  'marketmeter records --json | jq .quantity',
  'marketmeter agreements --help',
]

const program: Program = {
  name: 'marketmeter',
  about: 'A usage ledger that speaks the AWS Marketplace Metering API.',
  version: VERSION,
  examples: EXAMPLES.filter(
    (line) => refusalOn(process.version, line.split(' ').slice(1), COMMANDS) === undefined,
  ),
  commands: commandsOn(process.version, COMMANDS),
  rest: restOn(process.version),
  giveWay: () => {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  },
}

const CANNOT_START = 3

process.exitCode = await main()

async function main(): Promise<number> {
  const words = withHelpLast(process.argv.slice(2))
  const refusal = refusalOn(process.version, words, COMMANDS)
  if (refusal !== undefined) {
    process.stderr.write(`marketmeter: ${refusal}\n`)
    return CANNOT_START
  }
  // Anybody on the machine may list processes.
  const title = titleWithoutPasswords(process.argv)
  if (title !== undefined) process.title = title
  // Compiled code is kept between starts, in the system's temporary folder: starting is what scripts wait for. Node 20 has no such thing.
  if ('enableCompileCache' in nodeModule) nodeModule.enableCompileCache()
  endureReadersThatLeave(process.stdout, process.stderr)
  return runProgram(program, words, processIo())
}
