/** Puts a new master key in front of those in the file beside the ledger. */
import { randomBytes } from 'node:crypto'
import { replaceMasterKeyFile } from '../server/keys/master-key-file.ts'
import {
  MASTER_KEY_BYTES,
  type MasterKeyRing,
  masterKeyOf,
  ringOf,
} from '../server/keys/master-keys.ts'

/** The new key is on disk before anything is encrypted under it. */
export function rotateMasterKeyFile(file: string, ring: MasterKeyRing): MasterKeyRing {
  const rotated = ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES)), ...ring.keys])
  replaceMasterKeyFile(file, rotated)
  return rotated
}
