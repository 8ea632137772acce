/**
 * Every error that the metering API can answer, one row each. docs/errors.md is made from this table.
 *
 * Names and statuses are AWS's, never ours (D7). `message` is what goes on the wire when the place
 * that found the problem has no text of its own; `meaning` is for people and for docs/errors.md.
 * Source: CONTRACT rules 18 to 33 (modelled) and 53 to 77 (front end and signature).
 */

interface ErrorRule {
  /** `auth` stands for the profile's status of signature and rights errors, 400 or 403; `token`, 400 or 409, likewise. */
  readonly httpStatus: 400 | 404 | 413 | 500 | 'auth' | 'token'
  /** Whether sending the same again can succeed without changing it. */
  readonly retry: 'never' | 'later'
  /**
   * What is at fault, and so what a sender does next. `record`: one or more records of the batch, and halving
   * finds them. `request`: what all of its records share. `caller`: the key, signature or Region, so every other
   * request fares alike. `service`: nothing of the caller's.
   */
  readonly blames: 'record' | 'request' | 'caller' | 'service'
  readonly message: string
  /** What is wrong and what to do. */
  readonly meaning: string
}

export const ERRORS = {
  UnknownOperationException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'caller',
    message: '',
    meaning:
      'Not a POST, not an AWS JSON content type (both with status 404), or an X-Amz-Target this service does not know. Use an AWS SDK for the Marketplace Metering service, or see docs/compatibility.md for the operations served.',
  },
  RequestEntityTooLargeException: {
    httpStatus: 413,
    retry: 'never',
    blames: 'record',
    message: 'Request body must be smaller than 1 MB.',
    meaning: 'The body is 1 MB or more. Send fewer records, or fewer allocations a record.',
  },
  MissingAuthenticationTokenException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message: 'Missing Authentication Token',
    meaning: 'The request is not signed. Give the SDK an access key.',
  },
  IncompleteSignatureException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message: 'The request signature does not conform to AWS standards.',
    meaning: 'The Authorization header lacks a part or is malformed; the message says which.',
  },
  InvalidSignatureException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    meaning:
      'The signature is wrong, of another service, or too old. Check the secret key and the machine’s clock.',
  },
  UnrecognizedClientException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message: 'The security token included in the request is invalid.',
    meaning: 'The access key is unknown or disabled, or its session token is missing or wrong.',
  },
  ExpiredTokenException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message: 'The security token included in the request is expired',
    meaning:
      'The temporary access key has expired: get a new one. From ResolveCustomer, with status 400: the registration token is too old, or was used too often; the buyer must come again.',
  },
  AccessDeniedException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message: 'User is not authorized to perform this operation.',
    meaning: 'The access key is not allowed to call this operation.',
  },
  ThrottlingException: {
    httpStatus: 400,
    retry: 'later',
    blames: 'service',
    message: 'Rate exceeded',
    meaning:
      'The account is over its request rate, or holds its share of the queue. Wait, then send the same records again.',
  },
  SerializationException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: '',
    meaning: 'The body is not JSON, or a member has the wrong JSON type.',
  },
  ValidationException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: 'The request is not valid.',
    meaning:
      'A member breaks a constraint, or the request names buyers in ways that exclude each other. The message lists what.',
  },
  DisabledApiException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'caller',
    message: 'The API is disabled in the Region.',
    meaning: 'The request was signed for a Region that this service does not serve.',
  },
  InvalidProductCodeException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'request',
    message:
      'The product code passed does not match the product code used for publishing the product.',
    meaning:
      'No such product, or not the caller’s, or one that another operation meters, or no product code and no license ARN at all.',
  },
  InvalidLicenseException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message:
      'The license ARN is not valid, does not match the customer, or the usage lies outside its activation period.',
    meaning:
      'A license ARN is unknown, another buyer’s or product’s, missing where the product demands one, or did not cover the time of the usage.',
  },
  InvalidTokenException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'request',
    message: 'Registration token is invalid',
    meaning:
      'The registration token was not made by this service, was altered (often by decoding a form twice), was revoked, or is for another seller’s product.',
  },
  InvalidCustomerIdentifierException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: 'You have metered usage for a CustomerIdentifier that does not exist.',
    meaning: 'No buyer of this seller ever had this customer identifier.',
  },
  InvalidUsageDimensionException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message:
      'The usage dimension does not match one of the usage dimensions associated with products.',
    meaning: 'The product has no such dimension. Case counts.',
  },
  InvalidTagException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: 'The tag is invalid, or the number of tags is greater than 5.',
    meaning:
      'A tag holds a character that is not allowed, stands twice in one allocation, or there are too many.',
  },
  InvalidUsageAllocationsException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: 'Sum of allocated usage quantities is not equal to the usage quantity.',
    meaning: 'The allocations do not add up to the quantity, or two have the same set of tags.',
  },
  TimestampOutOfBoundsException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: 'The timestamp value passed in the UsageRecord is out of allowed range.',
    meaning:
      'A timestamp lies outside the window of the profile. One such record refuses the whole batch.',
  },
  InvalidParameterException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'request',
    message: 'One or more parameters in your request was invalid.',
    meaning:
      'GetEntitlements alone: no such product, or not the caller’s, or not one sold by contract; a filter that breaks a constraint or combines what must not be combined; or a NextToken that was not given for this very question.',
  },
  InvalidPublicKeyVersionException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'request',
    message: 'Public Key version is invalid.',
    meaning: 'The product has no public key of this version. See: marketmeter public-keys list.',
  },
  InvalidEndpointRegionException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'caller',
    message: 'The endpoint being called is in a Region different from your resource.',
    meaning: 'MeterUsage was signed for a Region that this service does not serve.',
  },
  CustomerNotEntitledException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'request',
    message: 'The customer does not have a valid subscription for the product.',
    meaning:
      'The account that signed has no agreement for the product that is in force, or covers the time of the usage.',
  },
  DuplicateRequestException: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message:
      'A metering record has already been emitted by the same resource for the given usage dimension and hour with a different usage quantity.',
    meaning: 'The hour is held with another quantity. What is held stays and is billed.',
  },
  IdempotencyConflictException: {
    httpStatus: 'token',
    retry: 'never',
    blames: 'record',
    message: 'The ClientToken is being used for multiple requests.',
    meaning: 'The ClientToken was sent before with other parameters. Send a new token.',
  },
  DryRunOperation: {
    httpStatus: 400,
    retry: 'never',
    blames: 'record',
    message: 'Request would have succeeded, but DryRun flag is set.',
    meaning: 'MeterUsage with DryRun passed every check. Nothing was stored.',
  },
  UnauthorizedException: {
    httpStatus: 'auth',
    retry: 'never',
    blames: 'caller',
    message: 'You are not authorized to perform this operation.',
    meaning: 'MeterUsage with DryRun, by an access key that is not allowed to meter the product.',
  },
  InternalServiceErrorException: {
    httpStatus: 500,
    retry: 'later',
    blames: 'service',
    message: 'An internal error has occurred. Retry your request.',
    meaning:
      'The ledger could not confirm the batch. Send it again: records are never counted twice.',
  },
} as const satisfies Record<string, ErrorRule>

export type ErrorCode = keyof typeof ERRORS

/**
 * A request refused whole, nothing of it kept.
 *
 * @property message Goes on the wire. @property reason Goes to our own surfaces only.
 */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly reason: string
  /** Which record, from 0, where one is to blame. */
  readonly recordIndex?: number
  /** Where one code has two statuses: a wrong method or content type is 404 (rule 61). */
  readonly httpStatus?: number
}

export function refusal(code: ErrorCode, reason: string, recordIndex?: number): Refusal {
  const { message } = ERRORS[code]
  return { code, message, reason, ...(recordIndex === undefined ? {} : { recordIndex }) }
}
