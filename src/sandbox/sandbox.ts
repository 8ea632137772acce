/**
 * A sandbox in the process of the test that uses it: one workspace behind a port of its own.
 *
 * Nothing here waits on a timer that a test can fake (machine-clock.ts).
 * Checked by sandbox.test.ts, with the AWS SDK
 */
import {
  applyPart,
  cancelAgreement,
  createToken,
  type SeedPart,
  type TokenRequest,
} from './apply.ts'
import {
  callsOf,
  type CallsQuery,
  duplicatesOf,
  type RefusalQuery,
  refusalsOf,
  type SandboxDuplicate,
} from './assertions.ts'
import { agreementView, publicKeyView } from '../server/admin/views.ts'
import type { Exchange } from './exchange.ts'
import {
  buyersOf,
  keyFor,
  productsOf,
  type SandboxBuyer,
  type SandboxKey,
  type SandboxProduct,
} from './facts.ts'
import type { SandboxFaults } from './faults/workspace-faults.ts'
import { JournalBudget } from './journal.ts'
import { settingsOf, type WorkspaceOptions } from './options.ts'
import { openWirePort, type SandboxPort } from './port.ts'
import { type GapQuery, hoursWithoutRecordOf, type UsageGap } from './hours-without-record.ts'
import type { UsageQuery } from './query.ts'
import { type RecordQuery, recordsOf, zeroQuantityRecordsOf } from './records.ts'
import type {
  SandboxAgreement,
  SandboxPublicKey,
  SandboxRecord,
  SandboxRefusal,
  SandboxToken,
} from './shapes.ts'
import type { CallsMade } from './tally.ts'
import { type Instant, lengthOf, millisecondsOf, type Span } from './time.ts'
import { Workspace } from './workspace.ts'

export interface SandboxOptions extends WorkspaceOptions {
  /** Default: any free port. */
  readonly port?: number
}

/** Domain time of a sandbox: what windows, hours, tokens and agreements are judged by. */
export interface SandboxClock {
  /** Milliseconds since 1970. */
  now(): number
  /** @throws SandboxRefused if that is before now. */
  set(instant: Instant): void
  /** @throws SandboxRefused on a negative span. */
  advance(span: Span): void
  freeze(): void
  run(): void
}

/** What the clients of the AWS SDK for JavaScript v3 are made with. */
export interface ClientConfig {
  readonly endpoint: string
  readonly region: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

export interface Sandbox {
  readonly endpoint: string
  /** Of the seed's first key. */
  readonly clientConfig: ClientConfig
  /** Of an account's first key, or of its key that runs on a resource. @throws SandboxRefused that names those there are */
  clientConfigFor(account: string | SandboxBuyer, resource?: string): ClientConfig
  /** Every key: those of the seed are fixed, and documented for the seeds that ship. */
  credentials(): readonly SandboxKey[]
  readonly clock: SandboxClock
  readonly faults: SandboxFaults
  /** What there is now: `apply` changes it. */
  readonly products: readonly SandboxProduct[]
  readonly buyers: readonly SandboxBuyer[]
  /** All of them, whatever became of them. */
  readonly agreements: readonly SandboxAgreement[]
  /** What RegisterUsage signs with. */
  readonly publicKeys: readonly SandboxPublicKey[]
  /** The metering records that are held, call after call; those of one call in the order of their ids. */
  records(query?: RecordQuery): Promise<readonly SandboxRecord[]>
  /** Those of quantity zero, as sellers send them for hours without usage. */
  zeroQuantityRecords(query?: Omit<RecordQuery, 'quantity'>): Promise<readonly SandboxRecord[]>
  /** Usage that was refused and why, the first to appear first. Equal ones are counted. */
  refusals(query?: RefusalQuery): Promise<readonly SandboxRefusal[]>
  /** How often each operation was called, by who signed and by outcome. */
  calls(query?: CallsQuery): readonly CallsMade[]
  /** Records that were sent again: with the same quantity, and with others. */
  duplicates(query?: UsageQuery): Promise<readonly SandboxDuplicate[]>
  /** Hours that an agreement covers and that have no record, by buyer and dimension. */
  hoursWithoutRecord(query: GapQuery): Promise<readonly UsageGap[]>
  /** Adds to the catalog or changes it, as a part of a seed says. @throws SeedRefused */
  apply(part: SeedPart): Promise<void>
  /** Now. @param of An id, a license, or one of `buyers`. @throws SandboxRefused */
  cancelAgreement(of: string | SandboxBuyer): Promise<void>
  readonly tokens: {
    /** What a buyer's browser brings to the seller, for ResolveCustomer. @throws SandboxRefused */
    create(request: TokenRequest): Promise<SandboxToken>
  }
  /** The newest exchanges, oldest first: each request and its answer, with what became of each record and why. */
  exchanges(): readonly Exchange[]
  /** Back to the seed, clock and all, with no exchanges and no faults. Snapshots stay. */
  reset(): Promise<void>
  snapshot(name: string): void
  /** @throws SandboxRefused that names those there are */
  restore(name: string): Promise<void>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Of all sandboxes of the process. */
const BUDGET = new JournalBudget()

/** @throws SeedRefused, or SandboxRefused that names what there is. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const workspace = await Workspace.open(await settingsOf(options), BUDGET)
  const listening = { host: '127.0.0.1', port: options.port ?? 0 }
  return sandboxOver(workspace, await openWirePort(workspace.handle, listening))
}

function sandboxOver(workspace: Workspace, port: SandboxPort): Sandbox {
  const { clock, settings } = workspace
  const configOf = (key: SandboxKey): ClientConfig => clientConfigOf(key, workspace, port)
  return {
    endpoint: port.endpoint,
    clientConfig: configOf(workspace.keys[0] ?? NO_KEY),
    clientConfigFor: (account, resource) => configOf(keyFor(workspace.keys, account, resource)),
    credentials: () => workspace.keys,
    clock: {
      now: () => clock.nowMs,
      set: (instant) => {
        clock.set(millisecondsOf(instant, clock.nowMs))
      },
      advance: (span) => {
        clock.advance(lengthOf(span))
      },
      freeze: () => {
        clock.freeze()
      },
      run: () => {
        clock.run()
      },
    },
    faults: workspace.faults,
    get products() {
      return productsOf(workspace.world.catalog, settings.seed)
    },
    get buyers() {
      return buyersOf(workspace.world.catalog, clock.nowMs)
    },
    get agreements() {
      return [...workspace.world.catalog.agreements.values()].map(agreementView)
    },
    get publicKeys() {
      return [...workspace.world.catalog.publicKeys.values()].map(publicKeyView)
    },
    records: (query) => recordsOf(workspace, query),
    zeroQuantityRecords: (query) => zeroQuantityRecordsOf(workspace, query),
    refusals: (query) => refusalsOf(workspace, query),
    calls: (query) => callsOf(workspace, query),
    duplicates: (query) => duplicatesOf(workspace, query),
    hoursWithoutRecord: (query) => hoursWithoutRecordOf(workspace, query),
    apply: (part) => applyPart(workspace, part),
    cancelAgreement: (of) => cancelAgreement(workspace, of),
    tokens: { create: (request) => createToken(workspace, request) },
    exchanges: () => workspace.journal.after(0),
    reset: () => workspace.reset(),
    snapshot: (name) => {
      workspace.snapshot(name)
    },
    restore: (name) => workspace.restore(name),
    close: () => port.close(),
    [Symbol.asyncDispose]: () => port.close(),
  }
}

/** Of a seed without keys. */
const NO_KEY: SandboxKey = { account: '', role: 'seller', accessKeyId: '', secretAccessKey: '' }

function clientConfigOf(
  { accessKeyId, secretAccessKey, sessionToken }: SandboxKey,
  { settings: { regions } }: Workspace,
  { endpoint }: SandboxPort,
): ClientConfig {
  const token = sessionToken !== undefined && { sessionToken }
  const credentials = { accessKeyId, secretAccessKey, ...token }
  return { endpoint, region: regions[0], credentials }
}
