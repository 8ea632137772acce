/**
 * The variables by which an SDK that is told nothing in code finds a sandbox.
 *
 * Checked by  conformance/sdks.ts: which SDK honours which of them (docs/sandbox.md)
 */
import type { SandboxKey } from './facts.ts'

export interface Place {
  readonly endpoint: string
  readonly region: string
}

export function environmentFor(
  { endpoint, region }: Place,
  { accessKeyId, secretAccessKey, sessionToken }: Omit<SandboxKey, 'account' | 'role'>,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_MARKETPLACE_METERING: endpoint,
    AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE: endpoint,
    // Some SDKs read the one, some the other.
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  }
}
