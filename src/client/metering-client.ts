/**
 * Sends usage records through the official AWS SDK, to AWS or to any Marketmeter.
 *
 * Why ours    The SDK sends one request as it is given. It leaves the cutting, the records left unprocessed, the one
 *             bad record that refuses 24 good ones, and the matching of results to its caller, and usage is lost there.
 * Trusts      The hour key: what is sent twice is billed once, so after any doubt the answer is to send again.
 * Limits      Records are held in memory for the length of a call; nothing is kept after it. That is the relay's work.
 * Checked by  metering-client.test.ts (a real socket), send.property.test.ts (any records, any bad ones)
 */
import type * as sdkModule from '@aws-sdk/client-marketplace-metering'
import type {
  MarketplaceMeteringClient,
  MarketplaceMeteringClientConfig,
} from '@aws-sdk/client-marketplace-metering'
import pLimit from 'p-limit'
import type { Profile } from '../core/profile.ts'
import { commandInputOf } from './batch-meter-usage-request.ts'
import type { SentRequest } from './check.ts'
import { companyOf } from './company.ts'
import { type Answer, Delivery } from './delivery.ts'
import type { MeteredRecord, Outcome, Progress, Warning } from './outcome.ts'
import { Pace } from './pace.ts'
import { hourKeyOf, type Item } from './plan.ts'
import { nowOf, type ProfileChoice, profileOf } from './profiles.ts'
import { sentUsageRecordOf } from './usage-record.ts'

export interface MeteringClientOptions {
  /** An SDK client of yours; you destroy it. */
  readonly client?: MarketplaceMeteringClient | undefined
  /** Or what to make one from: region, endpoint, credentials. Left out, the SDK reads its environment. */
  readonly config?: MarketplaceMeteringClientConfig | undefined
  /** Whose rules tell which records to warn of and to send apart; the service judges by its own. `aws-2025`. */
  readonly profile?: ProfileChoice | undefined
  /** Calls under way at once, over all sends of this client; 4. */
  readonly callsMax?: number | undefined
  /**
   * Calls begun in any second, over all sends of this client; the profile's quota, which is AWS's: 10 from an account
   * in a Region. `Infinity` for a service that has none.
   */
  readonly requestsPerSecond?: number | undefined
  /** Calls for the same records while the service leaves them unprocessed or is throttling; 5. */
  readonly attemptsMax?: number | undefined
  /** The wait before the second attempt, at least; then twice as long each time, with jitter; 500 ms. */
  readonly backOffMsMin?: number | undefined
  /** The longest wait; 20,000 ms. */
  readonly backOffMsMax?: number | undefined
  /** The longest that one call may take, the SDK's own retries included; 60,000 ms. */
  readonly callMsMax?: number | undefined
}

export interface SendOptions {
  /** Ends the call: nothing more is sent, and every record still has its outcome. */
  readonly signal?: AbortSignal | undefined
  /** Called before anything is sent. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
  /** Called after each call, and at the end. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** What the age of records is judged by; the machine's clock. */
  readonly now?: Date | undefined
}

type Sdk = typeof sdkModule

export class MeteringClient {
  readonly #options: MeteringClientOptions
  readonly #limits: Limits
  readonly #profile: Profile
  readonly #underWay: ReturnType<typeof pLimit>
  readonly #pace: Pace
  #sdk: Promise<Sdk> | undefined
  #made: MarketplaceMeteringClient | undefined

  /** @throws RangeError for an option that cannot be. Nothing is connected yet. */
  constructor(options: MeteringClientOptions = {}) {
    this.#options = options
    this.#profile = profileOf(options.profile ?? 'aws-2025')
    this.#limits = limitsOf(options)
    this.#underWay = pLimit(this.#limits.callsMax)
    this.#pace = new Pace(rateOf(options, this.#profile))
  }

  /**
   * Sends any number of usage records.
   *
   * @returns One outcome for each record, in input order, whatever the service or the network does.
   * @throws Error if the SDK is not installed; TypeError if a record is no object; what the input or a callback throws.
   */
  async send(
    records: Iterable<MeteredRecord> | AsyncIterable<MeteredRecord>,
    options: SendOptions = {},
  ): Promise<readonly Outcome[]> {
    const given: MeteredRecord[] = []
    for await (const record of records) given.push(record)
    await this.#loadSdk()
    const delivery = new Delivery({
      call: (request, signal) => this.#call(request, signal),
      inTurn: (run, signal) => this.#inTurn(run, signal),
      ...this.#limits,
      totalCount: given.length,
      onProgress: (progress) => options.onProgress?.(progress),
      signal: options.signal ?? new AbortController().signal,
    })
    return delivery.deliver(this.#itemsOf(given, delivery, options))
  }

  /** Closes the connections of the SDK client that was made from `config`. */
  close(): void {
    this.#made?.destroy()
    this.#made = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Copies the records, warns, and settles those that cannot be sent. */
  #itemsOf(
    given: readonly MeteredRecord[],
    delivery: Delivery,
    { now = new Date(), onWarning }: SendOptions,
  ): Item[] {
    const items: Item[] = []
    const contentByKey = new Map<string, string>()
    for (const [index, original] of given.entries()) {
      const record = sentUsageRecordOf(original)
      const productCode = original.productCode ?? ''
      const judged = companyOf(record, productCode, this.#profile, nowOf(now))
      if (judged.company === 'refused') {
        delivery.settle({ index }, judged.outcome)
        continue
      }
      const item: Item = { index, record, productCode, company: judged.company }
      items.push(item)
      const warn = (kind: Warning['kind'], message: string) =>
        onWarning?.({ kind, index, record: original, message })
      if (judged.windowProblem !== undefined) warn('outsideWindow', judged.windowProblem)
      if (isOvertaken(item, contentByKey)) warn('sameHour', SAME_HOUR)
    }
    return items
  }

  #inTurn<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#underWay(async () => {
      await this.#pace.turn(signal)
      return run()
    })
  }

  async #call(request: SentRequest, signal: AbortSignal): Promise<Answer> {
    const { BatchMeterUsageCommand, MarketplaceMeteringClient } = await this.#loadSdk()
    const client =
      this.#options.client ??
      (this.#made ??= new MarketplaceMeteringClient(this.#options.config ?? {}))
    const timeout = AbortSignal.timeout(this.#limits.callMsMax)
    const command = new BatchMeterUsageCommand(commandInputOf(request))
    try {
      return await client.send(command, { abortSignal: AbortSignal.any([signal, timeout]) })
    } catch (error) {
      timeout.throwIfAborted()
      throw error
    }
  }

  /** Loaded when first needed, so that the container works without the SDK. */
  #loadSdk(): Promise<Sdk> {
    this.#sdk ??= import('@aws-sdk/client-marketplace-metering').catch((cause: unknown) => {
      this.#sdk = undefined
      throw new Error(SDK_MISSING, { cause })
    })
    return this.#sdk
  }
}

const LIMITS = {
  callsMax: 4,
  attemptsMax: 5,
  backOffMsMin: 500,
  backOffMsMax: 20_000,
  callMsMax: 60_000,
} as const

type Limits = Readonly<Record<keyof typeof LIMITS, number>>

/** A timer holds no more milliseconds than this; beyond it, it would fire at once. */
const LIMIT_MAX = 2 ** 31 - 1

function limitsOf(options: MeteringClientOptions): Limits {
  const limits: Record<keyof typeof LIMITS, number> = { ...LIMITS }
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    const value = options[name] ?? LIMITS[name]
    if (!Number.isInteger(value) || value < 1 || value > LIMIT_MAX) {
      throw new RangeError(`${name} must be a whole number from 1 to ${LIMIT_MAX}, got ${value}`)
    }
    limits[name] = value
  }
  return limits
}

const RATE_MIN = 0.001
const RATE_MAX = 100_000

function rateOf({ requestsPerSecond }: MeteringClientOptions, { quotas }: Profile): number {
  const rate = requestsPerSecond ?? quotas['BatchMeterUsage'] ?? Infinity
  if (rate === Infinity || (rate >= RATE_MIN && rate <= RATE_MAX)) return rate
  throw new RangeError(
    `requestsPerSecond must be a number from ${RATE_MIN} to ${RATE_MAX}, or Infinity, got ${rate}`,
  )
}

const SDK_MISSING =
  'MeteringClient sends through the AWS SDK, which is not installed: npm install @aws-sdk/client-marketplace-metering'
const SAME_HOUR =
  'another record of this call has the same product, buyer, dimension and hour; only the first counts'

function isOvertaken(item: Item, contentByKey: Map<string, string>): boolean {
  const key = hourKeyOf(item)
  const content = JSON.stringify(item.record)
  const first = contentByKey.get(key)
  if (first === undefined) contentByKey.set(key, content)
  return first !== undefined && first !== content
}
