import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deriveSigningKey } from '../../wire/sigv4/index.ts'
import { SigningKeys } from './signing-keys.ts'

const SERVICE = 'aws-marketplace'
const DAY = '20261123'

/** A source that counts how often its secret was asked for. */
function source(accessKeyId: string, secret = 'secret', secretVersion = 1) {
  const self = { accessKeyId, secretVersion, opened: 0, openSecret }
  function openSecret(): string {
    self.opened += 1
    return secret
  }
  return self
}

describe('signing keys', () => {
  it('are derived once for a day and Region', () => {
    const keys = new SigningKeys(SERVICE, 10)
    const a = source('A')
    const first = keys.get(a, DAY, 'us-east-1')
    const scope = { date: DAY, region: 'us-east-1', service: SERVICE }
    assert.ok(first.equals(deriveSigningKey('secret', scope)))
    assert.equal(keys.get(a, DAY, 'us-east-1'), first)
    assert.equal(a.opened, 1)
  })

  it('differ by day, Region and access key', () => {
    const keys = new SigningKeys(SERVICE, 10)
    const a = source('A')
    const first = keys.get(a, DAY, 'us-east-1')
    assert.ok(!keys.get(a, '20261124', 'us-east-1').equals(first))
    assert.ok(!keys.get(a, DAY, 'eu-west-1').equals(first))
    assert.ok(!keys.get(source('B', 'other'), DAY, 'us-east-1').equals(first))
  })

  it('are derived anew for a new version of the secret, and the old one is gone', () => {
    const keys = new SigningKeys(SERVICE, 10)
    const first = keys.get(source('A', 'one', 1), DAY, 'us-east-1')
    const second = keys.get(source('A', 'two', 2), DAY, 'us-east-1')
    assert.ok(!second.equals(first))
    assert.equal(keys.keyCount, 1)
  })

  it('are forgotten at once when told, of that access key alone', () => {
    const keys = new SigningKeys(SERVICE, 10)
    const [a, b] = [source('A'), source('B')]
    keys.get(a, DAY, 'us-east-1')
    keys.get(a, DAY, 'eu-west-1')
    keys.get(b, DAY, 'us-east-1')
    keys.forget('A')
    assert.equal(keys.keyCount, 1)
    keys.get(a, DAY, 'us-east-1')
    keys.get(b, DAY, 'us-east-1')
    assert.deepEqual([a.opened, b.opened], [3, 1])
    keys.forgetAll()
    assert.equal(keys.keyCount, 0)
  })

  it('are not kept when the secret cannot be opened', () => {
    const keys = new SigningKeys(SERVICE, 10)
    const broken = { ...source('A'), openSecret: () => assert.fail('no master key') }
    assert.throws(() => keys.get(broken, DAY, 'us-east-1'), /no master key/)
    assert.ok(keys.get(source('A'), DAY, 'us-east-1'))
  })

  it('are bounded: the access key unused for longest goes first', () => {
    const keys = new SigningKeys(SERVICE, 2)
    const [a, b, c] = [source('A'), source('B'), source('C')]
    keys.get(a, DAY, 'us-east-1')
    keys.get(b, DAY, 'us-east-1')
    keys.get(a, DAY, 'us-east-1')
    keys.get(c, DAY, 'us-east-1')
    assert.equal(keys.keyCount, 2)
    keys.get(a, DAY, 'us-east-1')
    assert.equal(a.opened, 1)
    keys.get(b, DAY, 'us-east-1')
    assert.equal(b.opened, 2)
  })

  it('are bounded for each access key: nine Regions forget the first', () => {
    const keys = new SigningKeys(SERVICE, 2)
    const a = source('A')
    for (let index = 1; index <= 9; index += 1) keys.get(a, DAY, `us-east-${index}`)
    keys.get(a, DAY, 'us-east-9')
    assert.equal(a.opened, 9)
    keys.get(a, DAY, 'us-east-1')
    assert.equal(a.opened, 10)
  })
})
