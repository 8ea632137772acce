/**
 * `marketmeter/client`: what a seller's program imports. docs/client.md explains it.
 *
 * It reaches `core`, `wire`, two small packages and the AWS SDK, and nothing else: no store, no server, no driver.
 * imports.test.ts holds it to that.
 */
export {
  BatchMeterUsageRequest,
  type BatchMeterUsageRequestMembers,
} from './batch-meter-usage-request.ts'
export type { Breach } from './check.ts'
export { MeteringClient, type MeteringClientOptions, type SendOptions } from './metering-client.ts'
export type { MeteredRecord, Outcome, Progress, Warning } from './outcome.ts'
export type { ProfileChoice } from './profiles.ts'
export type { SentUsageRecord, Tag, UsageAllocation, UsageRecord } from './usage-record.ts'
export { AWS_2025, AWS_2026, type Profile } from '../core/profile.ts'
