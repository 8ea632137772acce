/** A real service for the bench: a fresh data folder with a big catalog, `marketmeter serve` as a child. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ControlEntry } from '../src/core/control-entries.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
} from '../src/core/usage.ts'
import { openMasterKeyFile } from '../src/server/keys/master-key-file.ts'
import { newLongTermKey } from '../src/server/keys/new-key.ts'
import { sealSecret } from '../src/server/keys/secrets.ts'
import { SqliteControlStore } from '../src/store/sqlite-control/store.ts'
import type { Caller, KeySpace } from './requests.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const DAYS_30_MS = 30 * 86_400_000
const FIRST_BUYER = 100_000_000_000

/** A folder on the disk that holds the checkout's temporary files; set TMPDIR to measure another. */
export function newDataFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'marketmeter-bench-'))
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Fills the control store; gives one caller for each seller. */
export async function seedCatalog(
  folder: string,
  space: Pick<KeySpace, 'buyers' | 'dimensions'>,
  sellers = 1,
): Promise<readonly Caller[]> {
  mkdirSync(folder, { recursive: true })
  const ring = openMasterKeyFile(join(folder, 'master.key'))
  if (!ring.ok) throw new Error(ring.problem)
  const control = new SqliteControlStore(join(folder, 'control.db'))
  const entries: ControlEntry[] = [{ kind: 'purpose', purpose: 'production' }]
  const callers = Array.from({ length: sellers }, (_, index) => {
    const key = newLongTermKey(randomBytes)
    const account = String(900_000_000_000 + index) as AccountId
    entries.push(...sellerEntries(account, index, space), {
      kind: 'accessKey',
      id: key.accessKeyId,
      account,
      status: 'active',
      description: 'bench',
      createdMs: Date.now() as InstantMs,
      secret: sealSecret(ring.ring.current, key.accessKeyId, key.secretAccessKey, randomBytes),
    })
    return { ...key, productCode: productCodeOf(index), firstBuyer: FIRST_BUYER }
  })
  await control.commit({
    upon: 0,
    entries,
    atMs: Date.now() as InstantMs,
    actor: 'user:bench',
    summary: 'the catalog of a bench',
  })
  await control.close()
  return callers
}

function sellerEntries(
  seller: AccountId,
  index: number,
  { buyers, dimensions }: Pick<KeySpace, 'buyers' | 'dimensions'>,
): ControlEntry[] {
  const product = productCodeOf(index)
  const startMs = (Date.now() - DAYS_30_MS) as InstantMs
  return [
    { kind: 'seller', account: seller, name: `Seller ${index}`, retired: false },
    {
      kind: 'product',
      code: product,
      seller,
      name: `Product ${index}`,
      meteredBy: 'BatchMeterUsage',
      dimensions: Array.from({ length: dimensions }, (_, dimension) => ({
        name: `dimension-${dimension}` as Dimension,
        description: '',
        unit: 'Units',
        price: '0.001',
        retired: false,
      })),
      retired: false,
    },
    ...Array.from({ length: buyers }, (_, buyer): ControlEntry[] => {
      const account = String(FIRST_BUYER + buyer) as AccountId
      const serial = String(index * buyers + buyer).padStart(32, '0')
      return [
        { kind: 'buyer', account, name: `Buyer ${buyer}`, retired: false },
        {
          kind: 'agreement',
          id: `agmt-${serial}` as AgreementId,
          licenseArn: `arn:aws:license-manager::294406891311:license:l-${serial}` as LicenseArn,
          product,
          buyer: account,
          startMs,
          status: 'active',
        },
      ]
    }).flat(),
  ]
}

function productCodeOf(index: number): ProductCode {
  return `bench${String(index).padStart(20, '0')}` as ProductCode
}

export interface BenchService {
  readonly host: string
  readonly port: number
  readonly adminEndpoint: string
  readonly child: ChildProcess
  /** From the start of the process to its line that says it is ready. */
  readonly readySeconds: number
  residentMegabytes(): number
  stop(): Promise<void>
}

export async function startServe(folder: string, ...flags: string[]): Promise<BenchService> {
  const startMs = performance.now()
  const command = ['serve', '--json', '--data', folder, '--port', '0', '--admin-port', '0']
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', MAIN, ...command, ...flags],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ready = await firstLine(child)
  const { endpoint, adminEndpoint } = JSON.parse(ready) as {
    endpoint: string
    adminEndpoint: string
  }
  const { hostname, port } = new URL(endpoint)
  return {
    host: hostname,
    port: Number(port),
    adminEndpoint,
    child,
    readySeconds: (performance.now() - startMs) / 1_000,
    residentMegabytes: () => residentMegabytes(child.pid ?? 0),
    async stop() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the service has no stdout')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the service ended before it was ready')
}

/** Linux only, as the bench's figures are. */
function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024
}
