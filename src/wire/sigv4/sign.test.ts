import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../../conformance/signing.ts'
import { signPost } from './index.ts'

const NOW = new Date('2026-11-01T10:30:00Z')
const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'the-secret' }
const SCOPE = { region: 'us-east-1', service: 'aws-marketplace' }
const HEADERS = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'A.B' }
const BODY = '{"RegistrationToken":"ü+/="}'

for (const address of ['http://127.0.0.1:7070/', 'https://metering.example/aws/mp']) {
  it(`signs a request to ${address} as the official signer does`, async () => {
    const url = new URL(address)
    const ours = signPost({ url, headers: HEADERS, body: BODY }, CREDENTIALS, SCOPE, NOW.getTime())
    const signer = new SignatureV4({
      ...SCOPE,
      credentials: CREDENTIALS,
      sha256: Sha256,
      applyChecksum: false,
    })
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { ...HEADERS, host: url.host },
      body: BODY,
    }
    const { headers } = await signer.sign(request, { signingDate: NOW })
    const { host, ...theirs } = headers
    assert.equal(host, url.host)
    assert.deepEqual(ours, theirs)
  })
}
