/** Leaves a small disk no room, and gives it back. */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** The last ones so small that not even a page of a database finds room. */
const CHUNKS = [64 * 1_024, 512].map((bytes) => Buffer.alloc(bytes, 1))

export function fill(folder: string): void {
  const file = openSync(join(folder, 'ballast'), 'w')
  for (const chunk of CHUNKS) while (takes(file, chunk));
  closeSync(file)
}

function takes(file: number, chunk: Buffer): boolean {
  try {
    return writeSync(file, chunk) === chunk.length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}

export function empty(folder: string): void {
  unlinkSync(join(folder, 'ballast'))
}
