/**
 * The demo's catalog: a file that anybody can read and change, put into a ledger that is marked as a demo.
 */
import { readFileSync } from 'node:fs'
import type { ControlState } from '../control-state.ts'
import type { MasterKeyRing } from '../keys/master-keys.ts'
import { planCatalog } from './apply.ts'
import { readCatalogFile } from './read.ts'
import type { CatalogFile } from './schema.ts'

/** As far from src/server/catalog-file/ as from dist/server/catalog-file/. */
const DEMO_FILE = new URL('../../../examples/demo-catalog.yaml', import.meta.url)

export interface DemoKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly account: string
}

export interface DemoCatalog {
  readonly file: CatalogFile
  /** Fixed and public: only a demo prints them. */
  readonly keys: readonly DemoKey[]
}

export function readDemoCatalog(): DemoCatalog {
  const read = readCatalogFile(readFileSync(DEMO_FILE, 'utf8'), 'demo-catalog.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const keys = (read.file.accessKeys ?? []).map(({ id, secret = '', account = '' }) => {
    return { accessKeyId: id, secretAccessKey: secret, account }
  })
  return { file: read.file, keys }
}

/**
 * Marks an empty ledger as a demo and fills it; on later starts it adds what the file has and the ledger lacks.
 *
 * @returns What is wrong, in sentences; nothing on success. A ledger that is no demo is left as it is.
 */
export async function seedDemoCatalog(
  state: ControlState,
  masterKeys: MasterKeyRing,
  nowMs: number,
): Promise<readonly string[]> {
  const actor = 'demo'
  const marked = await state.change({
    wanted: [{ kind: 'purpose', where: '', purpose: 'demo' }],
    nowMs,
    actor,
    summary: 'marked as a demo ledger',
  })
  if (!marked.ok) return marked.problems.map(({ text }) => text)
  const source = {
    text: readFileSync(DEMO_FILE, 'utf8'),
    name: 'demo-catalog.yaml',
    folder: '.',
    environment: {},
  }
  const context = { state, masterKeys: async () => masterKeys, nowMs, prunes: false, actor }
  const plan = await planCatalog(source, context)
  if (!plan.ok) return plan.problems
  const applied = await plan.apply()
  return applied.ok ? [] : applied.problems
}
