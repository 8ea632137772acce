import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressesOf, isPublic } from './receiver-address.ts'

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '172.15.255.255', '2606:4700::1111']

/** Special ranges, each at an end. */
const SPECIAL = [
  '0.0.0.0',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'not an address',
]

describe('an address of a receiver', () => {
  for (const address of PUBLIC) {
    it(`${address} is public`, () => {
      assert.equal(isPublic(address), true)
    })
  }

  for (const address of SPECIAL) {
    it(`${address} is not`, () => {
      assert.equal(isPublic(address), false)
    })
  }

  it('is any of the public ones that a name has', async () => {
    const resolve = async () => ['10.0.0.1', '8.8.8.8', '::1']
    assert.deepEqual(await addressesOf('mixed.example', { privateToo: false, resolve }), [
      '8.8.8.8',
    ])
  })
})
