/**
 * A whole service in one process: stores, keys, catalog, listeners, and their way down again.
 *
 * `serve`, the demo and tests differ only in the settings that they give.
 */
import type { CatalogDecision } from '../core/catalog-change.ts'
import type { SealedEntry } from '../core/control-entries.ts'
import type { PurchaseSite } from '../server/admin/parts.ts'
import { type RunningAdmin, startAdmin } from '../server/admin/start.ts'
import { ControlState } from '../server/control-state.ts'
import type { BodyLog } from '../server/bodies/body-log.ts'
import { createHealth, type Health } from '../server/health.ts'
import type { Tls } from '../server/http.ts'
import type { MasterKeyRing } from '../server/keys/master-keys.ts'
import { ReadableSecrets } from '../server/keys/readable-secrets.ts'
import { describeOpenProblem, openSecret } from '../server/keys/secrets.ts'
import { SigningKeys } from '../server/keys/signing-keys.ts'
import { createLog, type Log, type LogSettings } from '../server/log.ts'
import { createMetrics, type Metrics } from '../server/metrics.ts'
import { createObserver, failureTeller } from '../server/observer.ts'
import { Courier } from '../server/notices/courier.ts'
import { RefusalLog } from '../server/refusal-log.ts'
import { type RunningService, startService } from '../server/start.ts'
import { catalogDocuments } from '../server/catalog-file/document.ts'
import { type BodySettings, openBodyLog } from './body-settings.ts'
import { CommandFailure } from './command.ts'
import { listenProblem, probePorts } from './ports.ts'
import { openPurchase, type PurchaseSettings, type RunningPurchase } from './purchase-host.ts'
import { openStorage, type Purpose, type Storage, type StorageSettings } from './storage/storage.ts'
import { VERSION } from './version.ts'

export interface HostSettings {
  readonly storage: StorageSettings
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  readonly regions: readonly string[]
  readonly tls?: Tls
  readonly quotas: boolean
  /** Absent: there are no pages for buyers. */
  readonly purchase?: PurchaseSettings
  /** Lets anybody who reaches the admin port read the metrics. */
  readonly metricsOpen: boolean
  /** Notices may go to private and loopback addresses too. */
  readonly webhooksPrivate: boolean
  readonly waitingMax: number
  readonly waitingBytesMax?: number
  readonly connectionsMax: number
  /** Told to stop, it goes on taking requests for so long, not ready. */
  readonly drainDelayMs: number
  readonly drainMsMax: number
  readonly log: LogSettings
  /** Absent, as by default: no body is kept. */
  readonly bodies?: BodySettings
  /** Domain time, in milliseconds since 1970. Absent, as it is of every command: the machine's. */
  readonly nowMs?: () => number
}

export interface Host {
  readonly control: ControlState
  readonly masterKeys: MasterKeyRing
  /** Where the ledger is, for people. */
  readonly ledgerName: string
  readonly log: Log
  /** Opens the ports. What a demo needs in the catalog is there by then. */
  listen(): Promise<Endpoints>
  /** Not ready from here on; requests are still taken, each the last of its connection. */
  drain(): void
  /** Answers what was accepted, then closes everything. Safe to call at any time, once. */
  close(): Promise<void>
}

export interface Endpoints {
  readonly endpoint: string
  readonly adminEndpoint: string
  /** Of the pages for buyers, where there are any. */
  readonly purchaseEndpoint?: string
}

/** Exit code of a service that could not start. */
export const START_FAILED = 3

const SIGNING_KEYS_MAX = 10_000

interface Parts {
  readonly storage: Storage
  readonly state: ControlState
  readonly masterKeys: MasterKeyRing
  readonly signingKeys: SigningKeys
  readonly log: Log
  readonly metrics: Metrics
  readonly refusals: RefusalLog
  readonly bodyLog?: BodyLog
  readonly courier: Courier
  readonly health: Health
}

/** @throws CommandFailure or LedgerRefused with one sentence, where it is not for us to mend. */
export async function openHost(settings: HostSettings): Promise<Host> {
  const log = createLog(settings.log)
  const bodyLog = await openBodyLog(settings.bodies, log, START_FAILED)
  const metrics = createMetrics()
  const storage = await openStorage(settings.storage, {
    onCommit: (commit) => {
      metrics.committed(commit)
    },
    onNote: (note) => {
      log.warn({ part: 'ledger' }, note)
    },
  })
  const signingKeys = new SigningKeys('aws-marketplace', SIGNING_KEYS_MAX)
  const { state, masterKeys, secrets } = await openState(storage, signingKeys, settings, log).catch(
    async (error: unknown) => {
      await storage.close()
      throw error
    },
  )
  const refusals = new RefusalLog(storage.control, {
    writeFailed: (error) => {
      log.warn({ err: error }, 'refused records could not be kept')
    },
  })
  const health = createHealth({
    ledger: () => storage.ledger.health(),
    control: () => state.health(),
    keys: () => secrets.health(),
  })
  const courier = courierOf(settings, storage, state, log)
  const kept = { refusals, ...(bodyLog && { bodyLog }) }
  const parts = { storage, state, masterKeys, signingKeys, log, metrics, ...kept, courier, health }
  let running: Running | undefined
  return {
    control: state,
    masterKeys,
    ledgerName: storage.name,
    log,
    async listen() {
      running = await listen(parts, settings)
      return endpointsOf(running)
    },
    drain() {
      health.drain()
      running?.service.drain()
    },
    close: () => close(parts, running, settings.drainMsMax),
  }
}

function courierOf(
  { storage: { profile }, webhooksPrivate, nowMs = Date.now }: HostSettings,
  storage: Storage,
  { index }: ControlState,
  log: Log,
): Courier {
  return new Courier({
    outbox: storage.control.notices,
    catalog: index,
    lastHourMs: profile.lastHourMs,
    nowMs,
    machineNowMs: Date.now,
    receivers: { privateToo: webhooksPrivate },
    gaveUp: ({ notice: { id, seller } }, result) => {
      log.warn({ part: 'notices', seller, notification: id, result }, 'a notification was given up')
    },
    failed: failureTeller(log, 'notifications could not be taken from the outbox'),
  })
}

interface OpenState {
  readonly state: ControlState
  readonly masterKeys: MasterKeyRing
  readonly secrets: ReadableSecrets
}

async function openState(
  storage: Storage,
  signingKeys: SigningKeys,
  settings: HostSettings,
  log: Log,
): Promise<OpenState> {
  const watching = [
    (entry: SealedEntry): void => {
      if (entry.kind === 'accessKey') signingKeys.forget(entry.id)
    },
  ]
  const state = await ControlState.open(storage.control, {
    keyChanged: (entry) => {
      for (const look of watching) look(entry)
    },
    pollFailed: failureTeller(log, 'the catalog could not be read'),
  })
  const purpose = purposeOf(settings.storage.purpose)
  refuseProblems(await state.preview([purpose], Date.now()), storage.name)
  if (state.index.purpose === undefined) await provePorts(settings)
  const masterKeys = await storage.openMasterKeys(state)
  proveSecretsOpen(state, masterKeys)
  const secrets = new ReadableSecrets(masterKeys)
  watching.push((entry) => {
    secrets.look(entry)
  })
  proveReadable(state, secrets)
  // Last of all, for it is for ever: a start that fails leaves the ledger what it was.
  await claimPurpose(state, purpose, storage.name)
  state.start()
  return { state, masterKeys, secrets }
}

/** A demo's keys are printed and known to everybody, so its ledger is never served as a real one. */
function purposeOf(purpose: Purpose) {
  return { kind: 'purpose', where: 'purpose', purpose } as const
}

async function claimPurpose(
  state: ControlState,
  wanted: ReturnType<typeof purposeOf>,
  ledgerName: string,
): Promise<void> {
  const decision = await state.change({
    wanted: [wanted],
    nowMs: Date.now(),
    actor: 'service:start',
    summary: `this is a ${wanted.purpose} ledger`,
  })
  refuseProblems(decision, ledgerName)
}

function refuseProblems(decision: CatalogDecision, ledgerName: string): void {
  if (decision.ok) return
  const problems = decision.problems.map(({ text }) => text).join('; ')
  throw new CommandFailure(
    `The ledger ${ledgerName}: ${problems}. Name another folder with --data, or an empty database with --ledger.`,
    START_FAILED,
  )
}

async function provePorts(settings: HostSettings): Promise<void> {
  const { host, port, adminHost, adminPort, purchase } = settings
  try {
    await probePorts([
      { host, port },
      { host: adminHost, port: adminPort },
      ...(purchase === undefined ? [] : [purchase]),
    ])
  } catch (error) {
    throw new CommandFailure(listenProblem(error), START_FAILED)
  }
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

/** So must one that a private key needs. An altered one concerns its product alone, and those who ask to run that. */
function proveReadable({ index }: ControlState, secrets: ReadableSecrets): void {
  for (const entry of index.publicKeys.values()) secrets.look(entry)
  const { ready, note = '' } = secrets.health()
  if (!ready) throw new CommandFailure(note, START_FAILED)
}

interface Running {
  readonly service: RunningService
  readonly purchase: RunningPurchase | undefined
  readonly admin: RunningAdmin
}

function endpointsOf({ service, purchase, admin }: Running): Endpoints {
  return {
    endpoint: service.endpoint,
    adminEndpoint: admin.endpoint,
    ...(purchase && { purchaseEndpoint: purchase.port.endpoint }),
  }
}

async function listen(parts: Parts, settings: HostSettings): Promise<Running> {
  const { state, health, metrics, refusals, bodyLog, log } = parts
  const { ledger } = parts.storage
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
    ledger,
    profile: settings.storage.profile,
    catalog: state.index,
    freshen: () => state.freshen(),
    tokenUses: parts.storage.control,
    change: (request) => parts.state.change(request),
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
    notices: () => parts.courier.figures(),
    backlog: () => parts.courier.backlog(),
    ...(bodyLog && { bodies: () => bodyLog.figures() }),
    controlVersion: () => state.version,
  })
  health.watch(log)
  let purchase: RunningPurchase | undefined
  try {
    purchase = await openPages(parts, settings, service.endpoint)
    const admin = await openAdmin(parts, settings, purchase?.site)
    parts.courier.start()
    return { service, purchase, admin }
  } catch (error) {
    await purchase?.port.close(0)
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

/** What answers people, beside the wire. */
function clockedParts({ state, storage, masterKeys, log }: Parts, settings: HostSettings) {
  const clocks = { nowMs: settings.nowMs ?? Date.now, machineNowMs: Date.now }
  return { control: state, controlStore: storage.control, masterKeys, log, ...clocks }
}

async function openPages(
  parts: Parts,
  settings: HostSettings,
  endpoint: string,
): Promise<RunningPurchase | undefined> {
  const { purchase, regions, tls } = settings
  if (purchase === undefined) return undefined
  const metering = { endpoint, region: regions[0] ?? '' }
  return openPurchase(clockedParts(parts, settings), purchase, metering, tls)
}

function openAdmin(
  parts: Parts,
  settings: HostSettings,
  purchases: PurchaseSite | undefined,
): Promise<RunningAdmin> {
  const { adminHost, adminPort, tls } = settings
  return startAdmin(
    {
      ...parts,
      ...clockedParts(parts, settings),
      ledger: parts.storage.ledger,
      version: VERSION,
      documents: catalogDocuments,
      ...(purchases && { purchases }),
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
  // First, for a demo's seller asks the service while a page waits.
  await running?.purchase?.port.close()
  await running?.service.close(drainMsMax)
  await running?.admin.close()
  await parts.courier.stop()
  await parts.refusals.close()
  await parts.bodyLog?.close()
  parts.health.close()
  await parts.state.stop()
  await parts.storage.close()
}
