/**
 * Who may sign: the access keys of the control data, with their signing keys derived and at hand.
 *
 * A disabled key, or one of an account that is retired, is not found, and from then on no cached
 * signing key is reached either. Expiry and session tokens are the verifier's business (D12).
 * Checked by access-keys.test.ts
 */
import type { AccessKeyEntry } from '../core/control-entries.ts'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { KeyLookup, KnownKey } from '../wire/sigv4/index.ts'
import type { MasterKeyRing } from './keys/master-keys.ts'
import { describeOpenProblem, openSecret } from './keys/secrets.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import type { Signer } from './service.ts'

type Accounts = Pick<CatalogIndex, 'accessKeys' | 'sellers' | 'buyers'>

export function accessKeyLookup(
  accounts: Accounts,
  masterKeys: MasterKeyRing,
  signingKeys: SigningKeys,
): KeyLookup<Signer> {
  return {
    find(accessKeyId) {
      const entry = accounts.accessKeys.get(accessKeyId)
      if (entry?.status !== 'active' || isRetired(accounts, entry)) return undefined
      return knownKey(entry, masterKeys, signingKeys)
    },
  }
}

/** An account may be a seller's, a buyer's or both; it is retired when each part that it plays is. */
function isRetired({ sellers, buyers }: Accounts, { account }: AccessKeyEntry): boolean {
  const parts = [sellers.get(account), buyers.get(account)].filter((part) => part !== undefined)
  return parts.length > 0 && parts.every(({ retired }) => retired)
}

function knownKey(
  entry: AccessKeyEntry,
  masterKeys: MasterKeyRing,
  signingKeys: SigningKeys,
): KnownKey<Signer> {
  const { id, account, operations, secret, temporary } = entry
  const source = {
    accessKeyId: id,
    secretVersion: secret,
    openSecret: () => openOrThrow(masterKeys, id, secret),
  }
  return {
    signer: {
      account,
      accessKeyId: id,
      ...(operations && { operations }),
      ...(temporary?.resource !== undefined && { resource: temporary.resource }),
    },
    session: temporary && {
      tokenHash: Buffer.from(temporary.sessionTokenHash, 'hex'),
      expiresAtMs: temporary.expiresMs,
    },
    signingKey: (date, region) => signingKeys.get(source, date, region),
  }
}

/** Start-up proves that every secret opens, so this fails only if a master key went away since. */
function openOrThrow(masterKeys: MasterKeyRing, accessKeyId: string, sealed: string): string {
  const opened = openSecret(masterKeys, accessKeyId, sealed)
  if (!opened.ok) throw new Error(describeOpenProblem(opened.problem, accessKeyId))
  return opened.secret
}
