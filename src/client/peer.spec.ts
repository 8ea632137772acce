/**
 * A peer for the client's tests: a real socket that answers BatchMeterUsage as CONTRACT.md and CLIENTS.md say, or as
 * a test scripts it. It is what the client talks to, not a stand-in for anything of the client's.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type ErrorCode, ERRORS } from '../core/errors.ts'
import { MeteringClient, type MeteringClientOptions } from './metering-client.ts'
import type { MeteredRecord, Outcome } from './outcome.ts'

export interface PeerRecord {
  readonly Timestamp: number
  readonly Dimension: string
  readonly Quantity?: number
  readonly CustomerIdentifier?: string
  readonly CustomerAWSAccountId?: string
  readonly LicenseArn?: string
}

export interface PeerRequest {
  readonly ProductCode?: string
  readonly UsageRecords: readonly PeerRecord[]
}

export interface PeerAnswer {
  readonly status?: number
  readonly body?: unknown
}

/** `cut` closes the connection instead of answering; `hang` never answers. */
export type Script = (
  request: PeerRequest,
  callIndex: number,
) => PeerAnswer | 'cut' | 'hang' | Promise<PeerAnswer | 'cut' | 'hang'>

export interface Peer extends AsyncDisposable {
  readonly endpoint: string
  /** What was asked, in order of arrival. */
  readonly calls: readonly PeerRequest[]
  /** The most calls that were under way at once. */
  readonly callsAtOnceMax: () => number
}

export async function startPeer(script: Script): Promise<Peer> {
  const calls: PeerRequest[] = []
  let underWay = 0
  let underWayMax = 0
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    underWayMax = Math.max(underWayMax, ++underWay)
    const asked = JSON.parse(await text(request)) as PeerRequest
    const scripted = await script(asked, calls.push(asked) - 1)
    underWay -= 1
    if (scripted === 'hang') return
    if (scripted === 'cut') {
      response.destroy()
      return
    }
    const { status = 200, body } = scripted
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(body === undefined ? '' : JSON.stringify(body))
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    callsAtOnceMax: () => underWayMax,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client of the peer that tries once in the SDK, keeps no pace and hardly waits between its own attempts. */
export function clientOf(
  { endpoint }: Pick<Peer, 'endpoint'>,
  options: MeteringClientOptions = {},
): MeteringClient {
  return new MeteringClient({
    config: {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
    },
    requestsPerSecond: Infinity,
    backOffMsMin: 1,
    backOffMsMax: 2,
    ...options,
  })
}

export function refusedWith(code: ErrorCode | (string & {}), status = 400): PeerAnswer {
  const message = code in ERRORS ? ERRORS[code as ErrorCode].message : ''
  return { status, body: { __type: code, message } }
}

export function resultOf(record: PeerRecord, Status = 'Success', id = idOf(record)): object {
  return { UsageRecord: record, MeteringRecordId: id, Status }
}

export function taken(records: readonly PeerRecord[]): PeerAnswer {
  return { body: { Results: records.map((one) => resultOf(one)), UnprocessedRecords: [] } }
}

export function idOf(record: PeerRecord): string {
  return `id of ${keyOf(record)}`
}

export interface LedgerRules {
  /** Why a record refuses the whole request. */
  readonly bad?: (record: PeerRecord) => ErrorCode | undefined
  readonly isUnprocessed?: (record: PeerRecord, callIndex: number) => boolean
}

/** A service with a ledger: first write wins, results in reverse order, and every request must be legal. */
export function ledgerScript({ bad, isUnprocessed }: LedgerRules = {}): Script {
  const held = new Map<string, number>()
  return (request, callIndex) => {
    assertLegal(request)
    for (const record of request.UsageRecords) {
      const code = bad?.(record)
      if (code !== undefined) return refusedWith(code)
    }
    const results: object[] = []
    const unprocessed: PeerRecord[] = []
    for (const record of request.UsageRecords) {
      if (isUnprocessed?.(record, callIndex)) {
        unprocessed.push(record)
        continue
      }
      const key = `${request.ProductCode ?? ''} ${keyOf(record)}`
      const quantity = held.get(key) ?? record.Quantity ?? 0
      held.set(key, quantity)
      results.push(
        resultOf(record, quantity === (record.Quantity ?? 0) ? 'Success' : 'DuplicateRecord'),
      )
    }
    return { body: { Results: results.reverse(), UnprocessedRecords: unprocessed } }
  }
}

/** The rules of a request that the client must keep by itself. */
export function assertLegal(request: PeerRequest): void {
  const { UsageRecords: records, ProductCode } = request
  assert.ok(records.length >= 1 && records.length <= 25, `${records.length} records`)
  assert.ok(Buffer.byteLength(JSON.stringify(request)) < 1_000_000, 'under 1 MB')
  const kinds = new Set(
    records.map((one) =>
      one.LicenseArn ? 'license' : one.CustomerIdentifier ? 'identifier' : 'account',
    ),
  )
  assert.equal(kinds.size, 1, 'one way to name buyers')
  assert.equal(ProductCode === undefined, kinds.has('license'), 'a product code, or licenses')
}

function keyOf(record: PeerRecord): string {
  const { CustomerIdentifier, CustomerAWSAccountId, LicenseArn, Dimension, Timestamp } = record
  const buyer = LicenseArn ?? CustomerAWSAccountId ?? CustomerIdentifier ?? ''
  return `${buyer} ${Dimension} ${Math.floor(Timestamp / 3_600)}`
}

export const NOW = new Date('2026-11-23T12:34:56Z')

/** A good record; a test names only what it is about. */
export function aRecord(members: Partial<MeteredRecord> = {}): MeteredRecord {
  return {
    productCode: 'product-a',
    Timestamp: new Date('2026-11-23T11:30:00.123Z'),
    Dimension: 'requests',
    Quantity: 1,
    CustomerAWSAccountId: '111122223333',
    ...members,
  }
}

/** Good records of as many different buyers. */
export function recordsOf(count: number, members: Partial<MeteredRecord> = {}): MeteredRecord[] {
  return Array.from({ length: count }, (_, index) =>
    aRecord({ CustomerAWSAccountId: String(100_000_000_000 + index), ...members }),
  )
}

export const statusesOf = (outcomes: readonly Outcome[]) => outcomes.map(({ status }) => status)

/** Sends to a peer of its own, which is gone afterwards. */
export async function sendTo(
  script: Script,
  records: Iterable<MeteredRecord> | AsyncIterable<MeteredRecord>,
  options: MeteringClientOptions = {},
) {
  await using peer = await startPeer(script)
  using client = clientOf(peer, options)
  const outcomes = await client.send(records, { now: NOW })
  return { outcomes, calls: [...peer.calls], callsAtOnceMax: peer.callsAtOnceMax() }
}
