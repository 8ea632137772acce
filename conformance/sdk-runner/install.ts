/** Installs what an SDK's program needs, and remembers for which sources it did. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './process.ts'
import { STAMPS, type Toolchain } from './toolchains.ts'

/** What installing takes of one. */
type Installed = Pick<Toolchain, 'name' | 'needs' | 'folder' | 'install'>

const MADE = new Set(['target', 'bin', 'obj', 'node_modules', '__pycache__'])

/** @returns Why the toolchain cannot be used here, or undefined. */
export async function missing(toolchain: Installed): Promise<string | undefined> {
  for (const need of toolchain.needs) {
    const { exitCode } = await run(need, toolchain.folder)
    if (exitCode !== 0) return `${[need.program, ...need.arguments].join(' ')} does not run here`
  }
  return undefined
}

/** @returns What the failing command said, or undefined if all is in place. */
export async function install(
  toolchain: Installed,
  say: (text: string) => void,
): Promise<string | undefined> {
  const stamp = path.join(STAMPS, toolchain.name)
  const digest = await digestOf(toolchain)
  if (toolchain.install.length === 0 || (await textOf(stamp)) === digest) return undefined
  say(`${toolchain.name}: installing (once)`)
  await mkdir(STAMPS, { recursive: true })
  for (const command of toolchain.install) {
    const { exitCode, stdout, stderr } = await run(command, toolchain.folder)
    if (exitCode !== 0) return `${command.program} failed:\n${stdout}${stderr}`
  }
  await writeFile(stamp, digest)
  return undefined
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}

/** Of every source file of the program, and of the commands that install it. */
async function digestOf({ folder, install: commands }: Installed): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(commands))
  for (const entry of (await readdir(folder, { recursive: true })).sort()) {
    if (entry.split(path.sep).some((part) => MADE.has(part))) continue
    hash.update(entry).update(await readFile(path.join(folder, entry)).catch(() => ''))
  }
  return hash.digest('hex')
}
