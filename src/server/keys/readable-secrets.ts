/**
 * Whether this process can open the secrets that callers sign with.
 *
 * Why watched  A start proves that it can. Later another process may encrypt them anew under a master key that this one
 *              was never given: then their callers fail here and nowhere else, and a balancer must look away.
 * Cheap        An access key is looked at when it changes; being asked costs a look at one that could not be opened.
 * Checked by   readable-secrets.test.ts
 */
import type { AccessKeyEntry } from '../../core/control-entries.ts'
import type { PartHealth } from '../health.ts'
import type { MasterKeyRing } from './master-keys.ts'
import { masterKeyIdOf } from './sealed-text.ts'
import { describeOpenProblem } from './secrets.ts'

export class ReadableSecrets {
  readonly #accessKeys: ReadonlyMap<string, AccessKeyEntry>
  readonly #masterKeys: Pick<MasterKeyRing, 'find'>
  /** Ids of active access keys, and of the master keys that they need and that were not known. */
  readonly #unreadable = new Map<string, string>()

  constructor(
    accessKeys: ReadonlyMap<string, AccessKeyEntry>,
    masterKeys: Pick<MasterKeyRing, 'find'>,
  ) {
    this.#accessKeys = accessKeys
    this.#masterKeys = masterKeys
  }

  /** To be told of each access key that changed. */
  look(accessKeyId: string): void {
    const entry = this.#accessKeys.get(accessKeyId)
    const masterKeyId = entry?.status === 'active' ? masterKeyIdOf(entry.secret) : undefined
    if (masterKeyId === undefined || this.#masterKeys.find(masterKeyId) !== undefined) {
      this.#unreadable.delete(accessKeyId)
    } else this.#unreadable.set(accessKeyId, masterKeyId)
  }

  health(): PartHealth {
    for (const [accessKeyId, masterKeyId] of this.#unreadable) {
      if (this.#masterKeys.find(masterKeyId) === undefined) {
        const problem = { kind: 'unknownMasterKey', masterKeyId } as const
        return { ready: false, note: describeOpenProblem(problem, accessKeyId) }
      }
      // It stands in the file of master keys by now.
      this.#unreadable.delete(accessKeyId)
    }
    return { ready: true }
  }
}
