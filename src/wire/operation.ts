/** Which operation a request asks for, by its `X-Amz-Target` (rules 1, 61 and 63). */

/** Every operation of the model; a service may serve fewer. */
export const TARGET_PREFIX = 'AWSMPMeteringService.'

/** AWS SDKs send `application/x-amz-json-1.1` without more; a charset is tolerated. */
const AWS_JSON = /^application\/x-amz-json-1\.[01]\s*(;|$)/i

export function isAwsJson(contentType: string | undefined): boolean {
  return contentType !== undefined && AWS_JSON.test(contentType)
}

/** The operation's name, or undefined if the target is of another service, or missing. */
export function operationName(target: string | undefined): string | undefined {
  return target?.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : undefined
}
