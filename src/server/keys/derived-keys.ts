/**
 * Keys made from the master key, for each purpose another: what strangers may have sealed as often as they like must not wear
 * out the key under which secrets are encrypted. A restart and every replica have the same ones.
 *
 * Checked by ../admin/seller-cursors.test.ts, ../registration-tokens.test.ts
 */
import { createSecretKey, hkdfSync } from 'node:crypto'
import { MASTER_KEY_BYTES, type MasterKey, type MasterKeyRing } from './master-keys.ts'

export function keyFor({ id, key }: MasterKey, purpose: string): MasterKey {
  const bytes = hkdfSync('sha256', key, '', purpose, MASTER_KEY_BYTES)
  return { id, key: createSecretKey(Buffer.from(bytes)) }
}

/** The keys for a purpose, found by the id of the master key that each is made from. */
export function ringFor(
  masterKeys: Pick<MasterKeyRing, 'find'>,
  purpose: string,
): Pick<MasterKeyRing, 'find'> {
  return {
    find(id) {
      const masterKey = masterKeys.find(id)
      return masterKey && keyFor(masterKey, purpose)
    },
  }
}
