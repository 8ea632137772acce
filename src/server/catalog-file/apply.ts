/**
 * Applies a catalog file: reads it, decides, and writes when told to. The command and the demo both come through here.
 */
import { randomBytes, randomInt } from 'node:crypto'
import type { EntryChange, Problem } from '../../core/catalog-change.ts'
import { newNames } from '../../core/catalog-names.ts'
import type { Wanted } from '../../core/catalog-wanted.ts'
import type { ControlState } from '../control-state.ts'
import type { MasterKeyRing } from '../keys/master-keys.ts'
import { type Locate, readCatalogFile } from './read.ts'
import { sealWritten } from './secret.ts'
import { pruneWishes, wishesOf } from './wanted.ts'

export interface CatalogSource {
  readonly text: string
  /** As the problems are to name it. */
  readonly name: string
  /** Where `file:` secrets are looked for. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface ApplyContext {
  readonly state: ControlState
  /** Opened only if the file has secrets. */
  readonly masterKeys: () => Promise<MasterKeyRing>
  readonly nowMs: number
  readonly prunes: boolean
  readonly actor: string
}

/** What a file would change, and the way to do it; or everything that is wrong with it. */
export type ApplyPlan =
  | {
      readonly ok: true
      readonly changes: readonly EntryChange[]
      readonly apply: () => Promise<ApplyResult>
    }
  | { readonly ok: false; readonly problems: readonly string[] }

export type ApplyResult =
  | { readonly ok: true; readonly changes: readonly EntryChange[] }
  | { readonly ok: false; readonly problems: readonly string[] }

export async function planCatalog(
  source: CatalogSource,
  context: ApplyContext,
): Promise<ApplyPlan> {
  const { state, nowMs, actor } = context
  const read = readCatalogFile(source.text, source.name)
  if (!read.ok) return read
  await state.refresh()
  const hasSecrets = read.file.accessKeys?.some(({ secret }) => secret !== undefined) === true
  const masterKeys = hasSecrets ? await context.masterKeys() : undefined
  const { wanted, problems } = wishesOf(read.file, {
    nowMs,
    names: newNames(randomInt),
    sealSecret: (accessKeyId, written) =>
      sealWritten(
        {
          ...source,
          present: state.index,
          masterKeys,
          randomBytes,
          allowsLiteral: state.index.purpose === 'demo',
        },
        accessKeyId,
        written,
      ),
  })
  const pruned = context.prunes ? pruneWishes(read.file, state.index, nowMs) : []
  const all: Wanted[] = [...wanted, ...pruned]
  const decision = await state.preview(all, nowMs)
  const found = [...problems, ...(decision.ok ? [] : decision.problems)]
  if (found.length > 0 || !decision.ok) return told(found, read.locate)
  const shown = all.map((one) => withNamesShown(one, decision.changes))
  return {
    ok: true,
    changes: decision.changes,
    apply: async () => {
      const summary = `catalog apply ${source.name}: ${summaryOf(decision.changes)}`
      const changed = await state.change({ wanted: shown, nowMs, actor, summary })
      return changed.ok ? changed : told(changed.problems, read.locate)
    },
  }
}

/** A new agreement's id or license is made when it is decided: what was shown is what must be written. */
function withNamesShown(one: Wanted, changes: readonly EntryChange[]): Wanted {
  if (one.kind !== 'agreement' || (one.id !== undefined && one.licenseArn !== undefined)) return one
  for (const { after } of changes) {
    if (after.kind !== 'agreement') continue
    if (after.id === one.id || after.licenseArn === one.licenseArn) {
      return { ...one, id: after.id, licenseArn: after.licenseArn }
    }
  }
  return one
}

/** `2 products, 1 agreement` */
export function summaryOf(changes: readonly EntryChange[]): string {
  const counts = new Map<string, number>()
  for (const { after } of changes) counts.set(after.kind, (counts.get(after.kind) ?? 0) + 1)
  return [...counts]
    .map(([kind, count]) => `${count} ${NOUNS[kind] ?? kind}${count === 1 ? '' : 's'}`)
    .join(', ')
}

const NOUNS: Readonly<Record<string, string>> = {
  customerIdentifier: 'customer identifier',
  accessKey: 'access key',
  adminToken: 'admin token',
}

function told(
  problems: readonly Problem[],
  locate: Locate,
): { readonly ok: false; readonly problems: readonly string[] } {
  return { ok: false, problems: [...new Set(problems.map(locate))] }
}
