/**
 * Moves a whole ledger from SQLite to PostgreSQL: first beside the writer, then as the only writer, then for good.
 *
 * Order       The source is checked; what the target holds of its own is compared before anything is added. Records are
 *             copied and compared while `serve` may be writing; when it has stopped, only the rest is left, and then
 *             client tokens, catalog and keys. The source is marked last, its catalog first, each only if nothing changed since.
 * Nothing     that the target holds is changed, and whatever ends a copy, the same command again completes it. Until then
 *             nobody serves the target, unless it was served before and holds usage.
 * Checked by  copy.test.ts, ../../cli/commands/copy.test.ts
 */
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beginCopy, endCopy, ledgerIdOf } from '../postgres/copy-progress.ts'
import { RecordImport } from '../postgres/import.ts'
import { SqliteControlStore } from '../sqlite-control/store.ts'
import type { WritableFile } from '../sqlite/file.ts'
import { markMoved, type NewPlace, refuseMoved } from '../sqlite/moved.ts'
import { LedgerLocked, LedgerRefused } from '../refused.ts'
import { ControlCopy } from './control.ts'
import { Findings } from './findings.ts'
import type { CopyEnd, CopyJob, CopyReport } from './job.ts'
import { RecordCopy } from './records.ts'
import { CopySource } from './source.ts'

/** While the source's writer is waited for, what it adds is copied this often. */
const FOLLOW_MS = 500
/** Others may be changing a catalog just then. */
const CONTROL_TRIES = 50
const BUSY_PAUSE_MS = 100

interface Parts {
  readonly job: CopyJob
  readonly source: CopySource
  readonly target: RecordImport
  readonly control: ControlCopy
  readonly findings: Findings
  readonly records: RecordCopy
  /** The target, as the source's mark is to name it. */
  readonly to: NewPlace
  /** The source, as the target is to name it. */
  readonly from: string
}

/** @throws LedgerRefused with one sentence; the same job again goes on where this one was. */
export async function copyLedger(job: CopyJob): Promise<CopyReport> {
  const source = new CopySource(job.source)
  const opened: { close(): void | Promise<void> }[] = [source]
  try {
    const target = await RecordImport.open(job.target)
    opened.push(target)
    const control = await ControlCopy.open(job)
    opened.push(control)
    const { listener } = job
    const findings = new Findings((finding) => {
      listener.onFinding(finding)
    })
    const onProgress = listener.onProgress.bind(listener)
    const records = new RecordCopy({ source, target, findings, onProgress })
    const to = { place: target.place, ledgerId: await ledgerIdOf(target) }
    const from = path.resolve(source.files.ledger)
    const end = await move({ job, source, target, control, findings, records, to, from })
    if (end === 'moved') await endCopy(target, from)
    const { errors, warnings } = findings
    return { end, records: source.count, added: records.added, errors, warnings }
  } finally {
    for (const one of opened) await one.close()
  }
}

async function move(parts: Parts): Promise<CopyEnd> {
  const { job, source, target, records, findings, to, from } = parts
  if (source.movedTo?.ledgerId === to.ledgerId) return verifyMoved(parts)
  refuseMoved(source.files.ledger, source.movedTo)
  if (!(await isIntact(parts))) return 'damaged'
  await compareControl(parts)
  const heldRecords = await compareRecords(parts)
  if (findings.errors > 0) return 'differs'
  const isInUse = await beginCopy(target, from, heldRecords)
  if (isInUse) job.listener.onNote(describeInUse(parts))
  await catchUp(records)
  if (findings.errors > 0) return 'differs'
  // Now, while the source still goes on; what follows is little.
  await target.analyze()
  const claimed = await claimSource(parts)
  if (claimed === undefined) return findings.errors > 0 ? 'differs' : 'locked'
  try {
    return await finish(parts, claimed)
  } finally {
    claimed.close()
  }
}

/** A second run after the last: nothing is left to do but to look. */
async function verifyMoved({ job, source, records, findings, target }: Parts): Promise<CopyEnd> {
  job.listener.onNote(`It was moved to ${target.place} already; only comparing.`)
  await records.verify(source.count)
  return findings.errors === 0 ? 'moved' : 'differs'
}

/** Checksums are made anew in the target, so nothing may be copied whose own is wrong. */
async function isIntact({ job, source, findings }: Parts): Promise<boolean> {
  const check = source.verify((done, total) => {
    job.listener.onProgress('check', done, total)
  })
  for await (const finding of check) {
    if (finding.severity === 'error') findings.add(finding)
  }
  return findings.errors === 0
}

/** Before any record is added: a target of somebody else's shows here. */
async function compareControl({ source, control, findings }: Parts): Promise<void> {
  const history = source.control()
  try {
    const plan = history && (await control.plan(history))
    for (const finding of plan?.kind === 'add' ? plan.findings : []) findings.add(finding)
  } finally {
    history?.close()
  }
}

/** @returns Whether the target holds any. */
async function compareRecords({ job, target, records }: Parts): Promise<boolean> {
  const resumed = await records.resume()
  if (resumed > 0) {
    job.listener.onNote(`An earlier copy came to record ${resumed}; going on there.`)
    return true
  }
  if (!(await target.holdsRecords())) return false
  job.listener.onNote(
    `${target.place} holds records already, so it is compared first. Whoever reads it with a cursor does not see what is copied now: it was recorded before.`,
  )
  await records.compare()
  return true
}

/** Nothing holds its replicas up, so people must. */
function describeInUse({ target, from }: Parts): string {
  return `${target.place} has been served and holds usage, so its replicas go on. Until this copy has ended with 0, send what is ${from}'s only there, and bill nothing from ${target.place}: it holds a part of that by now.`
}

async function catchUp(records: RecordCopy): Promise<void> {
  await records.copy()
  await records.verify()
}

/** Follows the source's writer until it stops. @returns Nothing if it does not stop in time, or a difference appears. */
async function claimSource({
  job,
  source,
  records,
  findings,
}: Parts): Promise<WritableFile | undefined> {
  const untilMs = performance.now() + job.waitMsMax
  for (let isFirst = true; findings.errors === 0; isFirst = false) {
    const claimed = tryToClaim(source)
    if (claimed !== undefined) return claimed
    if (performance.now() >= untilMs) return undefined
    if (isFirst) {
      job.listener.onNote(
        `All ${source.count} records so far are copied. Now stop what writes ${source.files.ledger} (its serve or demo); the rest follows by itself.`,
      )
    }
    await setTimeout(FOLLOW_MS)
    await catchUp(records)
  }
  return undefined
}

function tryToClaim(source: CopySource): WritableFile | undefined {
  try {
    return source.claim()
  } catch (error) {
    if (error instanceof LedgerLocked) return undefined
    throw error
  }
}

/** As the only writer. */
async function finish(parts: Parts, { database }: WritableFile): Promise<CopyEnd> {
  const { job, source, target, records, findings, to } = parts
  // Another copy may have been first.
  if (source.movedTo?.ledgerId === to.ledgerId) return verifyMoved(parts)
  refuseMoved(source.files.ledger, source.movedTo)
  await catchUp(records)
  if (findings.errors > 0) return 'differs'
  for (const page of source.tokens()) await target.addTokens(page, job.nowMs())
  if (!(await moveControl(parts))) return 'differs'
  markMoved(database, to)
  return 'moved'
}

/** Copies the control data and marks the source's, which somebody may still be changing. @returns Whether it could. */
async function moveControl(parts: Parts): Promise<boolean> {
  for (let tries = 0; tries < CONTROL_TRIES; tries++) {
    const moved = await tryToMoveControl(parts)
    if (moved !== undefined) return moved
    await setTimeout(BUSY_PAUSE_MS)
  }
  throw new LedgerRefused(
    'Somebody keeps changing the catalog, here or there. Run the same command again when they have finished.',
  )
}

/** @returns Nothing if somebody else was changing either of them. */
async function tryToMoveControl(parts: Parts): Promise<boolean | undefined> {
  const { source, control, findings, to } = parts
  const history = source.control()
  if (history === undefined) return true
  try {
    const plan = await control.plan(history)
    for (const finding of plan.kind === 'add' ? plan.findings : []) findings.add(finding)
    if (findings.errors > 0) return false
    if (!(await control.carryOut(plan, history, source.files.control))) return undefined
    await control.copyTokenUses(history)
    await control.copyNotices(history)
    await copyRefusals(parts, history)
    return await markControl(source.files.control, to, history.version)
  } finally {
    history.close()
  }
}

async function markControl(file: string, to: NewPlace, upon: number): Promise<true | undefined> {
  const store = new SqliteControlStore(file)
  try {
    return store.markMoved(to, upon) === 'marked' ? true : undefined
  } finally {
    await store.close()
  }
}

async function copyRefusals(
  { job, control }: Parts,
  history: Parameters<ControlCopy['copyRefusals']>[0],
): Promise<void> {
  try {
    await control.copyRefusals(history)
  } catch (error) {
    if (!(error instanceof LedgerRefused)) throw error
    job.listener.onNote(`Refused records could not all be copied: ${error.message}`)
  }
}
