import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LedgerRefused } from '../refused.ts'
import { refuseUnsafeSqlite } from './sqlite-version.ts'

const REFUSED = ['3.49.1', '3.50.7', '3.51.2', '2.99.99', '3.51', '0', '']
const TAKEN = ['3.51.3', '3.52.0', '3.100.0', '4.0.0']

describe('SQLite', () => {
  for (const version of REFUSED) {
    it(`'${version}' is refused, with what to do`, () => {
      assert.throws(
        () => refuseUnsafeSqlite(version),
        (error) =>
          error instanceof LedgerRefused && error.message.includes('Use Node 24.15 or later'),
      )
    })
  }
  for (const version of TAKEN) {
    it(`'${version}' is taken`, () => {
      refuseUnsafeSqlite(version)
    })
  }

  it('of the Node that runs this is taken', () => {
    refuseUnsafeSqlite()
  })
})
