import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { createSandbox, SandboxRefused } from './index.ts'

/** What somebody's JavaScript may give, whatever the types say. */
const create = createSandbox as (options?: unknown) => ReturnType<typeof createSandbox>

describe('the options of createSandbox', () => {
  for (const [options, sentence] of [
    [null, /options are null; expected an object/],
    ['saas-contract', /options are "saas-contract"; expected an object/],
    [{ sede: 'last-hour' }, /no option "sede"\. There are: seed, now, clock/],
    [{ __proto__: null, toString: 1 }, /no option "toString"/],
    [{ seed: null }, /no seed null\. There are: saas-subscription/],
    [{ now: null }, /now is null; expected an instant/],
    [{ now: true }, /true is no instant/],
    [{ clock: 'Frozen' }, /clock is "Frozen"; expected frozen or running/],
    [{ profile: 5 }, /profile is 5; expected the name/],
    [{ profile: [] }, /profile is \[\]; expected the name/],
    [{ profile: 'aws-1999' }, /no profile "aws-1999"\. There are: aws-2025/],
    [{ regions: 'us-east-1' }, /regions is "us-east-1"; expected a list/],
    [{ regions: {} }, /regions is \{\}; expected a list/],
    [{ regions: [] }, /one Region at least/],
    [{ quotas: 'yes' }, /quotas is "yes"; expected true or false/],
    [{ anyCredentials: 1 }, /anyCredentials is 1; expected true or false/],
    [{ faultSeed: -1 }, /faultSeed: expected a whole number/],
    [{ port: 65_536 }, /port is 65536; expected a whole number from 0 to 65535/],
    [{ port: 'x' }, /port is "x"; expected/],
  ] as const) {
    it(`are not ${inspect(options)}`, async () => {
      await assert.rejects(create(options), (error: unknown) => {
        assert.ok(error instanceof SandboxRefused)
        assert.match(error.message, sentence)
        return true
      })
    })
  }

  it('may each be undefined', async () => {
    const names = ['seed', 'now', 'clock', 'profile', 'regions', 'quotas', 'anyCredentials', 'port']
    await using sandbox = await create(Object.fromEntries(names.map((name) => [name, undefined])))
    assert.equal(sandbox.products.length, 1)
  })
})
