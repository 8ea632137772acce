import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agreementChecksum, callChecksum, recordChecksum, seriesChecksum } from './checksum.ts'
import { aCall, aRecord } from './builders.spec.ts'

const RECORD = {
  position: 1,
  hour: 498_756,
  hourMs: 61_001,
  quantity: 7,
  namedBy: 1,
  recordedAtUs: 1_795_521_600_000_000,
  seriesChecksum: 1,
  callChecksum: 2,
  agreementChecksum: 3,
  allocations: null,
} as const

describe('the checksum of a record', () => {
  // Frozen: every stored record carries what these functions said.
  it('is what it was when the first ledgers were written', () => {
    const { agreement, licenseArn } = aRecord({})
    assert.deepEqual(
      [
        recordChecksum(RECORD),
        recordChecksum({ ...RECORD, allocations: '[{"quantity":7,"tags":[]}]' }),
        seriesChecksum({ ...aRecord({}), fingerprint: '00112233445566778899', bucket: 5 }),
        callChecksum(aCall()),
        agreementChecksum(agreement, licenseArn),
      ],
      VECTORS,
    )
  })

  for (const member of Object.keys(RECORD) as (keyof typeof RECORD)[]) {
    it(`changes with ${member}`, () => {
      const changed = member === 'allocations' ? '[]' : RECORD[member] + 1
      assert.notEqual(recordChecksum({ ...RECORD, [member]: changed }), recordChecksum(RECORD))
    })
  }
})

const VECTORS = [-181_605_122, 422_446_974, 1_515_229_373, -1_134_019_238, -772_532_419]
