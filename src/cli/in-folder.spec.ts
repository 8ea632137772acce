/** Commands run in this process on one folder, as typed: what they print and their exit code. */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { COMMANDS } from './commands.ts'
import { runProgram } from './parse.ts'

export async function runIn(data: string, ...words: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const program = { name: 'marketmeter', about: '', version: '0', commands: COMMANDS }
  const io = { out, err, in: new PassThrough(), interactive: false, env: {} }
  const exitCode = await runProgram(program, [...words, '--data', data], io)
  out.end()
  err.end()
  return { exitCode, out: await text(out), err: await text(err) }
}
