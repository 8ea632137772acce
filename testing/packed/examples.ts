/**
 * The examples in other languages: what each needs, how its packages are installed, how its test is run.
 *
 * As in conformance/sdk-runner/, everything goes through the ordinary clients, at the versions that the examples name.
 */
import path from 'node:path'
import { type Command, STAMPS, type Toolchain } from '../../conformance/sdk-runner/toolchains.ts'
import { ROOT } from './packing.ts'

export type Example = Omit<Toolchain, 'when' | 'traits'>

const VENV = path.join(STAMPS, '../example-python')
const PYTHON = path.join(VENV, 'bin/python')
const QUIETLY = ['--quiet', '--disable-pip-version-check']

function example(name: string, parts: Omit<Example, 'name' | 'folder'>): Example {
  return { name: `example-${name}`, folder: path.join(ROOT, 'examples', name), ...parts }
}

function command(program: string, ...rest: readonly string[]): Command {
  return { program, arguments: rest }
}

export const EXAMPLES: readonly Example[] = [
  example('python', {
    needs: [command('python3', '-m', 'venv', '--help')],
    install: [
      command('python3', '-m', 'venv', '--clear', VENV),
      command(PYTHON, '-m', 'pip', 'install', ...QUIETLY, '-r', 'requirements.txt'),
    ],
    run: command(PYTHON, '-m', 'pytest'),
  }),
  example('go', {
    needs: [command('go', 'version')],
    install: [],
    run: command('go', 'test', '-count=1', './...'),
  }),
  example('java', {
    needs: [command('java', '-version'), command('mvn', '-v')],
    install: [],
    run: command('mvn', '--batch-mode', '--no-transfer-progress', 'test'),
  }),
  example('aws-cli', {
    needs: [command('aws', '--version')],
    install: [],
    run: command('sh', 'meter.sh'),
  }),
]
