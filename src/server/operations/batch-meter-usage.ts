/** BatchMeterUsage: up to 25 usage records of one product, each answered by itself. */
import { judgeBatch } from '../../core/judge.ts'
import type { Profile } from '../../core/profile.ts'
import {
  batchMeterUsageAnswer,
  batchMeterUsageShape,
  toBatch,
  type WireOutcome,
} from '../../wire/batch-meter-usage.ts'
import { checkIdentityMode } from '../../wire/identity-mode.ts'
import { METERING } from '../../wire/protocol.ts'
import { refuse, Refused } from '../../wire/refused.ts'
import { readRequest } from '../../wire/shape.ts'
import { noteRefusals } from '../refusals.ts'
import type { Operation, Service } from '../service.ts'
import { settle, type SettledRecord } from '../settle.ts'

export function batchMeterUsage(service: Service): Operation {
  const { profile, regions, catalog, ledger, waiting, observer } = service
  const shape = batchMeterUsageShape(profile)
  return {
    name: 'BatchMeterUsage',
    api: METERING,
    // The lines stand in the order in which AWS reports problems: decision D11.
    async run(body, context) {
      const { now, region, signer, call, bytes } = context
      const request = readRequest(shape, body)
      if (!regions.has(region)) refuse('DisabledApiException', `${region} is not served here`)
      const batch = toBatch(request)
      checkIdentityMode(batch, profile)
      const judgement = judgeBatch(batch, { seller: signer.account, region, catalog, profile, now })
      if (!judgement.ok) throw new Refused(judgement.refusal, batch)
      const { records, product } = judgement
      const load = { records: records.length, bytes }
      const settlement = await waiting.during(signer.account, load, () =>
        settle(ledger, call, records),
      )
      if (!settlement.ok) throw new Refused(settlement.refusal, batch)
      const settled = settlement.records
      observer.settled(settled, call)
      noteRefusals(observer, context, product, settled)
      return batchMeterUsageAnswer(
        request.UsageRecords,
        settled.map((record) => wireOutcome(record, profile)),
      )
    },
  }
}

type OutcomeRules = Pick<Profile, 'identicalResend' | 'allocationsDiffer' | 'duplicateNamesId'>

/** What the wire says of a settled record: rules 106 to 112. */
export function wireOutcome(settled: SettledRecord, profile: OutcomeRules): WireOutcome {
  const { outcome, held } = settled
  switch (outcome) {
    case 'unavailable':
      return 'unprocessed'
    case 'notSubscribed':
      return { status: 'CustomerNotSubscribed' }
    case 'conflicting':
      return duplicate(settled, profile)
    case 'repeated':
      if (profile.identicalResend === 'duplicate') return duplicate(settled, profile)
      if (settled.allocationsDiffer && profile.allocationsDiffer === 'duplicate') {
        return duplicate(settled, profile)
      }
      return { status: 'Success', ...(held && { id: held.id }) }
    case 'added':
      return { status: 'Success', ...(held && { id: held.id }) }
  }
}

function duplicate({ held }: SettledRecord, profile: OutcomeRules): WireOutcome {
  const id = profile.duplicateNamesId && held ? { id: held.id } : {}
  return { status: 'DuplicateRecord', ...id }
}
