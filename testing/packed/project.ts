/**
 * A project of a stranger who installed the packed package: what npm would put there, without a network.
 *
 * The package is unpacked from its tarball. What its manifest asks for, and what the project itself uses, are links into this
 * checkout; nothing else is there, so what the package does not declare it does not find.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { ROOT, tarball } from './packing.ts'

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** @param template The folder whose files the project begins with. */
export async function projectOf(template: string, ...uses: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'marketmeter-project-'))
  after(() => rm(folder, { recursive: true, force: true }))
  await cp(path.join(ROOT, template), folder, { recursive: true })
  const own = path.join(folder, 'node_modules/marketmeter')
  await mkdir(own, { recursive: true })
  await run('tar', ['-xzf', tarball(), '--strip-components=1', '-C', own], folder)
  const manifest = JSON.parse(await readFile(path.join(own, 'package.json'), 'utf8')) as Manifest
  for (const name of [...Object.keys(manifest.dependencies ?? {}), ...uses])
    await link(folder, name)
  await mkdir(path.join(folder, 'node_modules/.bin'))
  for (const [name, file] of Object.entries(manifest.bin)) {
    await symlink(path.join('../marketmeter', file), path.join(folder, 'node_modules/.bin', name))
  }
  return folder
}

async function link(folder: string, name: string): Promise<void> {
  const place = path.join(folder, 'node_modules', name)
  await mkdir(path.dirname(place), { recursive: true })
  await symlink(path.join(ROOT, 'node_modules', name), place)
}

/** @throws With everything that it said, if it fails. */
export async function run(
  program: string,
  words: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment }
  const running = promisify(execFile)(program, words, { cwd: folder, env })
  const { stdout } = await running.catch((error: unknown) => {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }
    throw new Error(`${program} ${words.join(' ')} failed:\n${stdout}${stderr}`)
  })
  return stdout
}

interface Compilation {
  readonly module: string
  readonly moduleResolution?: string
  readonly target?: string
  readonly files: readonly string[]
  readonly emit?: boolean
}

/** In a strict project; other people's declarations are theirs to check. @throws With what the compiler said */
export async function typecheck(folder: string, compilation: Compilation): Promise<void> {
  const { files, emit = false, ...options } = compilation
  const compilerOptions = {
    target: 'es2025',
    ...options,
    strict: true,
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: !emit,
    types: ['node'],
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
  }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  await run(
    process.execPath,
    [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'],
    folder,
  )
}
