/**
 * Which master keys a ledger's secrets are encrypted under: those that were named, else where its place keeps them.
 *
 * In a folder   `master.key` beside the ledger, made when nothing is encrypted yet.
 * On PostgreSQL never beside the ledger, for every replica needs the same: named ones alone. A demo's are as public as its
 *               access keys, so they stand in its example files.
 * Named         In the environment, or in a file of their owner's: read, never made and never changed by us.
 * Checked by    master-keys.test.ts
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { CatalogIndex } from '../core/catalog-index.ts'
import { openMasterKeyFile, readMasterKeyFile } from '../server/keys/master-key-file.ts'
import {
  type MasterKeyResult,
  type MasterKeyRing,
  parseMasterKeys,
} from '../server/keys/master-keys.ts'
import { reloadingMasterKeys } from '../server/reloading-master-keys.ts'
import { CommandFailure } from './command.ts'
import type { LedgerPlace } from './ledger-place.ts'
import { MASTER_KEYS } from './settings.ts'

export type MasterKeySource =
  | { readonly from: 'environment'; readonly text: string }
  | { readonly from: 'file'; readonly file: string }

/** What of the ledger's content its keys depend on. */
export interface KeyedContent {
  /** Something is encrypted already, so no key may be made. */
  readonly hasSecrets: boolean
  readonly isDemo: boolean
}

/** As far from src/cli/ as from dist/cli/. */
const DEMO_KEYS = new URL('../../examples/demo-master.key', import.meta.url)
const NOT_OPENED = 3

export function masterKeyFileIn(folder: string): string {
  return path.join(folder, 'master.key')
}

export function contentOf({ accessKeys, publicKeys, purpose }: CatalogIndex): KeyedContent {
  return { hasSecrets: accessKeys.size + publicKeys.size > 0, isDemo: purpose === 'demo' }
}

/** @throws CommandFailure with one sentence. */
export function openMasterKeys(
  place: LedgerPlace,
  source: MasterKeySource | undefined,
  content: KeyedContent,
): MasterKeyRing {
  const result =
    place.kind === 'postgres'
      ? onPostgres(source, content)
      : inFolder(place.folder, source, content)
  if (result.ok) return result.ring
  throw new CommandFailure(result.problem, NOT_OPENED)
}

function inFolder(
  folder: string,
  source: MasterKeySource | undefined,
  { hasSecrets }: KeyedContent,
): MasterKeyResult {
  if (source !== undefined) return named(source)
  const file = masterKeyFileIn(folder)
  return reloading(file, openMasterKeyFile(file, hasSecrets))
}

function onPostgres(
  source: MasterKeySource | undefined,
  { isDemo }: KeyedContent,
): MasterKeyResult {
  if (isDemo) return parseMasterKeys(readFileSync(DEMO_KEYS, 'utf8'), 'examples/demo-master.key')
  if (source !== undefined) return named(source)
  const problem =
    'A ledger on PostgreSQL keeps no master key. Give the same to every replica: --master-key-file FILE (mode 0600), or MARKETMETER_MASTER_KEYS. Make the first with: openssl rand -base64 32'
  return { ok: false, problem }
}

function named(source: MasterKeySource): MasterKeyResult {
  return source.from === 'environment'
    ? parseMasterKeys(source.text, MASTER_KEYS)
    : reloading(source.file, readMasterKeyFile(source.file))
}

/** Whoever replaces a key adds the new one to the file while we run. */
function reloading(file: string, result: MasterKeyResult): MasterKeyResult {
  return result.ok ? { ok: true, ring: reloadingMasterKeys(file, result.ring) } : result
}
