#!/usr/bin/env node
/** `marketmeter`: the one binary. Every command is loaded only when it is used. */

import nodeModule from 'node:module'
import { constants, setPriority } from 'node:os'
import { COMMANDS } from './commands.ts'
import { processIo } from './config.ts'
import { titleWithoutPasswords } from './hidden-passwords.ts'
import { runProgram } from './parse.ts'
import { endureReadersThatLeave } from './printing.ts'
import { VERSION } from './version.ts'

const program = {
  name: 'marketmeter',
  about: 'A usage ledger that speaks the AWS Marketplace Metering API.',
  version: VERSION,
  examples: [
    'marketmeter demo',
    'marketmeter serve --data /var/lib/marketmeter',
    'marketmeter catalog apply catalog.yaml',
    'marketmeter records --json | jq .quantity',
    'marketmeter agreements --help',
  ],
  commands: COMMANDS,
  giveWay: () => {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  },
}

/** The first with a SQLite that loses nothing: see store/sqlite/sqlite-version.ts. */
const NODE_MIN = { major: 24, minor: 15 }
const CANNOT_START = 3

process.exitCode = await main()

async function main(): Promise<number> {
  // npm only warns of `engines`, and an older Node would end in a stack trace.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < NODE_MIN.major || (major === NODE_MIN.major && minor < NODE_MIN.minor)) {
    process.stderr.write(
      `marketmeter: Node ${NODE_MIN.major}.${NODE_MIN.minor} or later is needed, and this is ${process.version}.\n`,
    )
    return CANNOT_START
  }
  // Anybody on the machine may list processes.
  const title = titleWithoutPasswords(process.argv)
  if (title !== undefined) process.title = title
  // Compiled code is kept between starts, in the system's temporary folder: starting is what scripts wait for.
  nodeModule.enableCompileCache()
  endureReadersThatLeave(process.stdout, process.stderr)
  return runProgram(program, process.argv.slice(2), processIo())
}
