/** Makes docs/admin-api.openapi.json from the routes of the admin API. Checked by admin-api-page.test.ts. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { CatalogIndex } from '../src/core/catalog-index.ts'
import { createAdminApp } from '../src/server/admin/app.ts'
import { openApiDocument } from '../src/server/admin/openapi.ts'
import { createLog } from '../src/server/log.ts'
import { createMetrics } from '../src/server/metrics.ts'

const PACKAGE = path.join(import.meta.dirname, '../package.json')

/** The text of the file. Nothing is served: the parts are there to be named, not to be called. */
export async function adminApiPage(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string }
  const never = () => Promise.reject(new Error('only the document is asked for'))
  const app = await createAdminApp({
    control: {
      index: new CatalogIndex(),
      change: never,
      preview: never,
      freshen: never,
      refresh: never,
      note: never,
      usageRegistrations: () => {
        throw new Error('only the document is asked for')
      },
    },
    controlStore: {
      readLog: never,
      readRefusals: never,
      notices: {
        lend: never,
        settle: never,
        backlog: never,
        read: never,
        resend: never,
        prune: never,
      },
    },
    ledger: { read: never },
    masterKeys: {
      get current(): never {
        throw new Error('only the document is asked for')
      },
      find: () => undefined,
    },
    health: { report: () => ({ ready: false, parts: {} }) },
    metrics: createMetrics(),
    log: createLog({ level: 'silent', form: 'json' }),
    nowMs: Date.now,
    machineNowMs: Date.now,
    version,
    metricsOpen: false,
  })
  const document = openApiDocument(app)
  await app.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
