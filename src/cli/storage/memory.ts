/** Everything in memory, gone with the process. */
import { randomBytes } from 'node:crypto'
import { MASTER_KEY_BYTES, masterKeyOf, ringOf } from '../../server/keys/master-keys.ts'
import { MemoryControlStore } from '../../store/control-memory.ts'
import { MemoryLedger } from '../../store/memory.ts'
import { nowUs } from './now.ts'
import type { Storage, StorageOf } from './storage.ts'

export async function openMemory({ refusalBounds }: StorageOf<'memory'>): Promise<Storage> {
  const ledger = new MemoryLedger(nowUs)
  return {
    ledger,
    control: new MemoryControlStore(refusalBounds),
    name: 'in memory',
    openMasterKeys: async () => ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))]),
    close: () => ledger.close(),
  }
}
