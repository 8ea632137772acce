/** A database of PostgreSQL, which any number of replicas share. */
import { LedgerRefused } from '../../store/sqlite/refused.ts'
import type { Storage } from './storage.ts'

export async function openPostgres(): Promise<Storage> {
  throw new LedgerRefused('The catalog is not kept on PostgreSQL yet.')
}
