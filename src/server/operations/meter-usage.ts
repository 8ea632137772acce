/** MeterUsage: one report of usage, signed by the buyer that it is of. */
import { type ClientToken, clientTokenOf } from '../../core/client-token.ts'
import { refusal, type Refusal } from '../../core/errors.ts'
import { judgeReport, type Report, type ReportJudgement } from '../../core/judge-meter-usage.ts'
import type { Profile } from '../../core/profile.ts'
import { TokenTaken } from '../../store/client-token.ts'
import { meterUsageShape, type MeterUsageRequest, toReport } from '../../wire/meter-usage.ts'
import { METERING } from '../../wire/protocol.ts'
import { refuse, Refused, type RefusedAbout } from '../../wire/refused.ts'
import { readRequest } from '../../wire/shape.ts'
import { noteRefusals } from '../refusals.ts'
import type { CallContext, Operation, Service } from '../service.ts'
import { settle, type SettledRecord } from '../settle.ts'

export function meterUsage(service: Service): Operation {
  const { profile, regions, catalog, waiting, observer } = service
  const shape = meterUsageShape(profile)
  return {
    name: 'MeterUsage',
    api: METERING,
    // The lines stand in the order in which AWS reports problems: decision D11.
    async run(body, context) {
      const { now, region, signer, bytes } = context
      const request = readRequest(shape, body)
      if (!regions.has(region)) {
        refuse('InvalidEndpointRegionException', `${region} is not served here`)
      }
      const report = toReport(request, signer.account)
      const { account: buyer, resource } = signer
      const judgement = judgeReport(report, {
        buyer,
        ...(resource !== undefined && { resource }),
        region,
        catalog,
        profile,
        now,
      })
      const refuseWhole = refuserOf(service, report)
      if (!judgement.ok) return refuseWhole(dryRunRefusal(request, judgement.refusal))
      if (request.DryRun) return refuseWhole(dryRunAnswer(judgement))
      const token = tokenOf(request, report, judgement, context, profile)
      const settled = await waiting.during(buyer, { records: 1, bytes }, () =>
        settleReport(service, context, judgement, token),
      )
      if ('message' in settled) return refuseWhole(settled)
      observer.settled([settled], context.call)
      const problem = problemOf(settled, profile)
      if (problem !== undefined) return refuseWhole(problem, settled)
      noteRefusals(observer, context, judgement.product, [settled])
      return { MeteringRecordId: settled.held?.id }
    },
  }
}

type Judged = Extract<ReportJudgement, { ok: true }>
type RefuseWhole = (cause: Refusal, about?: Pick<RefusedAbout, 'held'>) => never

/** Refusals concern the seller too, but only of those who buy there: nobody else can fill a seller's list. */
function refuserOf({ catalog }: Service, { productCode, usage }: Report): RefuseWhole {
  return (cause, { held } = {}) => {
    const { account } = usage.buyer
    const isBuyer = account && catalog.purchasesOf(productCode, account) !== undefined
    const seller = isBuyer ? catalog.product(productCode)?.seller : undefined
    const about = { ...(seller && { seller }), ...(held && { held }) }
    throw new Refused(cause, { productCode, records: [usage] }, about)
  }
}

/** With DryRun a caller without the right to meter is told so under another name (rule 169). */
function dryRunRefusal({ DryRun }: MeterUsageRequest, cause: Refusal): Refusal {
  if (!DryRun || cause.code !== 'AccessDeniedException') return cause
  return refusal('UnauthorizedException', cause.reason, 0)
}

function dryRunAnswer({ record }: Judged): Refusal {
  if (record.kind !== 'admitted') return notEntitled(record.reason)
  return refusal('DryRunOperation', 'nothing is wrong, and nothing was to be stored', 0)
}

function tokenOf(
  { ClientToken }: MeterUsageRequest,
  { usage }: Report,
  { key, product }: Judged,
  { now, signer }: CallContext,
  profile: Profile,
): ClientToken | undefined {
  if (ClientToken === undefined) return undefined
  const scope = { ...key, product: product.code, buyer: signer.account }
  return clientTokenOf(ClientToken, scope, usage, now.ms, profile)
}

/** The token first, then what is held, then the agreement's state (rule 168, D8). */
async function settleReport(
  { ledger }: Service,
  { call }: CallContext,
  { record }: Judged,
  token: ClientToken | undefined,
): Promise<SettledRecord | Refusal> {
  try {
    // Whoever is admitted is held, and `hold` itself looks at the token.
    if (token !== undefined && record.kind !== 'admitted' && (await ledger.isTaken(token))) {
      throw new TokenTaken()
    }
    const settlement = await settle(ledger, call, [record], token)
    if (!settlement.ok) return settlement.refusal
    const [settled] = settlement.records
    if (settled === undefined) throw new Error('one record was settled as none')
    return settled
  } catch (error) {
    if (!(error instanceof TokenTaken)) throw error
    return refusal('IdempotencyConflictException', error.message, 0)
  }
}

type OutcomeRules = Pick<Profile, 'allocationsDiffer'>

/** What the wire says of a settled report that is not simply held (rule 166); undefined of one that is. */
export function problemOf(settled: SettledRecord, profile: OutcomeRules): Refusal | undefined {
  const { outcome, reason = '', allocationsDiffer } = settled
  switch (outcome) {
    case 'added':
      return undefined
    case 'repeated':
      if (!allocationsDiffer || profile.allocationsDiffer === 'success') return undefined
      return refusal('DuplicateRequestException', 'the hour is held with other allocations', 0)
    case 'conflicting':
      return refusal('DuplicateRequestException', reason, 0)
    case 'notSubscribed':
      return notEntitled(reason)
    case 'unavailable':
      return refusal('InternalServiceErrorException', reason, 0)
  }
}

function notEntitled(reason: string): Refusal {
  return refusal('CustomerNotEntitledException', reason, 0)
}
