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
import { it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipOwn } from '../src/store/postgres/server.spec.ts'

const AS_ROOT_OF_ITS_OWN = ['--user', '--map-root-user', '--mount']
/** PostgreSQL refuses to run as root, in a namespace too; of root's own it goes to an account that one alone knows not of. */
const AS_WE_ARE =
  process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-current-user', '--mount']
/** Mounts the disk on its first argument and becomes the rest. */
const ON_SMALL_DISK = 'mount -t tmpfs -o size=64m,mode=1777 tmpfs "$0" && exec "$@"'

it('survives a full disk and goes on when there is space', (t) => {
  runOnSmallDisk(t, 'full-disk-program.ts', AS_ROOT_OF_ITS_OWN)
})

it(
  'survives a full disk of PostgreSQL, of which readiness tells, and goes on when there is space',
  { skip: skipOwn },
  (t) => {
    runOnSmallDisk(t, 'postgres-full-disk-program.ts', AS_WE_ARE)
  },
)

function runOnSmallDisk(t: TestContext, program: string, namespaces: readonly string[]): void {
  const mountPoint = mkdtempSync(join(tmpdir(), 'marketmeter-disk-'))
  const onSmallDisk = (words: readonly string[]) => {
    const script = ['sh', '-c', ON_SMALL_DISK, mountPoint, ...words]
    return spawnSync('unshare', [...namespaces, ...script], { encoding: 'utf8' })
  }
  try {
    if (onSmallDisk(['true']).status !== 0) {
      t.skip('this machine permits no tmpfs: no `unshare`, or no user namespaces')
      return
    }
    const file = fileURLToPath(new URL(program, import.meta.url))
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', file, mountPoint]
    const { status, stdout, stderr } = onSmallDisk(words)
    assert.equal(status, 0, stderr)
    t.diagnostic(stdout.trim())
  } finally {
    rmdirSync(mountPoint)
  }
}
