/**
 * A whole service in one process: stores, keys, catalog, listeners, and their way down again.
 *
 * `serve`, the demo and tests differ only in the settings that they give.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Profile } from '../core/profile.ts'
import { windowMsOf } from '../core/window.ts'
import { type RunningAdmin, startAdmin } from '../server/admin/start.ts'
import { ControlState } from '../server/control-state.ts'
import { createHealth, type Health } from '../server/health.ts'
import type { Tls } from '../server/http.ts'
import { openMasterKeyFile } from '../server/keys/master-key-file.ts'
import {
  MASTER_KEY_BYTES,
  type MasterKeyRing,
  masterKeyOf,
  parseMasterKeys,
  ringOf,
} from '../server/keys/master-keys.ts'
import { describeOpenProblem, openSecret } from '../server/keys/secrets.ts'
import { SigningKeys } from '../server/keys/signing-keys.ts'
import { createLog, type Log, type LogSettings } from '../server/log.ts'
import { createMetrics, type Metrics } from '../server/metrics.ts'
import { createObserver, failureTeller } from '../server/observer.ts'
import { RefusalLog } from '../server/refusal-log.ts'
import { reloadingMasterKeys } from '../server/reloading-master-keys.ts'
import { type RunningService, startService } from '../server/start.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import type { ControlStore, RefusalBounds } from '../store/control.ts'
import type { Ledger } from '../store/ledger.ts'
import { MemoryLedger } from '../store/memory.ts'
import { LedgerRefused } from '../store/sqlite/refused.ts'
import { SqliteLedger } from '../store/sqlite/sqlite-ledger.ts'
import { SqliteControlStore } from '../store/sqlite-control/store.ts'
import { catalogDocuments } from './catalog-file/document.ts'
import { CommandFailure } from './command.ts'
import { VERSION } from './version.ts'

export type Purpose = 'demo' | 'production'

export interface HostSettings {
  readonly purpose: Purpose
  /** The folder of everything that is kept; absent: all in memory, gone with the process. */
  readonly dataFolder?: string
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  readonly profile: Profile
  readonly regions: readonly string[]
  readonly tls?: Tls
  readonly quotas: boolean
  /** Lets anybody who reaches the admin port read the metrics. */
  readonly metricsOpen: boolean
  readonly waitingMax: number
  readonly waitingBytesMax?: number
  readonly connectionsMax: number
  readonly drainMsMax: number
  readonly log: LogSettings
  readonly indexBytesMax?: number
  readonly refusalBounds: RefusalBounds
  /** From the environment; absent: the file beside the ledger, made on first start. */
  readonly masterKeys?: string
}

export interface Host {
  readonly control: ControlState
  readonly masterKeys: MasterKeyRing
  /** Where the ledger is, for people. */
  readonly ledgerName: string
  readonly log: Log
  /** Opens the ports. What a demo needs in the catalog is there by then. */
  listen(): Promise<Endpoints>
  /** Answers what was accepted, then closes everything. Safe to call at any time, once. */
  close(): Promise<void>
}

export interface Endpoints {
  readonly endpoint: string
  readonly adminEndpoint: string
}

/** Exit code of a service that could not start. */
export const START_FAILED = 3

const SIGNING_KEYS_MAX = 10_000

interface Stores {
  readonly ledger: Ledger
  readonly control: ControlStore
}

interface Parts extends Stores {
  readonly state: ControlState
  readonly masterKeys: MasterKeyRing
  readonly signingKeys: SigningKeys
  readonly log: Log
  readonly metrics: Metrics
  readonly refusals: RefusalLog
  readonly health: Health
}

export async function openHost(settings: HostSettings): Promise<Host> {
  const log = createLog(settings.log)
  const metrics = createMetrics()
  const stores = await openStores(settings, log, metrics)
  const signingKeys = new SigningKeys('aws-marketplace', SIGNING_KEYS_MAX)
  const { state, masterKeys } = await openState(stores, signingKeys, settings, log).catch(
    async (error: unknown) => {
      await closeStores(stores)
      throw error
    },
  )
  const refusals = new RefusalLog(stores.control, {
    writeFailed: (error) => {
      log.warn({ err: error }, 'refused records could not be kept')
    },
  })
  const health = createHealth({
    ledger: () => stores.ledger.health(),
    control: () => state.health(),
  })
  const parts = { ...stores, state, masterKeys, signingKeys, log, metrics, refusals, health }
  let running: Running | undefined
  return {
    control: state,
    masterKeys,
    ledgerName:
      settings.dataFolder === undefined
        ? 'in memory'
        : `${ledgerFile(settings.dataFolder)} (sqlite)`,
    log,
    async listen() {
      running = await listen(parts, settings)
      return { endpoint: running.service.endpoint, adminEndpoint: running.admin.endpoint }
    },
    close: () => close(parts, running, settings.drainMsMax),
  }
}

async function openStores(settings: HostSettings, log: Log, metrics: Metrics): Promise<Stores> {
  const { dataFolder } = settings
  // Not the monotonic clock, which stands still while the machine sleeps; the ledger keeps the order itself.
  const nowUs = (): number => Date.now() * 1_000
  if (dataFolder === undefined) {
    return {
      ledger: new MemoryLedger(nowUs),
      control: new MemoryControlStore(settings.refusalBounds),
    }
  }
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const ledger = await openLedger(settings, dataFolder, nowUs, { log, metrics })
  try {
    const control = new SqliteControlStore(join(dataFolder, 'control.db'), settings.refusalBounds)
    return { ledger, control }
  } catch (error) {
    await ledger.close()
    throw error
  }
}

async function openLedger(
  { profile, purpose, indexBytesMax }: HostSettings,
  dataFolder: string,
  nowUs: () => number,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<Ledger> {
  try {
    return await SqliteLedger.open({
      file: ledgerFile(dataFolder),
      nowUs,
      windowMs: windowMsOf(profile),
      ...(indexBytesMax !== undefined && { indexBytesMax }),
      mark: purpose,
      onCommit: (commit) => {
        metrics.committed(commit)
      },
      onNote: (note) => {
        log.warn({ part: 'ledger' }, note)
      },
    })
  } catch (error) {
    if (error instanceof LedgerRefused) throw new CommandFailure(error.message, START_FAILED)
    throw error
  }
}

function ledgerFile(dataFolder: string): string {
  return join(dataFolder, 'ledger.db')
}

function readMasterKeys(
  { masterKeys, dataFolder }: HostSettings,
  { index }: ControlState,
): MasterKeyRing {
  if (dataFolder === undefined) return ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))])
  const file = join(dataFolder, 'master.key')
  const result =
    masterKeys === undefined
      ? openMasterKeyFile(file, index.accessKeys.size > 0)
      : parseMasterKeys(masterKeys, 'MARKETMETER_MASTER_KEYS')
  if (!result.ok) throw new CommandFailure(result.problem, START_FAILED)
  // `keys rotate-master` adds a key to the file while we run.
  return masterKeys === undefined ? reloadingMasterKeys(file, result.ring) : result.ring
}

async function openState(
  { control }: Stores,
  signingKeys: SigningKeys,
  settings: HostSettings,
  log: Log,
): Promise<{ readonly state: ControlState; readonly masterKeys: MasterKeyRing }> {
  const state = await ControlState.open(control, {
    accessKeyChanged: (accessKeyId) => {
      signingKeys.forget(accessKeyId)
    },
    pollFailed: failureTeller(log, 'the catalog could not be read'),
  })
  await claimPurpose(state, settings.purpose)
  const masterKeys = readMasterKeys(settings, state)
  proveSecretsOpen(state, masterKeys)
  state.start()
  return { state, masterKeys }
}

/** A demo's keys are printed and known to everybody, so its ledger is never served as a real one. */
async function claimPurpose(state: ControlState, purpose: Purpose): Promise<void> {
  const decision = await state.change({
    wanted: [{ kind: 'purpose', where: 'purpose', purpose }],
    nowMs: Date.now(),
    actor: 'service:start',
    summary: `this is a ${purpose} ledger`,
  })
  if (!decision.ok)
    throw new CommandFailure(decision.problems.map(({ text }) => text).join('\n'), START_FAILED)
}

/** A missing master key must stop the start, not every request of the keys it had sealed. */
function proveSecretsOpen({ index }: ControlState, masterKeys: MasterKeyRing): void {
  for (const { id, secret, status } of index.accessKeys.values()) {
    if (status !== 'active') continue
    const opened = openSecret(masterKeys, id, secret)
    if (!opened.ok) {
      throw new CommandFailure(describeOpenProblem(opened.problem, id), START_FAILED)
    }
  }
}

interface Running {
  readonly service: RunningService
  readonly admin: RunningAdmin
}

async function listen(parts: Parts, settings: HostSettings): Promise<Running> {
  const { state, health, metrics, refusals, log, ledger } = parts
  const observer = createObserver({
    log,
    metrics,
    keepRefusal: (record) => {
      refusals.keep(record)
    },
    machineNowMs: Date.now,
  })
  const service = await startService({
    ...settings,
    ...parts,
    catalog: state.index,
    freshen: () => state.freshen(),
    observer,
    health: health.answer.bind(health),
  })
  metrics.watch({
    inFlight: service.listener.inFlight,
    connections: () => connectionsOf(service),
    waiting: () => service.waiting.load,
    ledger: () => ledger.health(),
    ready: () => health.report().ready,
    refusals: () => refusals.figures(),
    controlVersion: () => state.version,
  })
  health.watch(log)
  try {
    return { service, admin: await openAdmin(parts, settings) }
  } catch (error) {
    await service.close(0)
    throw error
  }
}

function connectionsOf({ listener: { server } }: RunningService): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error)
      else resolve(count)
    })
  })
}

function openAdmin(parts: Parts, settings: HostSettings): Promise<RunningAdmin> {
  const { state, control } = parts
  const { adminHost, adminPort, tls } = settings
  return startAdmin(
    {
      ...parts,
      control: state,
      controlStore: control,
      nowMs: Date.now,
      machineNowMs: Date.now,
      version: VERSION,
      documents: catalogDocuments,
      metricsOpen: settings.metricsOpen,
    },
    { host: adminHost, port: adminPort, ...(tls && { tls }) },
  )
}

async function close(
  parts: Parts,
  running: Running | undefined,
  drainMsMax: number,
): Promise<void> {
  parts.health.drain()
  await running?.service.close(drainMsMax)
  await running?.admin.close()
  await parts.refusals.close()
  parts.health.close()
  await parts.state.stop()
  await closeStores(parts)
}

async function closeStores({ ledger, control }: Stores): Promise<void> {
  await ledger.close()
  await control.close()
}
