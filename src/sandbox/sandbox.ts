/**
 * A sandbox in the process of the test that uses it: one workspace behind a port of its own.
 *
 * Nothing here waits on a timer that a test can fake (machine-clock.ts).
 * Checked by sandbox.test.ts, with the AWS SDK
 */
import type { Exchange } from './exchange.ts'
import { buyersOf, keysOf, productsOf, type SandboxBuyer, type SandboxProduct } from './facts.ts'
import { JournalBudget } from './journal.ts'
import { settingsOf, type WorkspaceOptions } from './options.ts'
import { openWirePort, type SandboxPort } from './port.ts'
import { type RecordQuery, recordsOf, type SandboxRecord } from './records.ts'
import type { Seed } from './seed.ts'
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
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export interface Sandbox {
  readonly endpoint: string
  readonly clientConfig: ClientConfig
  readonly clock: SandboxClock
  readonly products: readonly SandboxProduct[]
  readonly buyers: readonly SandboxBuyer[]
  /** The metering records that are held, in the order in which they came. */
  records(query?: RecordQuery): Promise<readonly SandboxRecord[]>
  /** The newest exchanges, oldest first: each request and its answer, with what became of each record and why. */
  exchanges(): readonly Exchange[]
  /** Back to the seed, clock and all, with no exchanges. Snapshots stay. */
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
  return {
    endpoint: port.endpoint,
    clientConfig: {
      endpoint: port.endpoint,
      region: settings.regions[0],
      credentials: credentialsOf(settings.seed),
    },
    clock: {
      now: () => clock.nowMs,
      set: (instant) => {
        clock.set(millisecondsOf(instant))
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
    products: productsOf(workspace.world.catalog, settings.seed),
    buyers: buyersOf(workspace.world.catalog),
    records: (query) => recordsOf(workspace, query),
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

function credentialsOf(seed: Seed): ClientConfig['credentials'] {
  const [{ accessKeyId, secretAccessKey } = { accessKeyId: '', secretAccessKey: '' }] = keysOf(seed)
  return { accessKeyId, secretAccessKey }
}
