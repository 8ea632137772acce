/**
 * Whether this process can open the secrets that callers sign with, and the private keys that it signs with itself.
 *
 * Why watched  A start proves that it can. Later another process may encrypt them anew under a master key that this one
 *              was never given: then their callers fail here and nowhere else, and a balancer must look away.
 * Cheap        A key is looked at when it changes; being asked costs a look at one that could not be opened.
 * Checked by   readable-secrets.test.ts, ../../cli/commands/public-keys.test.ts
 */
import { entryKeyOf, type SealedEntry } from '../../core/control-entries.ts'
import type { PartHealth } from '../health.ts'
import type { MasterKeyRing } from './master-keys.ts'
import { describePrivateKeyProblem } from './public-keys.ts'
import { masterKeyIdOf } from './sealed-text.ts'
import { describeOpenProblem } from './secrets.ts'

interface Unreadable {
  readonly entry: SealedEntry
  /** What it needs, and what was not known. */
  readonly masterKeyId: string
}

export class ReadableSecrets {
  readonly #masterKeys: Pick<MasterKeyRing, 'find'>
  readonly #unreadable = new Map<string, Unreadable>()

  constructor(masterKeys: Pick<MasterKeyRing, 'find'>) {
    this.#masterKeys = masterKeys
  }

  /** To be told of each key that changed. */
  look(entry: SealedEntry): void {
    const name = `${entry.kind} ${entryKeyOf(entry)}`
    const masterKeyId = isUsed(entry) ? masterKeyIdOf(entry.secret) : undefined
    if (masterKeyId === undefined || this.#masterKeys.find(masterKeyId) !== undefined) {
      this.#unreadable.delete(name)
    } else this.#unreadable.set(name, { entry, masterKeyId })
  }

  health(): PartHealth {
    for (const [name, { entry, masterKeyId }] of this.#unreadable) {
      if (this.#masterKeys.find(masterKeyId) === undefined) {
        return { ready: false, note: describeUnknown(entry, masterKeyId) }
      }
      // It stands in the file of master keys by now.
      this.#unreadable.delete(name)
    }
    return { ready: true }
  }
}

/** A public key that has a next version still signs. */
function isUsed(entry: SealedEntry): boolean {
  return entry.kind === 'publicKey' || entry.status === 'active'
}

function describeUnknown(entry: SealedEntry, masterKeyId: string): string {
  const problem = { kind: 'unknownMasterKey', masterKeyId } as const
  return entry.kind === 'publicKey'
    ? describePrivateKeyProblem(problem, entry.fingerprint)
    : describeOpenProblem(problem, entry.id)
}
