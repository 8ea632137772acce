/** A whole integration in one test: a buyer who arrives, subscribes, is metered, and leaves. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'
import { createSandbox } from './index.ts'

const BUYER = '222233339999'

async function opened(test: TestContext) {
  const sandbox = await createSandbox({ now: '2026-08-23T12:00:00Z' })
  const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, maxAttempts: 1 })
  test.after(async () => {
    client.destroy()
    await sandbox.close()
  })
  const [product = { code: '', dimensions: [] }] = sandbox.products
  const meter = async () => {
    const record = {
      Timestamp: new Date(sandbox.clock.now()),
      Dimension: product.dimensions[0],
      CustomerAWSAccountId: BUYER,
      Quantity: 1,
    }
    const command = new BatchMeterUsageCommand({
      ProductCode: product.code,
      UsageRecords: [record],
    })
    return (await client.send(command)).Results?.[0]?.Status
  }
  return { sandbox, client, product, meter }
}

describe('a change in the middle of a test', () => {
  it('brings a buyer, who arrives, is metered, and leaves', async (t) => {
    const { sandbox, client, product, meter } = await opened(t)
    assert.equal(await meter(), 'CustomerNotSubscribed')
    await sandbox.apply({
      buyers: [{ account: BUYER }],
      agreements: [{ id: 'agmt-new', product: product.code, buyer: BUYER, start: 'now-1h' }],
    })
    const buyer = sandbox.buyers.find(({ awsAccountId }) => awsAccountId === BUYER)
    assert.ok(buyer)
    const { token, licenseArn } = await sandbox.tokens.create({ product, buyer })
    assert.equal(licenseArn, buyer.licenseArn)
    const resolved = await client.send(new ResolveCustomerCommand({ RegistrationToken: token }))
    assert.deepEqual([resolved.CustomerAWSAccountId, resolved.ProductCode], [BUYER, product.code])
    assert.equal(await meter(), 'Success')
    await sandbox.cancelAgreement(buyer)
    sandbox.clock.advance({ hours: 1 })
    assert.equal(await meter(), 'CustomerNotSubscribed')
    const [agreement] = sandbox.agreements.filter(({ id }) => id === 'agmt-new')
    assert.deepEqual([agreement?.status, agreement?.end], ['cancelled', '2026-08-23T12:00:00.000Z'])
    await sandbox.reset()
    assert.ok(sandbox.buyers.every(({ awsAccountId }) => awsAccountId !== BUYER))
  })

  it('gives clients the keys that were added, until a reset takes them away', async (t) => {
    const { sandbox } = await opened(t)
    const before = sandbox.credentials()
    const key = { id: 'AKIATESTADDED0000001', account: '444455556666', secret: 'a'.repeat(16) }
    await sandbox.apply({ sellers: [{ account: key.account }], accessKeys: [key] })
    const { accessKeyId, secretAccessKey } = sandbox.clientConfigFor(key.account).credentials
    assert.deepEqual([accessKeyId, secretAccessKey], [key.id, key.secret])
    const added = { account: key.account, role: 'seller', accessKeyId, secretAccessKey }
    assert.deepEqual(sandbox.credentials(), [...before, added])
    await sandbox.apply({ accessKeys: [{ id: key.id, status: 'disabled' }] })
    assert.equal(sandbox.credentials().length, before.length + 1)
    await sandbox.reset()
    assert.deepEqual(sandbox.credentials(), before)
    assert.throws(() => sandbox.clientConfigFor(key.account), /no key of 444455556666/)
  })

  it('keeps the license of an agreement that is there', async (t) => {
    const { sandbox } = await opened(t)
    const [before] = sandbox.agreements
    await sandbox.apply({ agreements: [{ id: before?.id ?? '', status: 'suspended' }] })
    const [after] = sandbox.agreements
    assert.deepEqual(after, { ...before, status: 'suspended' })
  })

  it('takes a key again, with another secret, after a reset', async (t) => {
    const { sandbox } = await opened(t)
    const key = { id: 'AKIATESTLATEKEY00002', account: BUYER }
    for (const secret of ['a'.repeat(16), 'b'.repeat(16)]) {
      await sandbox.apply({ buyers: [{ account: BUYER }], accessKeys: [{ ...key, secret }] })
      const { credentials } = sandbox.clientConfigFor(BUYER)
      assert.equal(credentials.secretAccessKey, secret)
      await sandbox.reset()
    }
  })

  it('takes more entries than a call takes arguments', async (t) => {
    const { sandbox } = await opened(t)
    const buyers = Array.from({ length: 130_000 }, (_, nth) => {
      return { account: String(300_000_000_000 + nth) }
    })
    await sandbox.apply({ buyers })
    await sandbox.reset()
  })

  it('tells of many agreements that overlap in a few words each', async (t) => {
    const { sandbox, product } = await opened(t)
    const agreements = Array.from({ length: 1_000 }, (_, nth) => {
      return { id: `agmt-${nth}`, product: product.code, buyer: BUYER, start: 'now-1h' }
    })
    await assert.rejects(
      sandbox.apply({ buyers: [{ account: BUYER }], agreements }),
      ({ message }: Error) => {
        assert.match(
          message,
          /agreements\[9\]: it overlaps agmt-\d+, agmt-\d+, agmt-\d+ and 996 more/,
        )
        return message.length < 1_000_000
      },
    )
  })

  it('keeps temporary keys over a reset, however far the clock has gone', async (t) => {
    const account = '111122223333'
    const temporary = { id: 'ASIATESTLATEKEY00003', account, secret: 'c'.repeat(16) }
    const seed = {
      version: 1 as const,
      sellers: [{ account }],
      products: [{ code: 'api', seller: account }],
      temporaryKeys: [{ ...temporary, sessionToken: 'token-of-a-test', expires: 'now+1h' }],
    }
    const own = await createSandbox({ seed, clock: 'frozen' })
    t.after(() => own.close())
    const seen = async () => {
      const client = new MarketplaceMeteringClient({
        ...own.clientConfigFor(account),
        maxAttempts: 1,
      })
      const command = new ResolveCustomerCommand({ RegistrationToken: 'x' })
      const name = await client.send(command).catch((error: unknown) => (error as Error).name)
      client.destroy()
      return name
    }
    assert.equal(await seen(), 'InvalidTokenException')
    own.clock.advance({ days: 3 })
    await own.reset()
    assert.equal(await seen(), 'InvalidTokenException')
  })

  it('lets a token grow old with the clock', async (t) => {
    const { sandbox, client, product } = await opened(t)
    const [buyer] = sandbox.buyers
    const { token } = await sandbox.tokens.create({ product, buyer: buyer?.awsAccountId ?? '' })
    sandbox.clock.advance({ hours: 4 })
    const command = new ResolveCustomerCommand({ RegistrationToken: token })
    await assert.rejects(client.send(command), { name: 'ExpiredTokenException' })
  })

  // Read each row as: this is refused, in these words, and changes nothing.
  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['a member that is none', { now: NaN }, /^now: there is no such member; there are sellers, /],
    ['a wrong form', { buyers: [{ account: 1 }] }, /^buyers\[0\]\.account: expected text, got 1/],
    [
      'what rules forbid',
      { agreements: [{ id: 'agmt-sandboxformer', status: 'active' }] },
      /^agreements\[0\]\.status: agreement agmt-sandboxformer was cancelled and stays so/,
    ],
  ]
  for (const [what, part, message] of refused) {
    it(`is refused: ${what}`, async (t) => {
      const { sandbox } = await opened(t)
      const before = sandbox.agreements
      await assert.rejects(sandbox.apply(part), { name: 'SeedRefused', message })
      assert.deepEqual(sandbox.agreements, before)
    })
  }

  it('is refused of what is not there', async (t) => {
    const { sandbox, product } = await opened(t)
    await assert.rejects(sandbox.cancelAgreement('agmt-nope'), /no agreement "agmt-nope"/)
    const request = { product, buyer: BUYER }
    await assert.rejects(sandbox.tokens.create(request), /has no agreement .* make one first/)
  })
})
