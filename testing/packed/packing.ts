/**
 * The package as it would be published, packed once for a whole run of tests.
 *
 * Called by   the runner, by its --test-global-setup; a file that is run by itself packs for itself.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const ROOT = path.join(import.meta.dirname, '../..')

/** What the runner tells the files' processes, which inherit its environment. */
const TARBALL_OF_RUN = 'TEST_TARBALL_OF_RUN'

let folder: string | undefined

/** @returns The tarball. `npm pack` makes `dist/` anew before. */
export function tarball(): string {
  const packed = process.env[TARBALL_OF_RUN]
  if (packed !== undefined) return packed
  globalSetup()
  process.once('exit', globalTeardown)
  return tarball()
}

export function globalSetup(): void {
  folder = mkdtempSync(path.join(tmpdir(), 'marketmeter-packed-'))
  const words = ['pack', '--json', '--workspaces=false', '--pack-destination', folder]
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm pack failed:\n${stdout}${stderr}`)
  const [packed] = JSON.parse(stdout) as [{ readonly filename: string }]
  process.env[TARBALL_OF_RUN] = path.join(folder, packed.filename)
}

export function globalTeardown(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}
