/**
 * The ways in which a request may be spelled and its answer written. All else about a request is the same in each.
 *
 * Source     CONTRACT rules 1, 16, 61 and 63. A service of the model says which of them it speaks.
 */
import { parseJsonObject, type JsonObject } from './json.ts'
import { isAwsJson } from './aws-json.ts'

export interface Protocol {
  readonly name: 'awsJson1_1' | 'rpcV2Cbor'
  /** Header names and values of each answer, one after the other. */
  readonly headers: readonly string[]
  /** Whether the content type is this protocol's. */
  readonly isSpokenIn: (contentType: string | undefined) => boolean
  /** Service and operation, as in `AWSMPMeteringService.BatchMeterUsage`; undefined if the request names none. */
  readonly targetOf: (head: RequestHead) => string | undefined
  /** @throws Refused */
  readonly read: (body: Buffer) => JsonObject
  readonly write: (answer: object) => string | Buffer
}

/** What of a request says which operation it is for. */
export interface RequestHead {
  readonly target: string
  readonly amzTarget: string | undefined
  readonly smithyProtocol?: string | undefined
}

export const AWS_JSON: Protocol = {
  name: 'awsJson1_1',
  headers: ['Content-Type', 'application/x-amz-json-1.1'],
  isSpokenIn: isAwsJson,
  targetOf: ({ amzTarget }) => amzTarget,
  read: parseJsonObject,
  write: (answer) => JSON.stringify(answer),
}

/** A service of AWS's model; operations belong to one. */
export interface Api {
  /** The first half of a target. */
  readonly name: string
  readonly protocols: readonly Protocol['name'][]
  /** What a Region that is not served is: an error of the signature's scope, or left to the operation. */
  readonly unservedRegion: 'scope' | 'operation'
}

/** The Marketplace Entitlement Service. Its model knows no DisabledApiException, and AWS serves it in one Region. */
export const ENTITLEMENT: Api = {
  name: 'AWSMPEntitlementService',
  protocols: ['awsJson1_1', 'rpcV2Cbor'],
  unservedRegion: 'scope',
}

export const METERING: Api = {
  name: 'AWSMPMeteringService',
  protocols: ['awsJson1_1'],
  unservedRegion: 'operation',
}
