import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LedgerReader } from './reader.ts'
import { withDirectory } from './setting.spec.ts'
import { verifyLedger } from './verify.ts'

const CHILD = fileURLToPath(new URL('./child.spec.ts', import.meta.url))
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning']
const ROUNDS = 4
const ANSWERS_PER_ROUND = 600

describe('the ledger on SQLite, killed', () => {
  it(
    'has every record that it answered, by id and quantity, after each of several kills under load',
    withDirectory(async (directory) => {
      const file = `${directory}/ledger.db`
      const answered = new Map<string, number>()
      for (let round = 0; round < ROUNDS; round++) {
        await killUnderLoad(file, round * 1_000_000, answered)
        const held = await recordsOf(file)
        for (const [id, quantity] of answered) assert.equal(held.get(id), quantity)
        assert(held.size >= answered.size)
      }
    }),
  )
})

const hasStrace = spawnSync('strace', ['-V']).status === 0

describe(
  'the ledger on SQLite, watched by strace',
  { skip: !hasStrace && 'no strace here' },
  () => {
    it(
      'syncs before each answer',
      withDirectory(async (directory) => {
        const lines = trace(`${directory}/watched`, '20', [])
        const from = lines.findIndex((line) => line.includes('"open'))
        const kinds = lines
          .slice(from + 1)
          .map((line) => (line.includes('"held') ? 'answer' : 'sync'))
        // Three records a call are three lines.
        const story = kinds.join(' ').replaceAll('answer answer answer', 'answers')
        assert.equal(story.match(/answers/g)?.length, 20)
        assert.match(story, /^((sync )+answers ?)+(sync ?)*$/)
      }),
    )

    it(
      'never tries again after a sync that failed, and leaves the log as it is',
      withDirectory(async (directory) => {
        const healthy = trace(`${directory}/healthy`, '3', [])
        const syncs = healthy.filter((line) => line.includes('fdatasync') || line.includes('fsync'))
        const opening = syncs.length - 3
        assert(opening >= 0)
        const broken = `${directory}/broken`
        const which = `when=${opening + 1}`
        const lines = trace(broken, '6', ['-e', `inject=fdatasync,fsync:error=EIO:${which}`])
        const from = lines.findIndex((line) => line.includes('(INJECTED)'))
        assert(from >= 0, lines.join('\n'))
        const after = lines.slice(from + 1)
        assert(after.some((line) => line.includes('"failed')))
        assert.deepEqual(
          after.filter((line) => /sync|"held/.test(line)),
          [],
        )
        assert(statSync(`${broken}/ledger.db-wal`).size > 0)
      }),
    )

    it(
      'takes nothing more once the file could not be synced behind its back, and has all that it answered',
      withDirectory(async (directory) => {
        const file = `${directory}/ledger.db`
        assert.equal(spawnSync(process.execPath, [...NODE_FLAGS, CHILD, file, '1']).status, 0)
        // Syncs of the file itself, not of its log: those of checkpoints.
        const failing = ['-P', file, '-e', 'inject=fdatasync,fsync:error=EIO']
        const traced = ['-f', '-qq', '-o', '/dev/null', ...failing, process.execPath, ...NODE_FLAGS]
        // More than a checkpoint's worth.
        const child = spawnSync('strace', [...traced, CHILD, file, '2500', '4', '1'], {
          encoding: 'utf8',
          maxBuffer: 64 * 1_048_576,
        })
        const lines = child.stdout.trim().split('\n')
        const failed = lines.findIndex((line) => line.startsWith('failed The ledger takes no more'))
        assert(failed > 0, lines.at(-1))
        assert(lines.slice(failed).every((line) => line.startsWith('failed')))
        const held = await recordsOf(file)
        for (const line of lines.filter((one) => one.startsWith('held'))) {
          const [, id = '', quantity] = line.split(' ')
          assert.equal(held.get(id), Number(quantity))
        }
      }),
    )
  },
)

/** @returns The child's lines and syncs, as strace saw them, in order. */
function trace(directory: string, calls: string, options: readonly string[]): string[] {
  const log = `${directory}.trace`
  const command = [process.execPath, ...NODE_FLAGS, CHILD, `${directory}/ledger.db`, calls]
  const calling = ['-f', '-qq', '-o', log, '-e', 'trace=write,fsync,fdatasync', ...options]
  const result = spawnSync('strace', [...calling, ...command], { encoding: 'utf8' })
  assert.equal(result.status, 0, result.stderr)
  const lines = readFileSync(log, 'utf8').split('\n')
  return lines.filter((line) => /write\(1, "(open|held|failed)|f(data)?sync\(/.test(line))
}

async function killUnderLoad(
  file: string,
  firstBuyer: number,
  answered: Map<string, number>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, CHILD, file, '0', '8', String(firstBuyer)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await readAnswers(child, answered)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
}

/** Reads on after the kill: what stands in the pipe was answered too. */
async function readAnswers(child: ChildProcess, answered: Map<string, number>): Promise<void> {
  assert(child.stdout)
  let count = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, id = '', quantity] = line.split(' ')
    if (kind !== 'held') continue
    answered.set(id, Number(quantity))
    if (++count === ANSWERS_PER_ROUND) child.kill('SIGKILL')
  }
}

/** What the file holds, proved by verify. */
async function recordsOf(file: string): Promise<ReadonlyMap<string, number>> {
  const reader = new LedgerReader(file)
  try {
    for await (const { where, problem } of verifyLedger(reader)) assert.fail(`${where}: ${problem}`)
    const held = new Map<string, number>()
    let after: string | undefined
    do {
      const page = reader.read({ countMax: 1_000, ...(after === undefined ? {} : { after }) })
      for (const { id, quantity } of page.records) held.set(id, quantity)
      after = page.next
    } while (after !== undefined)
    return held
  } finally {
    reader.close()
  }
}
