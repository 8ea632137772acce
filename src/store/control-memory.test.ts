import { controlStoreSpec } from './control.spec.ts'
import { MemoryControlStore } from './control-memory.ts'

controlStoreSpec('memory', async (bounds) => new MemoryControlStore(bounds))
