/** The pages for operators name what there is, and only that. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { PROBLEMS } from '../src/server/admin/problem.ts'
import { FIGURES } from '../src/server/ledger-figures.ts'
import { createMetrics } from '../src/server/metrics.ts'
import { SqliteLedger } from '../src/store/sqlite/sqlite-ledger.ts'

const docs = path.join(import.meta.dirname, '../docs')

it('docs/operating/metrics.md lists each metric by its name, and no other', async () => {
  const text = readFileSync(path.join(docs, 'operating/metrics.md'), 'utf8')
  const listed = new Set(text.match(/marketmeter_[a-z_]+/g))
  const known = new Set(FIGURES.map((figure) => `marketmeter_ledger_${figure}`))
  assert.deepEqual([...listed].sort(), [...known.union(await metricNames())].sort())
})

it('docs/admin-api.md lists each code of a problem with its status', () => {
  const text = readFileSync(path.join(docs, 'admin-api.md'), 'utf8')
  const listed = [...text.matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(([, status, code]) => {
    return `${status ?? ''} ${code ?? ''}`
  })
  const known = Object.entries(PROBLEMS).map(([code, { status }]) => `${status} ${code}`)
  assert.deepEqual(listed, known)
})

async function metricNames(): Promise<ReadonlySet<string>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'metrics-'))
  const nowUs = (): number => Date.now() * 1_000
  const ledger = await SqliteLedger.open({
    file: path.join(folder, 'ledger.db'),
    nowUs,
    windowMs: 0,
  })
  try {
    const metrics = createMetrics()
    metrics.watch({
      inFlight: () => 0,
      connections: () => 0,
      waiting: () => ({ records: 0, bytes: 0 }),
      ledger: () => ledger.health(),
      ready: () => true,
      refusals: () => ({ kept: 0, dropped: 0 }),
      notices: () => ({ delivered: 0, failed: 0 }),
      backlog: async () => ({ waiting: 0, oldestMs: 0 }),
      bodies: () => ({ kept: 0, dropped: 0 }),
      controlVersion: () => 0,
    })
    // The ledger's own figures are known once they were asked for.
    await metrics.page()
    const page = await metrics.page()
    return new Set([...page.matchAll(/^# TYPE (marketmeter_\w+)/gm)].map(([, name = '']) => name))
  } finally {
    await ledger.close()
    rmSync(folder, { recursive: true })
  }
}
