/**
 * Fills a ledger with open records, straight through the store: as many keys an hour as wanted, in random order.
 *
 * The series are those that `requests.ts` sends with `catalog.ts`, so a service that opens the ledger afterwards
 * knows their buyers.
 */
import { join } from 'node:path'
import { billingLineOfProduct } from '../src/core/billing-line.ts'
import { MS_PER_HOUR, usageHourOf } from '../src/core/hour.ts'
import type { Call, NewRecord } from '../src/core/metering-record.ts'
import { AWS_2025 } from '../src/core/profile.ts'
import type { AccountId, Dimension, InstantMs, Quantity, Region } from '../src/core/usage.ts'
import { windowMsOf } from '../src/core/window.ts'
import { SqliteLedger } from '../src/store/sqlite/sqlite-ledger.ts'
import {
  agreementIdOf,
  type CatalogSize,
  FIRST_BUYER,
  licenseArnOf,
  productCodeOf,
  sellerAccountOf,
} from './catalog.ts'
import { shuffled } from './requests.ts'

const RECORDS_PER_CALL = 1_000

export interface Filling {
  readonly size: CatalogSize
  /** The current one and those before it. */
  readonly hours: number
  /** What `demo` or `serve` marks its ledger with. */
  readonly mark: 'demo' | 'production'
}

export async function fillLedger(folder: string, { size, hours, mark }: Filling): Promise<void> {
  const nowMs = Date.now()
  const ledger = await SqliteLedger.open({
    file: join(folder, 'ledger.db'),
    nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1_000),
    windowMs: windowMsOf(AWS_2025),
    mark,
  })
  for (let hoursBack = hours - 1; hoursBack >= 0; hoursBack--) {
    const order = shuffled(size.buyers * size.dimensions, hoursBack + 1)
    const timestampMs = (nowMs - hoursBack * MS_PER_HOUR) as InstantMs
    for (let from = 0; from < order.length; from += RECORDS_PER_CALL) {
      const keys = order.subarray(from, from + RECORDS_PER_CALL)
      const records = Array.from(keys, (key) => recordOf(key, size, timestampMs))
      await ledger.hold(callOf(`fill-${hoursBack}-${from}`, timestampMs), records)
    }
  }
  ledger.maintain()
  await ledger.close()
}

function recordOf(key: number, { dimensions }: CatalogSize, timestampMs: InstantMs): NewRecord {
  const buyerIndex = Math.floor(key / dimensions)
  const buyer = String(FIRST_BUYER + buyerIndex) as AccountId
  const product = productCodeOf(0)
  return {
    region: 'us-east-1' as Region,
    billingLine: billingLineOfProduct(product, buyer),
    dimension: `dimension-${key % dimensions}` as Dimension,
    hour: usageHourOf(timestampMs),
    resource: '',
    product,
    seller: sellerAccountOf(0),
    buyer,
    agreement: agreementIdOf(buyerIndex),
    licenseArn: licenseArnOf(buyerIndex),
    namedBy: 'account',
    quantity: (key % 1_000_000) as Quantity,
    timestampMs,
  }
}

function callOf(requestId: string, receivedAtMs: InstantMs): Call {
  return {
    requestId,
    operation: 'BatchMeterUsage',
    receivedAtMs,
    account: sellerAccountOf(0),
    accessKeyId: 'AKIABENCHBENCHBENCH0',
    address: '127.0.0.1',
    userAgent: 'bench',
    profile: AWS_2025.name,
  }
}
