/** Sends reports as BatchMeterUsage over one connection, and tells the witness what was answered. */
import { strict as assert } from 'node:assert'
import type { Caller } from '../bench/requests.ts'
import { Connection, type RawAnswer } from '../bench/connection.ts'
import { requestSigner } from '../bench/signed-request.ts'
import type { Report, ReportAnswer, Witness } from './witness.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

interface WireRecord {
  readonly Timestamp: number
  readonly Dimension: string
  readonly Quantity: number
  readonly CustomerAWSAccountId: string
}

interface WireResult {
  readonly UsageRecord: WireRecord
  readonly Status: string
  readonly MeteringRecordId?: string
}

interface BatchAnswer {
  readonly Results: readonly WireResult[]
  readonly UnprocessedRecords: readonly WireRecord[]
}

/** What became of a request. */
export interface Sent {
  /** To be sent again. */
  readonly unprocessed: readonly Report[]
  /** Whether the service keeps the connection open. */
  readonly isOpen: boolean
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
   * @throws NoAnswer if the service went away; Refusal if it refused any of them.
   */
  async send(reports: readonly Report[], witness: Witness): Promise<boolean> {
    const answer = await this.#exchange(reports, witness)
    return this.#told(answer, reports, witness, answersIn(answer, reports.length))
  }

  /** The same, where the service may put off some of them. */
  async offer(reports: readonly Report[], witness: Witness): Promise<Sent> {
    const answer = await this.#exchange(reports, witness)
    const answers = answersBy(answer, reports)
    const isOpen = this.#told(answer, reports, witness, answers)
    return { unprocessed: reports.filter((_, index) => answers[index] === undefined), isOpen }
  }

  close(): void {
    this.#connection.close()
  }

  #exchange(reports: readonly Report[], witness: Witness): Promise<RawAnswer> {
    for (const report of reports) witness.sending(report)
    return this.#connection.exchange(signedBatch(this.#caller, this.#host, reports))
  }

  #told(
    { head }: RawAnswer,
    reports: readonly Report[],
    witness: Witness,
    answers: readonly (ReportAnswer | undefined)[],
  ): boolean {
    reports.forEach((report, index) => {
      const one = answers[index]
      if (one !== undefined) witness.answered(report, one)
    })
    return !/^connection: close/im.test(head)
  }
}

/** One request as bytes. */
export function signedBatch(caller: Caller, host: string, reports: readonly Report[]): Buffer {
  return requestSigner(caller, host)(batchBody(caller, reports))
}

export function batchBody({ productCode }: Caller, reports: readonly Report[]): string {
  return JSON.stringify({ UsageRecords: reports.map(wireRecordOf), ProductCode: productCode })
}

function wireRecordOf({ buyer, dimension, timestampMs, quantity }: Report): WireRecord {
  return {
    Timestamp: timestampMs / 1_000,
    Dimension: dimension,
    Quantity: quantity,
    CustomerAWSAccountId: buyer,
  }
}

/** @throws Refusal if it is no answer about each record. */
export function answersIn(answer: RawAnswer, count: number): readonly ReportAnswer[] {
  const { Results, UnprocessedRecords } = bodyOf(answer)
  if (Results.length !== count || UnprocessedRecords.length > 0) throw new Refusal(answer)
  return Results.map(reportAnswerOf)
}

/** By content, for what was put off has no result. @returns Undefined for each that was put off. */
function answersBy(
  answer: RawAnswer,
  reports: readonly Report[],
): readonly (ReportAnswer | undefined)[] {
  const { Results, UnprocessedRecords } = bodyOf(answer)
  const results = new Map(Results.map((result) => [contentOf(result.UsageRecord), result]))
  const putOff = new Set(UnprocessedRecords.map(contentOf))
  assert.equal(Results.length + UnprocessedRecords.length, reports.length)
  return reports.map((report) => {
    const content = contentOf(wireRecordOf(report))
    const result = results.get(content)
    assert.equal(result === undefined, putOff.has(content), `${content}: one answer of two`)
    return result && reportAnswerOf(result)
  })
}

function contentOf({ CustomerAWSAccountId, Dimension, Timestamp, Quantity }: WireRecord): string {
  return `${CustomerAWSAccountId} ${Dimension} ${Timestamp} ${Quantity}`
}

function bodyOf(answer: RawAnswer): BatchAnswer {
  if (answer.status !== 200) throw new Refusal(answer)
  return JSON.parse(answer.body.toString('utf8')) as BatchAnswer
}

function reportAnswerOf({ Status, MeteringRecordId }: WireResult): ReportAnswer {
  return { status: Status, id: MeteringRecordId }
}
