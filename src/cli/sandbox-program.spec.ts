/** A sandbox that runs as a process of its own: what it said of itself, and usage that is sent to it. */
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import type { WorkspaceView } from '../sandbox/control/views.ts'

export type Ready = WorkspaceView & { readonly controlEndpoint: string }

/** Usage of its first buyer and dimension, now. Whether it is taken is for the sandbox to tell. */
export async function meter(ready: Ready, quantity: number): Promise<void> {
  const client = new MarketplaceMeteringClient({
    endpoint: ready.endpoint,
    region: ready.region,
    credentials: ready,
    maxAttempts: 1,
  })
  const [product] = ready.products
  const record = {
    Timestamp: new Date(ready.now),
    Dimension: product?.dimensions[0] ?? '',
    CustomerAWSAccountId: ready.buyers[0]?.awsAccountId,
    Quantity: quantity,
  }
  const asked = { ProductCode: product?.code, UsageRecords: [record] }
  await client.send(new BatchMeterUsageCommand(asked)).catch(() => undefined)
  client.destroy()
}
