/** `marketmeter/testing`: a sandbox for test runners. */
export { ClockRefused } from './workspace-clock.ts'
export type { SandboxBuyer, SandboxProduct } from './facts.ts'
export {
  type ClientConfig,
  createSandbox,
  type Instant,
  type RecordQuery,
  type Sandbox,
  type SandboxClock,
  type SandboxOptions,
  type SandboxRecord,
  type Span,
} from './sandbox.ts'
export { type Seed, SeedRefused } from './seed.ts'
export type { SeedName } from './seeds/index.ts'
export { NoSuchSnapshot } from './workspace.ts'
