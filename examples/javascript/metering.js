/** What a seller's service does once an hour: tells the marketplace what a customer used. */
import { BatchMeterUsageCommand } from '@aws-sdk/client-marketplace-metering'

/** @returns The metering record's id. */
export async function reportUsage(
  client,
  { productCode, awsAccountId, dimension, quantity, hour },
) {
  const usage = {
    Timestamp: hour,
    CustomerAWSAccountId: awsAccountId,
    Dimension: dimension,
    Quantity: quantity,
  }
  const { Results, UnprocessedRecords } = await client.send(
    new BatchMeterUsageCommand({ ProductCode: productCode, UsageRecords: [usage] }),
  )
  if (UnprocessedRecords.length > 0)
    throw new Error('AWS could not take the record now: send it again')
  const [{ Status, MeteringRecordId }] = Results
  if (Status !== 'Success')
    throw new Error(`The usage of ${hour.toISOString()} was not metered: ${Status}`)
  return MeteringRecordId
}
