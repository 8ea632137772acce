/** Builders of what an audit is put together from. */
import type { Call, MeteringRecord, NewRecord } from '../../core/metering-record.ts'
import type { KeptRefusal, RefusedRecord } from '../../core/refused-record.ts'
import { recordIdOf } from '../../store/record-id.ts'
import {
  aCall,
  aRecord,
  aUsageRecord,
  at,
  NOON,
  PRODUCT,
  REGION,
  SELLER,
} from '../../testing/builders.ts'

type RecordWish = Partial<NewRecord> & {
  readonly call?: Partial<Call>
  readonly recordedAtUs?: number
}

export function aMeteringRecord({ call, recordedAtUs, ...facts }: RecordWish = {}): MeteringRecord {
  const record = aRecord(facts)
  return {
    ...record,
    id: recordIdOf(record),
    recordedAtUs: recordedAtUs ?? NOON * 1_000,
    call: aCall(call),
  }
}

type RefusalWish = Partial<RefusedRecord> & { readonly count?: number }

export function aRefusal({ count = 1, ...facts }: RefusalWish = {}): KeptRefusal {
  const refused: RefusedRecord = {
    seller: SELLER,
    atMs: NOON,
    code: 'DuplicateRecord',
    reason: 'another quantity is held',
    requestId: aCall().requestId,
    accessKeyId: 'AKIDEXAMPLE',
    region: REGION,
    operation: 'BatchMeterUsage',
    productCode: PRODUCT,
    usage: aUsageRecord(),
    ...facts,
  }
  return { refused, firstAtMs: at('2026-11-23T11:00:00.000Z'), count }
}
