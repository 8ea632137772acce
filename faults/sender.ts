/** Sends reports as BatchMeterUsage over one connection, and tells the witness what was answered. */
import type { Caller } from '../bench/requests.ts'
import { Connection, type RawAnswer } from '../bench/connection.ts'
import { requestSigner } from '../bench/signed-request.ts'
import type { Report, ReportAnswer, Witness } from './witness.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

interface BatchAnswer {
  readonly Results: readonly { readonly Status: string; readonly MeteringRecordId?: string }[]
  readonly UnprocessedRecords: readonly unknown[]
}

/** An answer that was neither a success nor none. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly answer: RawAnswer

  constructor(answer: RawAnswer) {
    super(`${answer.status} ${answer.body.toString('utf8')}`)
    this.answer = answer
  }
}

export class Sender {
  readonly #caller: Caller
  readonly #host: string
  readonly #connection: Connection

  private constructor(caller: Caller, host: string, connection: Connection) {
    this.#caller = caller
    this.#host = host
    this.#connection = connection
  }

  static async open(caller: Caller, { host, port }: Address): Promise<Sender> {
    return new Sender(caller, `${host}:${port}`, await Connection.open(host, port))
  }

  /**
   * @returns Whether the service keeps the connection open.
   * @throws NoAnswer if the service went away; Refusal if it refused all of them.
   */
  async send(reports: readonly Report[], witness: Witness): Promise<boolean> {
    for (const report of reports) witness.sending(report)
    const request = signedBatch(this.#caller, this.#host, reports)
    const answer = await this.#connection.exchange(request)
    const answers = answersIn(answer, reports.length)
    reports.forEach((report, index) => {
      const one = answers[index]
      if (one !== undefined) witness.answered(report, one)
    })
    return !/^connection: close/im.test(answer.head)
  }

  close(): void {
    this.#connection.close()
  }
}

/** One request as bytes. */
export function signedBatch(caller: Caller, host: string, reports: readonly Report[]): Buffer {
  return requestSigner(caller, host)(batchBody(caller, reports))
}

export function batchBody({ productCode }: Caller, reports: readonly Report[]): string {
  const records = reports.map(({ buyer, dimension, timestampMs, quantity }) => ({
    Timestamp: timestampMs / 1_000,
    Dimension: dimension,
    Quantity: quantity,
    CustomerAWSAccountId: buyer,
  }))
  return JSON.stringify({ UsageRecords: records, ProductCode: productCode })
}

/** @throws Refusal if it is no answer about each record. */
export function answersIn(answer: RawAnswer, count: number): readonly ReportAnswer[] {
  if (answer.status !== 200) throw new Refusal(answer)
  const body = JSON.parse(answer.body.toString('utf8')) as BatchAnswer
  if (body.Results.length !== count || body.UnprocessedRecords.length > 0) throw new Refusal(answer)
  return body.Results.map(({ Status, MeteringRecordId }) => ({
    status: Status,
    id: MeteringRecordId,
  }))
}
