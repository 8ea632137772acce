/** The thread that reads: one reader, one question at a time. Started by reader-thread.ts alone. */
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { LedgerReader } from './reader.ts'
import type { Answer, Question } from './reader-thread.ts'

const port = parentPort
if (port === null) throw new Error('reader-worker.ts runs in a worker only')

// Whoever exports waits for the machine, and nobody who meters for whoever exports. Linux knows priorities of single
// threads; elsewhere this would hold back the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

// Both ends are this program's.
const reader = new LedgerReader(workerData as string)

port.on('message', ({ id, query }: Question) => {
  port.postMessage(answerTo({ id, query }))
})

function answerTo({ id, query }: Question): Answer {
  try {
    return { id, page: reader.read(query) }
  } catch (error) {
    return { id, error }
  }
}
