/**
 * What npm would put into a stranger's project that asks for the packed package, without a network.
 *
 * The package is unpacked from its tarball. What its manifest asks for, and what the project itself uses, are links into this
 * checkout; nothing else is there, so what the package does not declare it does not find.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { ROOT, tarball } from './packing.ts'

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

export async function installInto(folder: string, uses: readonly string[]): Promise<void> {
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
