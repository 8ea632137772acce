/** What a seller's landing page does with a registration token: asks ResolveCustomer, over the wire and signed with the seller's key. */
import { type SigningCredentials, signPost } from '../../wire/sigv4/index.ts'
import type { Metering } from './sellers.ts'

export type Resolved =
  | { readonly ok: true; readonly customer: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly error: string; readonly message: string }

const RESOLVE_MS_MAX = 10_000

export async function resolveCustomer(
  token: string,
  credentials: SigningCredentials,
  { endpoint, region }: Metering,
): Promise<Resolved> {
  const url = new URL('/', endpoint)
  const unsigned = {
    url,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSMPMeteringService.ResolveCustomer',
    },
    body: JSON.stringify({ RegistrationToken: token }),
  }
  // By the machine's clock, as every SDK signs.
  const headers = signPost(
    unsigned,
    credentials,
    { region, service: 'aws-marketplace' },
    Date.now(),
  )
  const signal = AbortSignal.timeout(RESOLVE_MS_MAX)
  const answer = await fetch(url, { method: 'POST', headers, body: unsigned.body, signal })
  const members = (await answer.json()) as Readonly<Record<string, string>>
  if (answer.ok) return { ok: true, customer: members }
  const { __type: error = 'an error', message = '' } = members
  return { ok: false, error, message }
}
