/**
 * Where a service keeps what it keeps: ledger, control data and master keys, in one of several kinds of place.
 *
 * A new kind is a file beside this one and a row of the table below; nothing else asks which kind it is.
 */
import type { Profile } from '../../core/profile.ts'
import type { ControlState } from '../../server/control-state.ts'
import type { MasterKeyRing } from '../../server/keys/master-keys.ts'
import type { ControlStore, RefusalBounds } from '../../store/control.ts'
import type { Ledger } from '../../store/ledger.ts'
import type { LedgerPlace } from '../ledger-place.ts'
import type { LedgerSettings } from '../ledger-settings.ts'

export type Purpose = 'demo' | 'production'

export type StoragePlace = LedgerPlace | { readonly kind: 'memory' }

export interface StorageSettings extends Omit<LedgerSettings, 'place'> {
  readonly place: StoragePlace
  readonly purpose: Purpose
  readonly profile: Profile
  readonly indexBytesMax?: number
  readonly refusalBounds: RefusalBounds
}

/** Told what the ledger does, by ledgers that say so. */
export interface StorageListener {
  onCommit(commit: { readonly records: number; readonly seconds: number }): void
  onNote(note: string): void
}

export interface Storage {
  readonly ledger: Ledger
  readonly control: ControlStore
  /** Where it is, for people; it holds no secret. */
  readonly name: string
  /** @throws CommandFailure or LedgerRefused if they are not there, or not this ledger's. */
  openMasterKeys(state: ControlState): Promise<MasterKeyRing>
  close(): Promise<void>
}

export type StorageOf<Kind extends StoragePlace['kind']> = StorageSettings & {
  readonly place: Extract<StoragePlace, { kind: Kind }>
}

/** @throws LedgerRefused with one sentence. */
export async function openStorage(
  { place, ...settings }: StorageSettings,
  listener: StorageListener,
): Promise<Storage> {
  // Each is loaded only where it is used: a start need not wait for the others.
  switch (place.kind) {
    case 'memory':
      return (await import('./memory.ts')).openMemory({ ...settings, place })
    case 'sqlite':
      return (await import('./sqlite.ts')).openSqlite({ ...settings, place }, listener)
    case 'postgres':
      return (await import('./postgres.ts')).openPostgres({ ...settings, place }, listener)
  }
}
