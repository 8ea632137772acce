/** A ledger in a folder that has a bit of everything, and short ways to copy it and to look at both sides. */
import type { AccessKeyEntry, BuyerEntry, ControlEntry } from '../../core/control-entries.ts'
import { billingLineOfLicense } from '../../core/billing-line.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type {
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
  Quantity,
  Region,
} from '../../core/usage.ts'
import { aCall, accountOf, aRecord, HOUR, NOON_US } from '../builders.spec.ts'
import type { LedgerFinding } from '../ledger.ts'
import type { PostgresControlStore } from '../postgres-control/store.ts'
import { verifyLedger } from '../postgres/verify.ts'
import { SqliteControlStore } from '../sqlite-control/store.ts'
import { LedgerReader } from '../sqlite/reader.ts'
import { SqliteLedger } from '../sqlite/sqlite-ledger.ts'
import { copyLedger } from './copy.ts'
import type { CopyJob } from './job.ts'

const TWO_YEARS_HOURS = 2 * 365 * 24
const ODD = 'n\0ul, l\ud800one, \\u0041 and a tab\t'

interface Wish {
  readonly waitMsMax?: number
  readonly reseal?: CopyJob['reseal']
  readonly nowMs?: number
  readonly onNote?: (note: string) => Promise<void>
}

export async function copy(
  directory: string,
  url: string,
  { waitMsMax = 0, reseal, nowMs = NOON_US / 1_000, onNote }: Wish = {},
) {
  const findings: LedgerFinding[] = []
  const notes: string[] = []
  const doing: Promise<void>[] = []
  const report = await copyLedger({
    source: { ledger: `${directory}/ledger.db`, control: `${directory}/control.db` },
    target: { url, connectionsMax: 4, connectMsMax: 5_000 },
    waitMsMax,
    nowMs: () => nowMs,
    ...(reseal && { reseal }),
    listener: {
      onProgress: () => undefined,
      onFinding: (finding) => findings.push(finding),
      onNote: (note) => {
        notes.push(note)
        if (onNote !== undefined) doing.push(onNote(note))
      },
    },
  })
  await Promise.all(doing)
  return { report, findings, notes }
}

export function openSource(directory: string, nowUs = NOON_US): Promise<SqliteLedger> {
  const file = `${directory}/ledger.db`
  return SqliteLedger.open({ file, nowUs: () => nowUs, windowMs: 0, mark: 'production' })
}

/** 94 records of today, of last month and of two years ago, in a few calls, some of which share a commit; and a catalog. */
export async function aSource(directory: string): Promise<void> {
  const ledger = await openSource(directory, NOON_US - 10_000_000)
  const hold = (requestId: string, records: readonly NewRecord[]) =>
    ledger.hold({ ...aCall({ requestId }), userAgent: ODD }, records)
  const buyers = Array.from({ length: 30 }, (_, index) => index + 1)
  const tags = [{ key: 'team', value: ODD }]
  await Promise.all([
    hold(
      'old',
      buyers.map((buyer) => aRecord({ buyer, quantity: buyer, hour: HOUR - TWO_YEARS_HOURS })),
    ),
    hold(
      'older',
      buyers.map((buyer) => aRecord({ buyer, quantity: buyer, hour: HOUR - 24 * 30 })),
    ),
  ])
  await hold(
    'now',
    buyers.map((buyer) => aRecord({ buyer, quantity: buyer })),
  )
  await hold('odd', [
    {
      ...aRecord({ hour: HOUR - 1, allocations: [{ quantity: 1 as Quantity, tags }] }),
      resource: ODD,
    },
    {
      ...aRecord({ hour: HOUR - 1 }),
      agreement: 'agmt-renewed' as AgreementId,
      namedBy: 'customerIdentifier',
    },
    { ...aRecord({ hour: HOUR - 1 }), dimension: ODD as Dimension, region: 'eu-west-1' as Region },
    concurrentRecord(HOUR - 1),
  ])
  ledger.maintain()
  await ledger.close()
  await aCatalog(directory)
}

export function concurrentRecord(hour: number): NewRecord {
  const licenseArn = 'arn:aws:license-manager::1:license:l-7' as LicenseArn
  const billingLine = billingLineOfLicense(licenseArn)
  return { ...aRecord({ hour }), licenseArn, billingLine, namedBy: 'license' }
}

async function aCatalog(directory: string): Promise<void> {
  const control = new SqliteControlStore(`${directory}/control.db`)
  await commit(control, 0, [{ kind: 'purpose', purpose: 'production' }, aBuyer('First'), aKey()])
  await commit(control, 1, [aBuyer('Second')])
  const refused = {
    seller: accountOf(900),
    atMs: 5 as InstantMs,
    operation: 'BatchMeterUsage',
    requestId: 'request-9',
    accessKeyId: 'AKIDEXAMPLE',
    address: '127.0.0.1',
    userAgent: ODD,
    region: 'us-east-1' as Region,
    code: 'InvalidProductCodeException',
    productCode: 'odd' as ProductCode,
    reason: ODD,
  }
  await control.appendRefusals([refused, refused, { ...refused, atMs: 9 as InstantMs }])
  await control.close()
}

export function aBuyer(name: string): BuyerEntry {
  return { kind: 'buyer', account: accountOf(1), name, retired: false }
}

function aKey(): AccessKeyEntry {
  return {
    kind: 'accessKey',
    id: 'AKIDEXAMPLE',
    account: accountOf(900),
    status: 'active',
    description: ODD,
    createdMs: 1 as InstantMs,
    secret: 'v1.sealed',
  }
}

type Committing = Pick<SqliteControlStore | PostgresControlStore, 'commit'>

export function commit(store: Committing, upon: number, entries: readonly ControlEntry[]) {
  return store.commit({ upon, entries, atMs: 5 as InstantMs, actor: 'user:ann', summary: 'x' })
}

export function recordsIn(directory: string) {
  const reader = new LedgerReader(`${directory}/ledger.db`)
  try {
    return reader.read({ countMax: 10_000 }).records
  } finally {
    reader.close()
  }
}

export async function damagesAt(url: string): Promise<LedgerFinding[]> {
  const findings: LedgerFinding[] = []
  const settings = { url, connectMsMax: 5_000, onProgress: () => undefined }
  for await (const finding of verifyLedger(settings)) findings.push(finding)
  return findings
}
