import {
  createSandbox,
  SandboxRefused,
  type Sandbox,
  type SandboxRecord,
} from 'marketmeter/testing'

export async function quantities(): Promise<readonly number[]> {
  await using sandbox: Sandbox = await createSandbox({ now: new Date(0), clock: 'running' })
  try {
    sandbox.clock.advance({ hours: 1 })
  } catch (error) {
    if (error instanceof SandboxRefused) console.log(error.message)
  }
  const records: readonly SandboxRecord[] = await sandbox.records({ buyer: sandbox.buyers[0] })
  // @ts-expect-error a clock is frozen or running
  await createSandbox({ clock: 'nonsense' })
  // @ts-expect-error a record's quantity is a number
  const text: string | undefined = records[0]?.quantity
  return text === undefined ? records.map(({ quantity }) => quantity) : []
}
