/**
 * A sandbox in the process of the test that uses it: one workspace behind a port of its own.
 *
 * Nothing here waits on a timer that a test can fake (machine-clock.ts).
 * Checked by sandbox.test.ts, with the AWS SDK
 */
import { ACCOUNT, DIMENSION, type NameRule, PRODUCT } from '../core/catalog-names.ts'
import type { Profile } from '../core/profile.ts'
import { recordView } from '../server/admin/views.ts'
import { readProfile } from '../server/profiles.ts'
import type { Exchange } from './exchange.ts'
import { buyersOf, productsOf, type SandboxBuyer, type SandboxProduct } from './facts.ts'
import { JournalBudget } from './journal.ts'
import { machineNowMs } from './machine-clock.ts'
import { SandboxRefused } from './refused.ts'
import { openWirePort, type SandboxPort } from './port.ts'
import { type Seed, withLicenses } from './seed.ts'
import { SEED_NAMES, SEEDS, type SeedName } from './seeds/index.ts'
import { type Instant, lengthOf, millisecondsOf, type Span } from './time.ts'
import { Workspace } from './workspace.ts'
import type { ClockState } from './workspace-clock.ts'

export interface SandboxOptions {
  /** The name of a seed that ships, or one of your own. Default: `saas-subscription`. */
  readonly seed?: SeedName | Seed
  /** Where the clock stands. Absent: the machine's clock, running. */
  readonly now?: Instant
  /** Whether the clock stands still until it is moved. Default: with `now` it does, without it does not. */
  readonly clock?: 'frozen' | 'running'
  /** Default: `aws-2025`. A path names a file of your own. */
  readonly profile?: string
  /** Default: any free port. */
  readonly port?: number
  /** Turns the profile's quotas on. Default: false. */
  readonly quotas?: boolean
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

/** A metering record, as the admin API and `marketmeter records --json` show one. */
export type SandboxRecord = ReturnType<typeof recordView>

/** Every member narrows. */
export interface RecordQuery {
  /** An account id, or one of `buyers`. */
  readonly buyer?: string | SandboxBuyer
  readonly product?: string | SandboxProduct
  readonly dimension?: string
}

/** Of all sandboxes of the process. */
const BUDGET = new JournalBudget()
const PAGE_COUNT = 10_000
const REGION = 'us-east-1'
/** @throws SeedRefused, or SandboxRefused that names what there is. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const seed = seedFor(options.seed ?? 'saas-subscription')
  const clock = clockFor(options)
  const settings = {
    seed,
    profile: await profileFor(options.profile ?? 'aws-2025'),
    regions: [REGION],
    quotas: options.quotas ?? false,
    ...(clock && { clock }),
  }
  const workspace = await Workspace.open(settings, BUDGET)
  const listening = { host: '127.0.0.1', port: options.port ?? 0 }
  return sandboxOver(workspace, await openWirePort(workspace.handle, listening))
}

function sandboxOver(workspace: Workspace, port: SandboxPort): Sandbox {
  const { clock, settings } = workspace
  return {
    endpoint: port.endpoint,
    clientConfig: {
      endpoint: port.endpoint,
      region: REGION,
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

function seedFor(choice: SeedName | Seed): Seed {
  if (typeof choice === 'object') return withLicenses(choice)
  const seeds: Readonly<Record<string, Seed>> = SEEDS
  const seed = Object.hasOwn(seeds, choice) ? seeds[choice] : undefined
  if (seed !== undefined) return withLicenses(seed)
  throw new SandboxRefused(
    400,
    `There is no seed ${JSON.stringify(choice)}. There are: ${SEED_NAMES.join(', ')}.`,
  )
}

async function profileFor(choice: string): Promise<Profile> {
  const read = await readProfile(choice)
  if (read.ok) return read.profile
  throw new SandboxRefused(400, read.problems.join('\n'))
}

function clockFor({ now, clock }: SandboxOptions): ClockState | undefined {
  if (now === undefined && clock !== 'frozen') return undefined
  const nowMs = now === undefined ? machineNowMs() : millisecondsOf(now)
  return { nowMs, isFrozen: clock !== 'running' }
}

function credentialsOf({ accessKeys = [] }: Seed): ClientConfig['credentials'] {
  const [key] = accessKeys
  return { accessKeyId: key?.id ?? '', secretAccessKey: key?.secret ?? '' }
}

async function recordsOf(
  { world: { ledger } }: Workspace,
  { buyer, product, dimension }: RecordQuery = {},
): Promise<readonly SandboxRecord[]> {
  const account = typeof buyer === 'object' ? buyer.awsAccountId : buyer
  const code = typeof product === 'object' ? product.code : product
  const narrowed = {
    ...(account !== undefined && { buyer: named(ACCOUNT, account) }),
    ...(code !== undefined && { product: named(PRODUCT, code) }),
    ...(dimension !== undefined && { dimension: named(DIMENSION, dimension) }),
  }
  const records: SandboxRecord[] = []
  let after: string | undefined
  do {
    const page = await ledger.read({ ...narrowed, ...(after && { after }), countMax: PAGE_COUNT })
    for (const record of page.records) records.push(recordView(record))
    after = page.next
  } while (after !== undefined)
  return records
}

function named<Name>(rule: NameRule<Name>, text: string): Name {
  const name = rule.parse(text)
  if (name === undefined) throw new SandboxRefused(400, `${JSON.stringify(text)}: ${rule.expected}`)
  return name
}
