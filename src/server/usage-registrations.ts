/** Keeps what RegisterUsage registered: as changes of the control data, which are durable, listed and in the change log. */
import { randomInt } from 'node:crypto'
import { type CatalogDecision, decideChange } from '../core/catalog-change.ts'
import type { CatalogIndex } from '../core/catalog-index.ts'
import { newNames } from '../core/catalog-names.ts'
import type { InstantMs } from '../core/usage.ts'
import type { ChangeRequest } from './control-state.ts'
import type { Service } from './service.ts'

export type Change = (request: ChangeRequest) => Promise<CatalogDecision>

export function registerUsageBy(change: Change): Service['registerUsage'] {
  return async (usage, nowMs) => {
    const { product, buyer, accessKeyId } = usage
    const wanted = [{ kind: 'usageRegistration', where: '', ...usage }] as const
    const summary = `RegisterUsage of product ${product} by buyer ${buyer}`
    const decision = await change({ wanted, nowMs, actor: `key:${accessKeyId}`, summary })
    if (!decision.ok) throw new Error('a registration was refused that had been judged good')
  }
}

/** For a service whose catalog is in memory alone. */
export function changeInMemory(catalog: CatalogIndex): Change {
  return ({ wanted, nowMs }) => {
    const decision = decideChange(catalog, wanted, newNames(randomInt), nowMs as InstantMs)
    if (decision.ok) for (const { after } of decision.changes) catalog.put(after)
    return Promise.resolve(decision)
  }
}
