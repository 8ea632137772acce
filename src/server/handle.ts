/**
 * One request, from bytes to an answer. The steps stand in the order in which AWS reports problems
 * (D11), so moving a line changes the API; conformance/ notices.
 *
 * There is one `try`, and one place where an error becomes an answer. A request never makes this throw.
 */
import { type Refusal, refusal } from '../core/errors.ts'
import type { Region } from '../core/usage.ts'
import { type Answer, errorAnswer, success } from '../wire/answer.ts'
import type { Protocol } from '../wire/protocol.ts'
import { protocolOf } from '../wire/protocols.ts'
import { refuse, Refused } from '../wire/refused.ts'
import { isRegionName, type SignaturePolicy } from '../wire/sigv4/index.ts'
import { withoutTokens } from './masked-tokens.ts'
import { noteRefusedBatch } from './refusals.ts'
import type {
  CallContext,
  IncomingRequest,
  Operation,
  RequestFacts,
  Service,
  Signer,
} from './service.ts'

export type Handle = (request: IncomingRequest, facts: RequestFacts) => Promise<Answer>

/** @param operations Every operation that this service serves. */
export function createHandler(service: Service, operations: readonly Operation[]): Handle {
  const routes = new Map(operations.map((one) => [targetOf(one), routeTo(one, service)]))
  return async function handle(request, facts) {
    const protocol = protocolOf(request)
    let context: CallContext | undefined
    try {
      const { operation, policy } = routeOf(request, protocol, routes)
      facts.operation = operation.name
      const look = service.freshen()
      if (look !== undefined) await look
      const { signer, region } = service.authenticate(request, policy, operation)
      facts.signer = signer
      authorize(signer, operation)
      throttle(service, signer, region, operation)
      context = contextOf(request, facts, service, { region: region as Region, signer })
      return success(protocol, await operation.run(protocol.read(request.body), context))
    } catch (error) {
      return errorAnswer(refusalOf(error, service, facts, context), service.profile, protocol)
    }
  }
}

interface Route {
  readonly operation: Operation
  readonly policy: SignaturePolicy
}

function targetOf({ api, name }: Operation): string {
  return `${api.name}.${name}`
}

function routeTo(operation: Operation, { regions, profile }: Service): Route {
  const isServed = (region: string) => regions.has(region)
  const policy: SignaturePolicy = {
    service: 'aws-marketplace',
    regionValid: operation.api.unservedRegion === 'scope' ? isServed : isRegionName,
    skewMsMax: profile.signatureSkewMsMax,
  }
  return { operation, policy }
}

function routeOf(
  request: IncomingRequest,
  protocol: Protocol,
  routes: ReadonlyMap<string, Route>,
): Route {
  if (request.method !== 'POST' || !protocol.isSpokenIn(request.contentType)) {
    const cause = refusal('UnknownOperationException', 'not a POST in a protocol of AWS')
    throw new Refused({ ...cause, httpStatus: 404 })
  }
  const route = routes.get(protocol.targetOf(request) ?? '')
  if (route?.operation.api.protocols.includes(protocol.name) !== true) {
    refuse('UnknownOperationException', 'no such operation in this protocol')
  }
  return route
}

function authorize({ account, operations }: Signer, { name }: Operation): void {
  if (operations === undefined || operations.includes(name)) return
  const who = `arn:aws:iam::${account}:root`
  const message = `User: ${who} is not authorized to perform: aws-marketplace:${name}`
  refuse('AccessDeniedException', 'the access key may not call this operation', message)
}

function throttle(service: Service, signer: Signer, region: string, { name }: Operation): void {
  // Regions that are not served share one quota, or naming new ones would be a way around it.
  const counted = service.regions.has(region) ? region : 'elsewhere'
  if (service.quotas?.take(signer.account, counted, name) === false) {
    refuse('ThrottlingException', 'the quota of the account is used up')
  }
  if (!service.waiting.hasRoomFor(signer.account)) {
    refuse('ThrottlingException', 'too much of the account, or of all, waits for a commit')
  }
}

function contextOf(
  request: IncomingRequest,
  { requestId, operation = '' }: RequestFacts,
  { profile, clock }: Service,
  who: Pick<CallContext, 'region' | 'signer'>,
): CallContext {
  const now = clock()
  const call = {
    requestId,
    operation,
    receivedAtMs: now.ms,
    account: who.signer.account,
    accessKeyId: who.signer.accessKeyId,
    address: request.address,
    userAgent: request.userAgent,
    profile: profile.name,
  }
  return { ...who, now, call, bytes: request.body.length }
}

/** What a caller is told, and what our own surfaces are, of whatever went wrong. */
function refusalOf(
  error: unknown,
  { observer }: Service,
  facts: RequestFacts,
  context: CallContext | undefined,
): Refusal {
  if (!(error instanceof Refused)) {
    // Ours: logged whole, and told to no one. Every SDK sends the same again by itself.
    observer.failed(facts, error)
    return refusal('InternalServiceErrorException', 'see the log')
  }
  facts.reason = withoutTokens(error.refusal.reason)
  if (context !== undefined && error.about.isFault !== true)
    noteRefusedBatch(observer, context, error)
  return error.refusal
}
