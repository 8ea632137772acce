/**
 * Copies what is kept beside the ledger: catalog, keys, tokens and change log, notices, uses of registration tokens, and best
 * effort the refused records.
 *
 * Forward     A target without control data, or with an earlier state of the source's, gets the changes with their numbers
 *             and their log: whoever knows the version there knows it here.
 * Adding      A target with a history of its own gets what it lacks, as one change of its own; what it holds differently is
 *             told, and nothing is written then.
 * Secrets     stay encrypted as they are, under the same master keys, unless the job says otherwise.
 */
import { isDeepStrictEqual } from 'node:util'
import { type ControlEntry, entryKeyOf, isSealed } from '../../core/control-entries.ts'
import type { InstantMs } from '../../core/usage.ts'
import type { LedgerFinding } from '../ledger.ts'
import { ControlImport } from '../postgres-control/import.ts'
import { PostgresControlStore } from '../postgres-control/store.ts'
import type { ControlHistory } from '../sqlite-control/history.ts'
import { entryDifferenceOf } from './entry-difference.ts'
import type { CopyJob } from './job.ts'

/** What is to be done, upon which version of the target. */
export type ControlPlan =
  | { readonly kind: 'forward'; readonly upon: number }
  | {
      readonly kind: 'add'
      readonly upon: number
      readonly missing: readonly ControlEntry[]
      readonly findings: readonly LedgerFinding[]
    }

export class ControlCopy {
  readonly #import: ControlImport
  readonly #store: PostgresControlStore
  readonly #reseal: CopyJob['reseal']

  /** @throws LedgerRefused with one sentence. */
  static async open({ target, reseal }: CopyJob): Promise<ControlCopy> {
    const { url, connectMsMax } = target
    // It connects when it is first needed, so nothing is left open where the store is refused.
    const controlImport = await ControlImport.open(url, connectMsMax)
    const store = await PostgresControlStore.open({ url, connectMsMax, copying: true })
    return new ControlCopy(controlImport, store, reseal)
  }

  private constructor(
    controlImport: ControlImport,
    store: PostgresControlStore,
    reseal: CopyJob['reseal'],
  ) {
    this.#import = controlImport
    this.#store = store
    this.#reseal = reseal
  }

  async plan(history: ControlHistory): Promise<ControlPlan> {
    const last = await this.#import.lastChange()
    if (last === undefined) return { kind: 'forward', upon: 0 }
    if (isDeepStrictEqual(history.logAt(last.version), last)) {
      return { kind: 'forward', upon: last.version }
    }
    const { version, entries } = await this.#store.changesAfter(0)
    return { kind: 'add', upon: version, ...compareEntries(allEntriesOf(history), entries) }
  }

  /** @returns Whether it was done: somebody may have changed the target since the plan was made. */
  async carryOut(plan: ControlPlan, history: ControlHistory, from: string): Promise<boolean> {
    if (plan.kind === 'forward') return this.#forward(plan.upon, history)
    if (plan.missing.length === 0) return true
    const committed = await this.#store.commit({
      upon: plan.upon,
      entries: plan.missing.map((entry) => this.#resealed(entry)),
      atMs: Date.now() as InstantMs,
      actor: 'copy',
      summary: `what was missing of ${from}`,
    })
    return typeof committed === 'object'
  }

  /** A token that was used up stays so. Whoever counts must have stopped. */
  async copyTokenUses(history: ControlHistory): Promise<void> {
    for (const page of history.tokenUses()) await this.#import.addTokenUses(page)
  }

  async copyRefusals(history: ControlHistory): Promise<void> {
    for (const page of history.refusals()) await this.#import.addRefusals(page)
  }

  /** What was said, and what is still to be said. */
  async copyNotices(history: ControlHistory): Promise<void> {
    for (const page of history.notices()) await this.#import.addNotices(page)
  }

  async close(): Promise<void> {
    await this.#import.close()
    await this.#store.close()
  }

  async #forward(upon: number, history: ControlHistory): Promise<boolean> {
    if (upon === history.version) return true
    const done = await this.#import.forward(upon, {
      version: history.version,
      log: history.logAfter(upon),
      entries: this.#resealedPages(history, upon),
    })
    return done === 'forwarded'
  }

  *#resealedPages(
    history: ControlHistory,
    after: number,
  ): Generator<readonly { readonly version: number; readonly entry: ControlEntry }[]> {
    for (const page of history.entriesAfter(after)) {
      yield page.map(({ version, entry }) => ({ version, entry: this.#resealed(entry) }))
    }
  }

  #resealed(entry: ControlEntry): ControlEntry {
    return isSealed(entry) && this.#reseal !== undefined ? this.#reseal(entry) : entry
  }
}

function allEntriesOf(history: ControlHistory): readonly ControlEntry[] {
  return [...history.entriesAfter(0)].flatMap((page) => page.map(({ entry }) => entry))
}

/** What the target lacks, and what it holds otherwise. */
function compareEntries(
  source: readonly ControlEntry[],
  target: readonly ControlEntry[],
): { readonly missing: readonly ControlEntry[]; readonly findings: readonly LedgerFinding[] } {
  const held = new Map(target.map((entry) => [nameOf(entry), entry]))
  const licenses = new Map(
    target
      .filter((entry) => entry.kind === 'agreement')
      .map((entry) => [entry.licenseArn, nameOf(entry)]),
  )
  const missing: ControlEntry[] = []
  const findings: LedgerFinding[] = []
  for (const entry of source) {
    const where = nameOf(entry)
    const other = held.get(where)
    const owner = entry.kind === 'agreement' ? (licenses.get(entry.licenseArn) ?? where) : where
    if (owner !== where) findings.push(error(`the target has its license for ${owner}`, where))
    else if (other === undefined) missing.push(entry)
    else {
      const difference = entryDifferenceOf(entry, other)
      if (difference !== undefined) findings.push(error(difference, where))
    }
  }
  return { missing, findings }
}

function nameOf(entry: ControlEntry): string {
  return entry.kind === 'purpose' ? 'purpose' : `${entry.kind} ${entryKeyOf(entry)}`
}

function error(problem: string, where: string): LedgerFinding {
  return { severity: 'error', problem, where }
}
