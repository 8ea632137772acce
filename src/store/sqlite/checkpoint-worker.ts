/** The thread that carries the log back into the file: one order at a time. Started by checkpoints.ts alone. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CheckpointReport } from './checkpoints.ts'

const port = parentPort
if (port === null) throw new Error('checkpoint-worker.ts runs in a worker only')

// Both ends are this program's. What is carried back is synced before SQLite counts it as done.
const database = new DatabaseSync(workerData as string)
database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0')

port.on('message', () => {
  port.postMessage(carryBack())
})

function carryBack(): CheckpointReport {
  try {
    database.exec('pragma wal_checkpoint(passive)')
    return {}
  } catch (error) {
    // A clone of an error keeps no number, and the number decides what the failure means.
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
    const message = error instanceof Error ? error.message : String(error)
    return { failure: { message, ...(typeof code === 'number' && { errcode: code }) } }
  }
}
