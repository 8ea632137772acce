/**
 * The file of master keys: made on first start, read on every other.
 *
 * Made once   Only where nothing is encrypted yet: a new key beside old secrets would hide that the old one is lost.
 * Made whole  It is written and synced under another name, then linked to its own, which fails if somebody
 *             was first. So it is never there half, and of two first starts both use one file.
 * Refused     A file that others than its owner may read, or that is malformed: with a sentence that
 *             says what to do. Nothing is ever repaired or replaced unasked.
 * Checked by  master-key-file.test.ts
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileProblemOf } from '../file-problem.ts'
import {
  formatMasterKeys,
  masterKeyOf,
  MASTER_KEY_BYTES,
  parseMasterKeys,
  ringOf,
} from './master-keys.ts'
import type { MasterKeyResult, MasterKeyRing } from './master-keys.ts'

/** rw for the owner, nothing for anybody else, and not executable. */
const FILE_MODE = 0o600
const MODE_BITS = 0o777
const SIZE_BYTES_MAX = 64 * 1_024

export type MasterKeyFileResult =
  | { readonly ok: true; readonly ring: MasterKeyRing; readonly created: boolean }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads the file, or makes it with one new key if it is not there.
 *
 * @param hasSecrets Something is encrypted already, so the file must be there.
 */
export function openMasterKeyFile(file: string, hasSecrets = false): MasterKeyFileResult {
  try {
    if (hasSecrets && !exists(file)) return { ok: false, problem: missing(file) }
    const created = createIfMissing(file)
    const result = readMasterKeyFile(file)
    return result.ok ? { ...result, created } : result
  } catch (error) {
    return { ok: false, problem: `The master key file ${file} cannot be made: ${messageOf(error)}` }
  }
}

function missing(file: string): string {
  return (
    `The master key file ${file} is missing, and there are secrets encrypted under it. ` +
    'Put it back from your copy; a backup of the ledger does not hold it. None was made.'
  )
}

/** Reads a file that must be there. */
export function readMasterKeyFile(file: string): MasterKeyResult {
  try {
    const descriptor = openSync(file, constants.O_RDONLY)
    try {
      const problem = fileProblem(file, descriptor)
      if (problem !== undefined) return { ok: false, problem }
      return parseMasterKeys(readFileSync(descriptor, 'utf8'), `The master key file ${file}`)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    return {
      ok: false,
      problem: `The master key file ${file} cannot be read: ${fileProblemOf(error)}`,
    }
  }
}

/** Replaces the file's keys in one step, as adding or retiring one needs. @throws if the disk refuses. */
export function replaceMasterKeyFile(file: string, ring: MasterKeyRing): void {
  const draft = writeDraft(file, ring)
  try {
    renameSync(draft, file)
  } catch (error) {
    unlinkSync(draft)
    throw error
  }
  syncDirectoryOf(file)
}

function createIfMissing(file: string): boolean {
  if (exists(file)) return false
  const draft = writeDraft(file, ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))]))
  try {
    linkExclusively(draft, file)
  } catch (error) {
    // Another first start was quicker; its key counts.
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(draft)
  }
  syncDirectoryOf(file)
  return true
}

function writeDraft(file: string, ring: MasterKeyRing): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`
  const descriptor = openSync(draft, 'wx', FILE_MODE)
  try {
    writeFileSync(descriptor, formatMasterKeys(ring))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return draft
}

/** Some file systems know no links; there a copy that fails if the file is there must do. */
function linkExclusively(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error))) throw error
    copyFileSync(draft, file, constants.COPYFILE_EXCL)
  }
}

function fileProblem(file: string, descriptor: number): string | undefined {
  const status = fstatSync(descriptor)
  if (!status.isFile()) return `The master key file ${file} is not a file.`
  if (status.size > SIZE_BYTES_MAX) return `The master key file ${file} is far too big to be one.`
  const mode = status.mode & MODE_BITS
  if ((mode & ~FILE_MODE) === 0 || process.platform === 'win32') return undefined
  const octal = mode.toString(8).padStart(4, '0')
  return (
    `The master key file ${file} has mode ${octal}, so others than its owner may use it. ` +
    `Run: chmod 600 ${file}. If others had access to it, rotate the master key and the access keys as well.`
  )
}

function exists(file: string): boolean {
  try {
    closeSync(openSync(file, constants.O_RDONLY))
    return true
  } catch (error) {
    // Anything but absence is the reader's to report: a file that may not be read is not made anew.
    return codeOf(error) !== 'ENOENT'
  }
}

/** A new name is on stable storage only when its directory is. Windows cannot sync one. */
function syncDirectoryOf(file: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path.dirname(file), constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Whole, because it may be about the folder or a draft. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
