/** Requests that a service must refuse, of every kind that takes another way through it. */
import { connect } from 'node:net'
import { Connection, NoAnswer } from './connection.ts'
import type { Target } from './load.ts'
import type { Caller } from './requests.ts'
import { requestSigner } from './signed-request.ts'

export interface BadRequest {
  readonly bytes: Buffer
  /** The sender goes away instead of waiting for an answer. */
  readonly breaksOff: boolean
}

export const BAD_REQUEST_KINDS = 7

export interface BadRequestCounts {
  /** Answered with a 4xx. */
  readonly answered: number
  readonly unanswered: number
}

export function badRequests(caller: Caller, host: string): readonly BadRequest[] {
  const sign = requestSigner(caller, host)
  const foreign = requestSigner({ ...caller, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, host)
  const wrong = requestSigner({ ...caller, secretAccessKey: 'not the secret' }, host)
  const body = bodyWith(caller, { Dimension: 'dimension-0' })
  const good = sign(body)
  const target = good.toString('latin1').replace('BatchMeterUsage', 'NoSuchOperation')
  const whole = [
    wrong(body),
    foreign(body),
    sign(body.slice(0, -2)),
    sign(bodyWith(caller, { Dimension: 'no-such-dimension' })),
    Buffer.from(target, 'latin1'),
    Buffer.from('NO HTTP AT ALL\r\n\r\n'),
  ]
  return [
    ...whole.map((bytes) => ({ bytes, breaksOff: false })),
    { bytes: good.subarray(0, good.length - 20), breaksOff: true },
  ]
}

function bodyWith({ productCode, firstBuyer }: Caller, member: Record<string, unknown>): string {
  const record = {
    Timestamp: Date.now() / 1_000,
    CustomerAWSAccountId: String(firstBuyer),
    Quantity: 1,
    ...member,
  }
  return JSON.stringify({ UsageRecords: [record], ProductCode: productCode })
}

/** @throws If anything is answered with other than a 4xx. */
export async function sendBadRequests(
  { host, port, connections }: Target,
  requests: readonly BadRequest[],
  count: number,
): Promise<BadRequestCounts> {
  let next = 0
  let answered = 0
  let unanswered = 0
  async function work(): Promise<void> {
    let connection: Connection | undefined
    while (next < count) {
      const request = requests[next++ % requests.length]
      if (request?.breaksOff === true) {
        await breakOff(host, port, request.bytes)
        unanswered += 1
      } else if (request !== undefined) {
        connection ??= await Connection.open(host, port)
        const isOpen = await refusedOn(connection, request.bytes)
        if (isOpen !== undefined) answered += 1
        else unanswered += 1
        if (isOpen !== true) connection = undefined
      }
    }
    connection?.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
  return { answered, unanswered }
}

/** @returns Whether the connection stays open after the answer; undefined without one. */
async function refusedOn(connection: Connection, bytes: Buffer): Promise<boolean | undefined> {
  try {
    const { status, head, body } = await connection.exchange(bytes)
    if (status < 400 || status > 499) throw new Error(`${status} ${body.toString('utf8')}`)
    if (!/^connection: close/im.test(head)) return true
    connection.close()
    return false
  } catch (error) {
    if (error instanceof NoAnswer) return undefined
    throw error
  }
}

function breakOff(host: string, port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(bytes, () => socket.resetAndDestroy()))
    socket.once('error', reject)
    socket.once('close', () => {
      resolve()
    })
  })
}
