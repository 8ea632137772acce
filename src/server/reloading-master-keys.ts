/**
 * A master key ring that looks into its file again when it is asked for a key that it does not know, so that
 * `keys rotate-master` re-encrypts while the service runs.
 *
 * A ciphertext that names a key nobody has would make it read on every request, so it reads at most once a second.
 * Checked by reloading-master-keys.test.ts
 */
import { readMasterKeyFile } from './keys/master-key-file.ts'
import type { MasterKey, MasterKeyRing } from './keys/master-keys.ts'

const READ_EVERY_MS_MIN = 1_000

/** @param nowMs Effort time; only differences count. */
export function reloadingMasterKeys(
  file: string,
  first: MasterKeyRing,
  nowMs: () => number = () => performance.now(),
): MasterKeyRing {
  let ring = first
  let readAtMs = -Infinity
  return {
    get current(): MasterKey {
      return ring.current
    },
    get keys(): readonly MasterKey[] {
      return ring.keys
    },
    find(id) {
      const known = ring.find(id)
      if (known !== undefined || nowMs() - readAtMs < READ_EVERY_MS_MIN) return known
      readAtMs = nowMs()
      const read = readMasterKeyFile(file)
      // What was good stays: a file that is broken now is told at the next start.
      if (read.ok) ring = read.ring
      return ring.find(id)
    },
  }
}
