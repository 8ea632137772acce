/** `marketmeter/testing`: a sandbox for test runners. */
export type { Exchange, RecordVerdict, ShownAnswer, ShownRequest } from './exchange.ts'
export type { SandboxBuyer, SandboxKey, SandboxProduct } from './facts.ts'
export type { Fault, FaultFiring, FaultKind, ListedFault, OperationName } from './faults/fault.ts'
export type { SandboxFaults } from './faults/workspace-faults.ts'
export {
  type ClientConfig,
  createSandbox,
  type Sandbox,
  type SandboxClock,
  type SandboxOptions,
} from './sandbox.ts'
export type { WorkspaceOptions } from './options.ts'
export type { SeedPart, TokenRequest } from './apply.ts'
export type { CallsQuery, RefusalQuery, SandboxDuplicate } from './assertions.ts'
export type { GapQuery, UsageGap } from './hours-without-record.ts'
export type { HoursQuery, UsageQuery } from './query.ts'
export type { RecordQuery } from './records.ts'
export type { CallsMade } from './tally.ts'
export { SeedRefused } from './seed.ts'
export type {
  ProfileChanges,
  SandboxAgreement,
  SandboxPublicKey,
  SandboxRecord,
  SandboxRefusal,
  SandboxToken,
  Seed,
} from './shapes.ts'
export type { SeedChoice } from './load-seed.ts'
export type { SeedName } from './seeds/index.ts'
export type { Instant, Span } from './time.ts'
export { SandboxRefused } from './refused.ts'
