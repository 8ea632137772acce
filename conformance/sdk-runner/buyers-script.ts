/** The part of the script that a buyer's own software plays: MeterUsage and RegisterUsage, signed by the buyer. */
import type { Bindings, Key } from '../bindings.ts'
import { type Row, typed, type Wanted } from './step.ts'

interface Buyers {
  readonly code: string
  readonly dimensions: readonly string[]
  readonly versions: readonly number[]
  readonly buyer: Key
  readonly elsewhere: Key
  readonly unlabelled: Key
  readonly lapsed: Key
}

/**
 * @param instantMs In the middle of an hour that is over. Reports are of its whole second: what a client token stands for is
 *   compared by the instant, and one of the SDKs cuts it.
 */
export function buyersRows(bindings: Bindings, instantMs: number): readonly Row[] {
  const buyers = buyersOf(bindings)
  const timestampMs = Math.floor(instantMs / 1_000) * 1_000
  return [...reportRows(buyers, bindings.product.code, timestampMs), ...registerRows(buyers)]
}

function buyersOf({ containerProduct, keys }: Bindings): Buyers {
  const { buyer, buyerElsewhere: elsewhere, buyerUnlabelled: unlabelled, lapsedBuyer } = keys
  const { code, dimensions, publicKeys } = containerProduct ?? {}
  if (!buyer || !elsewhere || !unlabelled || !lapsedBuyer || !code || !dimensions || !publicKeys) {
    throw new TypeError('The SDKs need a container product with public keys, and keys of buyers.')
  }
  const versions = publicKeys.map(({ version }) => version)
  return { code, dimensions, versions, buyer, elsewhere, unlabelled, lapsed: lapsedBuyer }
}

const untyped = (error: string): Wanted => ({ error, typed: false })
const held = (recordId: string): Wanted => ({ recordId })

function reportRows(
  { code, dimensions, buyer, elsewhere, unlabelled, lapsed }: Buyers,
  batchProduct: string,
  timestampMs: number,
): readonly Row[] {
  const [first = '', second = '', third = ''] = dimensions
  const usage = { ProductCode: code, TimestampMs: timestampMs, UsageDimension: first }
  const report = { ...usage, UsageQuantity: 3 }
  // Without a token every SDK makes one up, each call another.
  const tokened = { ...report, UsageDimension: second, ClientToken: `sdks-${timestampMs}` }
  const UsageAllocations = [
    { AllocatedUsageQuantity: 2, Tags: [{ Key: 'Team', Value: 'a b' }] },
    { AllocatedUsageQuantity: 1 },
  ]
  const duplicate = typed('DuplicateRequestException')
  return [
    ['a report', report, held('report'), buyer],
    ['another minute', { ...report, TimestampMs: timestampMs + 60_000 }, held('report'), buyer],
    ['another quantity of the hour', { ...report, UsageQuantity: 4 }, duplicate, buyer],
    ['of another resource', { ...report, UsageQuantity: 4 }, held('elsewhere'), elsewhere],
    ['with a token', tokened, held('tokened'), buyer],
    [
      'the token for something else',
      { ...tokened, UsageQuantity: 4 },
      typed('IdempotencyConflictException'),
      buyer,
    ],
    [
      'a report with allocations',
      { ...report, UsageDimension: third, UsageAllocations },
      held('allocatedReport'),
      buyer,
    ],
    ['a dry run', { ...report, DryRun: true }, untyped('DryRunOperation'), buyer],
    ['by a key without a label', report, untyped('AccessDeniedException'), unlabelled],
    ['by a buyer who left', report, typed('CustomerNotEntitledException'), lapsed],
    [
      'of a product metered by batch',
      { ...report, ProductCode: batchProduct },
      typed('InvalidProductCodeException'),
      buyer,
    ],
  ]
}

function registerRows({ code, versions, buyer, lapsed }: Buyers): readonly Row[] {
  const [oldest = 0] = versions
  const newest = Math.max(...versions)
  const run = { ProductCode: code, PublicKeyVersion: newest }
  return [
    ['a container', { ...run, Nonce: 'a nonce é"' }, { signedBy: 'current' }, buyer],
    [
      'under an older key, without a nonce',
      { ...run, PublicKeyVersion: oldest },
      { signedBy: 'rotated' },
      buyer,
    ],
    [
      'under a key that there is none of',
      { ...run, PublicKeyVersion: newest + 1 },
      typed('InvalidPublicKeyVersionException'),
      buyer,
    ],
    ['a container of who left', run, typed('CustomerNotEntitledException'), lapsed],
  ]
}
