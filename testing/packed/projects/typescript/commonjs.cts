import testing = require('marketmeter/testing')
import client = require('marketmeter/client')

export async function quantities(): Promise<readonly number[]> {
  const sandbox: testing.Sandbox = await testing.createSandbox({ now: new Date(0) })
  const refused: testing.SandboxRefused | undefined = undefined
  const profile: client.Profile = client.AWS_2025
  // @ts-expect-error a clock is frozen or running
  await testing.createSandbox({ clock: 'nonsense' })
  const records = await sandbox.records()
  // @ts-expect-error a record's quantity is a number
  const text: string | undefined = records[0]?.quantity
  return refused === text ? records.map(({ quantity }) => quantity) : [profile.name.length]
}
