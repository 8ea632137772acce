/**
 * Every way in which a signature can be refused, with AWS's words for it.
 *
 * Why ours    SDKs branch on the name and people search for the sentence, so both are AWS's own; what AWS
 *             does not tell a stranger stands in `reason`, for our log.
 * Limits      A message may repeat what the caller sent (rule 66 repeats the whole header), so it goes to the
 *             caller alone. A `reason` is a fixed sentence: no key material, nothing that was sent.
 * Checked by  verify.rules.test.ts, a row for each text.
 *
 * @see CONTRACT rules 52 and 64 to 75
 */

export type SignatureErrorCode =
  | 'InvalidSignatureException'
  | 'IncompleteSignatureException'
  | 'MissingAuthenticationTokenException'
  | 'UnrecognizedClientException'
  | 'ExpiredTokenException'

export interface SignatureProblem {
  readonly code: SignatureErrorCode
  /** AWS's sentence, for the caller. */
  readonly message: string
  /** What exactly was wrong, for our own log. */
  readonly reason: string
}

/** Rule 64. */
export function signedTwice(): SignatureProblem {
  return {
    code: 'InvalidSignatureException',
    message:
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    reason: 'signed in the header and in the query',
  }
}

/** Rule 65. A signature in the query counts as none: the metering API has no presigned requests. */
export function notSigned(reason: string): SignatureProblem {
  return {
    code: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
    reason,
  }
}

export type MissingPart = 'Credential' | 'Signature' | 'SignedHeaders' | 'date'

/** Rule 66: all that is missing, and nothing that is there. */
export function incompleteAuthorization(
  missing: readonly MissingPart[],
  authorization: string,
): SignatureProblem {
  const sentences = missing.map((part) =>
    part === 'date'
      ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
      : `Authorization header requires '${part}' parameter.`,
  )
  return {
    code: 'IncompleteSignatureException',
    message: `${sentences.join(' ')} Authorization=${authorization}`,
    reason: `missing: ${missing.join(', ')}`,
  }
}

/** Rule 67. */
export function badDate(text: string): SignatureProblem {
  return {
    code: 'IncompleteSignatureException',
    message: `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    reason: 'the date is not one, or not in a known form',
  }
}

/** Rule 68. */
export function unsupportedAlgorithm(algorithm: string): SignatureProblem {
  return {
    code: 'IncompleteSignatureException',
    message: `Unsupported AWS 'algorithm': '${algorithm}' (only AWS4-HMAC-SHA256 for now).`,
    reason: 'unsupported algorithm',
  }
}

/** Rule 69. */
export function malformedCredential(credential: string): SignatureProblem {
  return {
    code: 'IncompleteSignatureException',
    message: `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    reason: 'the credential does not have five parts',
  }
}

/** Rule 70. */
export function hostNotSigned(): SignatureProblem {
  return {
    code: 'InvalidSignatureException',
    message: "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    reason: 'host is not a signed header',
  }
}

/** Rule 71: several sentences may stand together. */
export function wrongScope(sentences: readonly string[]): SignatureProblem {
  return {
    code: 'InvalidSignatureException',
    message: sentences.join(''),
    reason: 'wrong credential scope',
  }
}

/** Rule 72. The three times are in ISO 8601's basic format, as in the request. */
export function expired(signedAt: string, oldest: string, now: string, skewMinutes: number) {
  return {
    code: 'InvalidSignatureException',
    message: `Signature expired: ${signedAt} is now earlier than ${oldest} (${now} - ${skewMinutes} min.)`,
    reason: 'signed too long ago',
  } satisfies SignatureProblem
}

/** Rule 72. */
export function notYetCurrent(signedAt: string, newest: string, now: string, skewMinutes: number) {
  return {
    code: 'InvalidSignatureException',
    message: `Signature not yet current: ${signedAt} is still later than ${newest} (${now} + ${skewMinutes} min.)`,
    reason: 'signed in the future',
  } satisfies SignatureProblem
}

/** Rule 73, with a full stop. */
export function unknownKey(): SignatureProblem {
  return {
    code: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
    reason: 'unknown or disabled access key id',
  }
}

/** Rule 74, without a full stop. */
export function badSessionToken(reason: string): SignatureProblem {
  return {
    code: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid',
    reason,
  }
}

/** Rule 52. */
export function expiredSessionToken(): SignatureProblem {
  return {
    code: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
    reason: 'the session token is expired',
  }
}

/** Rule 75. All that makes a signature wrong gets this one answer, so that nobody learns which part was close. */
export function mismatch(reason: string): SignatureProblem {
  return {
    code: 'InvalidSignatureException',
    message:
      'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method. ' +
      'Consult the service documentation for details.',
    reason,
  }
}
