/**
 * Each SDK's toolchain: how to see whether it is here, how to install what its program needs, how to run it.
 *
 * Everything goes through the ordinary clients (npm, pip, go, mvn, cargo, dotnet) and whatever registry they are set up
 * for, at the versions that the lock files and manifests under conformance/sdks/ name.
 */
import path from 'node:path'
import type { Traits } from './check.ts'

const SDKS = path.join(import.meta.dirname, '..', 'sdks')
const CACHE = path.join(SDKS, '.cache')

export interface Command {
  readonly program: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface Toolchain {
  readonly name: string
  /** What the machine must have, and the question that shows whether it does. */
  readonly needs: readonly Command[]
  /** Folder of its program; what is installed is kept until something in it changes. */
  readonly folder: string
  readonly install: readonly Command[]
  readonly run: Command
  /** `always` must run in CI; `demand` runs with --all or by name. */
  readonly when: 'always' | 'demand'
  readonly traits: Traits
}

function command(program: string, ...rest: readonly string[]): Command {
  return { program, arguments: rest }
}

const folder = (name: string) => path.join(SDKS, name)

function python(name: string, ...pipOptions: readonly string[]): readonly Command[] {
  const venv = path.join(CACHE, name)
  return [
    command('python3', '-m', 'venv', '--clear', venv),
    command(
      path.join(venv, 'bin', 'python'),
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pipOptions],
      ...['-r', path.join(folder(name), 'requirements.txt')],
    ),
  ]
}

const GO_BINARY = path.join(CACHE, 'go', 'sdk')
const CLASSES = path.join(folder('java'), 'target')

export const TOOLCHAINS: readonly Toolchain[] = [
  {
    name: 'javascript',
    needs: [],
    folder: folder('javascript'),
    install: [],
    run: command(process.execPath, path.join(folder('javascript'), 'main.mjs')),
    when: 'always',
    traits: {},
  },
  {
    name: 'python',
    needs: [command('python3', '-m', 'venv', '--help')],
    folder: folder('python'),
    install: python('python', '--require-hashes'),
    run: command(
      path.join(CACHE, 'python', 'bin', 'python'),
      path.join(folder('python'), 'main.py'),
    ),
    when: 'always',
    traits: { verifies: false },
  },
  {
    name: 'go',
    needs: [command('go', 'version')],
    folder: folder('go'),
    install: [command('go', 'build', '-mod=readonly', '-o', GO_BINARY, '.')],
    run: command(GO_BINARY),
    when: 'always',
    traits: {},
  },
  {
    name: 'java',
    needs: [command('java', '-version'), command('mvn', '-v')],
    folder: folder('java'),
    install: [command('mvn', '--quiet', '--batch-mode', 'compile')],
    run: command(
      'java',
      ...['-XX:TieredStopAtLevel=1', '-cp'],
      [path.join(CLASSES, 'classes'), path.join(CLASSES, 'dependency', '*')].join(path.delimiter),
      'Main',
    ),
    when: 'always',
    // The newest version of it that could be had is older than the member.
    traits: { unsupported: ['LicenseArn'] },
  },
  {
    name: 'cli',
    needs: [command('python3', '-m', 'venv', '--help')],
    folder: folder('cli'),
    install: python('cli'),
    run: command(
      process.execPath,
      path.join(folder('cli'), 'main.mjs'),
      path.join(CACHE, 'cli', 'bin', 'aws'),
    ),
    when: 'demand',
    traits: { wholeSeconds: true, requestIds: false, verifies: false, pages: false },
  },
  {
    name: 'rust',
    needs: [command('cargo', '--version')],
    folder: folder('rust'),
    install: [
      {
        ...command('cargo', 'build', '--quiet', '--locked'),
        environment: { CARGO_TARGET_DIR: path.join(CACHE, 'rust'), CARGO_PROFILE_DEV_DEBUG: '0' },
      },
    ],
    run: command(path.join(CACHE, 'rust', 'debug', 'marketmeter-sdk-rust')),
    when: 'demand',
    traits: { verifies: false },
  },
  {
    name: 'dotnet',
    needs: [command('dotnet', '--version')],
    folder: folder('dotnet'),
    install: [command('dotnet', 'build', '--nologo', '--output', path.join(CACHE, 'dotnet'))],
    run: command('dotnet', path.join(CACHE, 'dotnet', 'marketmeter-sdk-dotnet.dll')),
    when: 'demand',
    // Its program does not play them yet: nobody has run it so far.
    traits: { unsupported: ['MeterUsage', 'RegisterUsage', 'GetEntitlements'] },
  },
]

export const STAMPS = path.join(CACHE, 'stamps')
