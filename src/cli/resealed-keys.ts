/**
 * What a copy does with the secrets of access keys and the private ones of public keys, which are encrypted under the source's master keys.
 *
 * They stay as they are: the same keys are given to the replicas. A demo's alone are encrypted anew, because a demo on
 * PostgreSQL goes by the key in its example file, as public as the secrets themselves.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { SealedEntry } from '../core/control-entries.ts'
import { ControlState } from '../server/control-state.ts'
import { resealPrivateKey } from '../server/keys/public-keys.ts'
import { describeOpenProblem, openSecret, sealSecret } from '../server/keys/secrets.ts'
import { SqliteControlStore } from '../store/sqlite-control/store.ts'
import { CommandFailure } from './command.ts'
import { DATA_FAILED } from './control-access.ts'
import { controlFileIn, type LedgerPlace } from './ledger-place.ts'
import { contentOf, type MasterKeySource, openMasterKeys } from './master-keys.ts'

export type Reseal = (entry: SealedEntry) => SealedEntry

export interface Route {
  readonly from: Extract<LedgerPlace, { kind: 'sqlite' }>
  readonly to: Extract<LedgerPlace, { kind: 'postgres' }>
  /** Of the source; absent: the file in its folder. */
  readonly masterKeys: MasterKeySource | undefined
}

/** @returns Nothing where they stay as they are. */
export async function resealFor({ from, to, masterKeys }: Route): Promise<Reseal | undefined> {
  const file = controlFileIn(from.folder)
  if (!existsSync(file)) return undefined
  const store = new SqliteControlStore(file)
  try {
    const { index } = await ControlState.open(store)
    const content = contentOf(index)
    if (!content.isDemo) return undefined
    const source = openMasterKeys(from, masterKeys, content)
    const target = openMasterKeys(to, undefined, content)
    return (entry) => {
      if (entry.kind === 'publicKey') {
        const ring = { current: target.current, keys: source.keys, find: source.find.bind(source) }
        const sealed = resealPrivateKey(ring, entry, randomBytes)
        if (!sealed.ok) throw new CommandFailure(sealed.problem, DATA_FAILED)
        return { ...entry, secret: sealed.sealed }
      }
      const opened = openSecret(source, entry.id, entry.secret)
      if (!opened.ok) {
        throw new CommandFailure(describeOpenProblem(opened.problem, entry.id), DATA_FAILED)
      }
      return { ...entry, secret: sealSecret(target.current, entry.id, opened.secret, randomBytes) }
    }
  } finally {
    await store.close()
  }
}
