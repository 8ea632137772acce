import { describe } from 'node:test'
import { controlStoreSpec } from '../control.spec.ts'
import { emptyLedger, skip } from '../postgres/server.spec.ts'
import { PostgresControlStore } from './store.ts'

describe('on a real PostgreSQL', { skip }, () => {
  controlStoreSpec('the control store on PostgreSQL', async (refusalBounds) =>
    PostgresControlStore.open({
      url: await emptyLedger(),
      ...(refusalBounds === undefined ? {} : { refusalBounds }),
    }),
  )
})
