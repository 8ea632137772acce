import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InstantMs } from '../../core/usage.ts'
import { NOON } from '../../testing/builders.ts'
import { aRefusal } from './builders.spec.ts'
import { type AuditSources, auditedCalls, type CallPlace } from './calls.ts'
import { auditPage } from './page.ts'

const PAGE_COUNT = 500

/** A ledger of many pages with nothing in them, such as another seller's, and one refusal. */
function sourcesOf(reads: string[]): AuditSources {
  const { refused, ...rest } = aRefusal({ atMs: (NOON + 1) as InstantMs })
  return {
    ledger: {
      read: async ({ after = '0' }) => {
        reads.push(after)
        const next = String(Number(after) + 1)
        const isLast = Number(next) >= PAGE_COUNT
        return { records: [], resume: next, completeUntilUs: 0, ...(isLast ? {} : { next }) }
      },
    },
    refusals: {
      readRefusals: async ({ fromMs = 0, beforeMs = Infinity }) => ({
        refusals: refused.atMs >= fromMs && refused.atMs < beforeMs ? [{ refused, ...rest }] : [],
      }),
    },
  }
}

test('a page that finds nothing in a bounded time is empty, and the next goes on where it stopped', async () => {
  const reads: string[] = []
  const shown: string[] = []
  let after: CallPlace | undefined
  let pageCount = 0
  do {
    const steps = auditedCalls(sourcesOf(reads), after === undefined ? {} : { after })
    const { calls, next } = await auditPage(steps, () => true, 100, after)
    shown.push(...calls.map(({ requestId }) => requestId))
    after = next
    pageCount += 1
  } while (after !== undefined)
  assert.deepEqual(shown, [aRefusal().refused.requestId])
  assert.ok(pageCount > 10, String(pageCount))
  assert.ok(reads.length < PAGE_COUNT + 2 * pageCount, String(reads.length))
})
