import {
  createSandbox,
  SandboxRefused,
  type Sandbox,
  type SandboxRecord,
  type Seed,
} from 'marketmeter/testing'

export async function quantities(): Promise<readonly number[]> {
  await using sandbox: Sandbox = await createSandbox({ now: new Date(0), clock: 'running' })
  try {
    sandbox.clock.advance({ hours: 1 })
  } catch (error) {
    if (error instanceof SandboxRefused) console.log(error.message)
  }
  const records: readonly SandboxRecord[] = await sandbox.records({ buyer: sandbox.buyers[0] })
  const seed: Seed = { version: 1, sellers: [{ account: '222222222222' }] }
  await createSandbox({ seed, profile: { extends: 'aws-2026', quotas: { BatchMeterUsage: 5 } } })
  // @ts-expect-error a seed has no such member
  await createSandbox({ seed: { ...seed, nonsense: [] } })
  // @ts-expect-error a clock is frozen or running
  await createSandbox({ clock: 'nonsense' })
  // @ts-expect-error a record's quantity is a number
  const text: string | undefined = records[0]?.quantity
  return text === undefined ? records.map(({ quantity }) => quantity) : []
}
