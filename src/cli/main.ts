#!/usr/bin/env node
/** `marketmeter`: the one binary. Every command is loaded only when it is used. */

import { enableCompileCache } from 'node:module'
import { COMMANDS } from './commands.ts'
import { runProgram } from './parse.ts'
import { processIo } from './config.ts'
import { VERSION } from './version.ts'

// Compiled code is kept between starts, in the system's temporary folder: starting is what scripts wait for.
enableCompileCache()

const program = {
  name: 'marketmeter',
  about: 'A usage ledger that speaks the AWS Marketplace Metering API.',
  version: VERSION,
  commands: COMMANDS,
}

process.exitCode = await runProgram(program, process.argv.slice(2), processIo())
