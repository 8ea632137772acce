/** Public keys by commands: made, shown, rotated, encrypted anew under another master key, and never told. */
import assert from 'node:assert/strict'
import { createPublicKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runIn } from '../in-folder.spec.ts'

const data = path.join(mkdtempSync(path.join(tmpdir(), 'public-keys-')), 'data')
after(() => rmSync(path.dirname(data), { recursive: true }))

describe('public keys', () => {
  before(async () => {
    await run('sellers', 'create', '111122223333')
    const create = ['products', 'create', '--seller', '111122223333', '--dimension', 'hours']
    await run(...create, '--code', 'box', '--metered-by', 'MeterUsage')
    await run(...create, '--code', 'api')
  })

  it('are not there until one is made', async () => {
    const { exitCode, err } = await run('public-keys', 'show', 'box')
    assert.equal(exitCode, 1)
    assert.match(err, /has no public key\. Make one: marketmeter public-keys rotate box/)
  })

  it('have versions from 1 on, of 2,048 bits, and the one before is told as rotated', async () => {
    const first = await run('public-keys', 'rotate', 'box')
    assert.match(first.err, /has version 1 now/)
    const { asymmetricKeyDetails } = createPublicKey(first.out)
    assert.equal(asymmetricKeyDetails?.modulusLength, 2_048)
    const second = await run('public-keys', 'rotate', 'box')
    assert.match(second.err, /has version 2 now/)
    assert.equal((await run('public-keys', 'show', 'box', '--key-version', '1')).out, first.out)
    assert.equal((await run('public-keys', 'show', 'box')).out, second.out)
    const { out } = await run('public-keys', 'list', '--json')
    const listed = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(
      listed.map(({ version, publicKey, rotated }) => [version, publicKey, typeof rotated]),
      [
        [1, first.out, 'string'],
        [2, second.out, 'undefined'],
      ],
    )
  })

  it('are for products metered by MeterUsage, and for versions that are there', async () => {
    const other = await run('public-keys', 'rotate', 'api')
    assert.equal(other.exitCode, 1)
    assert.match(other.err, /metered by BatchMeterUsage; RegisterUsage is for products metered by/)
    assert.match((await run('public-keys', 'rotate', 'nothing')).err, /no product nothing/)
    assert.match(
      (await run('public-keys', 'show', 'box', '--key-version', '9')).err,
      /of version 9/,
    )
  })

  it('are encrypted anew with the secrets of access keys', async () => {
    const { err } = await run('keys', 'rotate-master')
    assert.match(err, /Encrypted 2 secrets/)
    assert.match((await run('keys', 'rotate-master', '--keep')).err, /Encrypted 0 secrets/)
  })

  it('tell nothing of their private keys anywhere', async () => {
    for (const words of [
      ['public-keys', 'list', '--json'],
      ['catalog', 'log', '--json'],
      ['catalog', 'export'],
      ['catalog', 'show'],
    ]) {
      const { out, exitCode } = await run(...words)
      assert.equal(exitCode, 0)
      assert.doesNotMatch(out, /PRIVATE|"secret"|v1\.[\w-]{16}\./, words.join(' '))
    }
  })

  it('stop a start without the master key that they are encrypted under, in a sentence', async () => {
    const file = path.join(data, 'master.key')
    const own = readFileSync(file)
    writeFileSync(file, randomBytes(32).toString('base64'))
    const { exitCode, err } = await run('serve', '--port', '0', '--admin-port', '0')
    writeFileSync(file, own)
    assert.equal(exitCode, 3)
    assert.match(
      err,
      /private key of [0-9a-f]{64} is encrypted under master key .*Put that key back/,
    )
  })

  it('have registrations, of which there are none', async () => {
    const { out } = await run('usage-registrations', 'list', '--product', 'box')
    assert.match(out, /^PRODUCT +BUYER +SESSION +RESOURCE +KEY VERSION +REGISTERED\n$/)
  })
})

function run(...words: readonly string[]) {
  return runIn(data, ...words)
}
