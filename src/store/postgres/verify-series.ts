/** The part of verify that looks at series and agreements: what they are, and what their records will be checked against. */
import type { Bucket } from '../../core/billing-line.ts'
import type { AgreementId, LicenseArn } from '../../core/usage.ts'
import { agreementChecksum, seriesChecksum } from '../checksum.ts'
import type { LedgerFinding } from '../ledger.ts'
import { RegionWatch } from '../region-watch.ts'
import { seriesProblems, usageNameOf } from '../series-problems.ts'
import { fromStoredText } from '../stored-text.ts'
import type { PoolClient } from './connect.ts'
import { agreementKeyOf, seriesNameOf } from './series-book.ts'
import { parseSeriesTexts, SERIES_COLUMNS, type SeriesRow } from './series-row.ts'

const ROWS = 1_000
const FIRST = '00000000-0000-0000-0000-000000000000'

interface AgreementRow {
  readonly agreement_key: string
  readonly agreement: string
  readonly license_arn: string
}

export interface SeriesSums {
  readonly checksum: number
  readonly agreementChecksum: number
}

/** What is known of one bucket. Rows that come later are looked up when a record names them. */
export class BucketFacts {
  readonly bucket: Bucket
  regions = new RegionWatch<string>(new Map())
  readonly #database: Pick<PoolClient, 'query'>
  readonly #series = new Map<string, SeriesSums>()
  readonly #agreements = new Map<string, number>()

  constructor(database: Pick<PoolClient, 'query'>, bucket: Bucket) {
    this.#database = database
    this.bucket = bucket
  }

  seriesOf(uuid: string): SeriesSums | undefined {
    return this.#series.get(uuid)
  }

  /** @returns Its checksum. */
  agreementOf(key: string): number | undefined {
    return this.#agreements.get(key)
  }

  /** Reads and checks all there are. */
  async load(): Promise<readonly LedgerFinding[]> {
    this.regions = new RegionWatch(await this.#inSeveralRegions())
    const findings: LedgerFinding[] = []
    for (let after = FIRST; ;) {
      const rows = await this.#selectSeries(`series > $2 order by series limit ${ROWS}`, after)
      findings.push(...rows.flatMap((row) => this.#noteSeries(row)))
      if (rows.length < ROWS) break
      after = rows.at(-1)?.series ?? after
    }
    const agreements = await this.#selectAgreements('true')
    return [...findings, ...agreements.flatMap((row) => this.#noteAgreement(row))]
  }

  /** Reads and checks those that records name and that have come since. */
  async loadMissing(
    named: readonly { readonly series: string; readonly agreement_key: string | null }[],
  ): Promise<readonly LedgerFinding[]> {
    const series = new Set<string>()
    const agreements = new Set<string>()
    for (const { series: uuid, agreement_key: key } of named) {
      if (!this.#series.has(uuid)) series.add(uuid)
      if (key !== null && !this.#agreements.has(key)) agreements.add(key)
    }
    const seriesRows =
      series.size === 0 ? [] : await this.#selectSeries('series = any($2)', [...series])
    const agreementRows =
      agreements.size === 0
        ? []
        : await this.#selectAgreements('agreement_key = any($2)', [...agreements])
    return [
      ...seriesRows.flatMap((row) => this.#noteSeries(row)),
      ...agreementRows.flatMap((row) => this.#noteAgreement(row)),
    ]
  }

  #noteSeries(row: SeriesRow): LedgerFinding[] {
    const record = parseSeriesTexts(row)
    const right = seriesNameOf(record)
    const { agreement, licenseArn } = record
    this.#series.set(row.series, {
      checksum: seriesChecksum({ ...record, ...right, bucket: this.bucket }),
      agreementChecksum: agreementChecksum(agreement, licenseArn),
    })
    const stored = { bucket: this.bucket, name: row.series, record }
    const where = this.#whereOf('series', row.series)
    return Array.from(seriesProblems(stored, right.uuid), (problem) => error(problem, where))
  }

  #noteAgreement(row: AgreementRow): LedgerFinding[] {
    const agreement = fromStoredText(row.agreement) as AgreementId
    const licenseArn = fromStoredText(row.license_arn) as LicenseArn
    this.#agreements.set(row.agreement_key, agreementChecksum(agreement, licenseArn))
    if (row.agreement_key === agreementKeyOf({ agreement, licenseArn })) return []
    const where = this.#whereOf('agreement', row.agreement_key)
    return [error('its key is not that of its content', where)]
  }

  /** A billing line lies in one bucket, whatever the Region. */
  async #inSeveralRegions(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#database.query<Omit<SeriesRow, 'region'>>(
      `select s.series, s.billing_line, s.dimension, s.resource from series s
         join (select billing_line, dimension, resource from series where bucket = $1
           group by billing_line, dimension, resource having count(*) > 1) m
         using (billing_line, dimension, resource)
       where s.bucket = $1`,
      [this.bucket],
    )
    return new Map(
      rows.map((row) => [row.series, usageNameOf([row.billing_line, row.dimension, row.resource])]),
    )
  }

  #whereOf(what: string, key: string): string {
    return `${what} ${key}, bucket ${this.bucket}`
  }

  async #selectSeries(where: string, ...values: readonly unknown[]): Promise<readonly SeriesRow[]> {
    const text = `select ${SERIES_COLUMNS} from series where bucket = $1 and ${where}`
    return (await this.#database.query<SeriesRow>(text, [this.bucket, ...values])).rows
  }

  async #selectAgreements(
    where: string,
    ...values: readonly unknown[]
  ): Promise<readonly AgreementRow[]> {
    const text = `select agreement_key, agreement, license_arn from agreement where bucket = $1 and ${where}`
    return (await this.#database.query<AgreementRow>(text, [this.bucket, ...values])).rows
  }
}

function error(problem: string, where: string): LedgerFinding {
  return { severity: 'error', problem, where }
}
