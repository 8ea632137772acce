/**
 * A disk that is full while `serve` runs: 500 to callers, nothing acknowledged lost, and on it goes when there is space.
 *
 * The disk       is a small tmpfs in a mount namespace of its own. That needs no root where user namespaces are permitted, and
 *                nothing has to be unmounted. The whole program runs inside, because SQLite resolves links out of it.
 * Elsewhere      it is skipped, and says so. The store's own tests do the same with a page limit, everywhere.
 */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('full-disk-program.ts', import.meta.url))
const NAMESPACES = ['--user', '--map-root-user', '--mount']
/** Mounts the disk on its first argument and becomes the rest. */
const ON_SMALL_DISK = 'mount -t tmpfs -o size=64m tmpfs "$0" && exec "$@"'

it('survives a full disk and goes on when there is space', (t) => {
  const mountPoint = mkdtempSync(join(tmpdir(), 'marketmeter-disk-'))
  try {
    if (onSmallDisk(mountPoint, ['true']).status !== 0) {
      t.skip('this machine permits no tmpfs: no `unshare`, or no user namespaces')
      return
    }
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM, mountPoint]
    const { status, stdout, stderr } = onSmallDisk(mountPoint, words)
    assert.equal(status, 0, stderr)
    t.diagnostic(stdout.trim())
  } finally {
    rmdirSync(mountPoint)
  }
})

function onSmallDisk(
  mountPoint: string,
  words: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const script = ['sh', '-c', ON_SMALL_DISK, mountPoint, ...words]
  return spawnSync('unshare', [...NAMESPACES, ...script], { encoding: 'utf8' })
}
