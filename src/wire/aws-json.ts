/** Whether a request is in AWS JSON (rules 1 and 61). */

/** AWS SDKs send `application/x-amz-json-1.1` without more; a charset is tolerated. */
const AWS_JSON = /^application\/x-amz-json-1\.[01]\s*(;|$)/i

export function isAwsJson(contentType: string | undefined): boolean {
  return contentType !== undefined && AWS_JSON.test(contentType)
}
