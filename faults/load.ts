/**
 * Clients that send usage over several replicas all the time, as SDKs do: on one connection as long as it is kept open, then
 * on one to another replica; what was not answered or put off is sent again, after a pause that grows.
 */
import { strict as assert } from 'node:assert'
import { setTimeout as delay } from 'node:timers/promises'
import { NoAnswer, type RawAnswer } from '../bench/connection.ts'
import type { Caller } from '../bench/requests.ts'
import { type Address, Refusal, Sender } from './sender.ts'
import type { Traffic } from './traffic.ts'
import type { Report, Witness } from './witness.ts'

const LOOK_EVERY_MS = 5
const PAUSE_MS_MIN = 20
const PAUSE_MS_MAX = 500

export interface LoadSettings {
  /** Where a client goes when it goes somewhere for so many times. */
  readonly replicaAt: (turn: number) => Address
  readonly traffic: Traffic
  readonly witness: Witness
  readonly clients: number
  /** Whether the service may tell to try again, or put records off; else it may only close connections. */
  readonly mayPutOff?: boolean
}

interface Client {
  readonly caller: Caller
  /** To be sent next, because it was sent and not answered. */
  left: readonly Report[]
  /** One after the other. */
  failures: number
}

export class Load {
  /** Requests by what became of them. */
  readonly figures = { answered: 0, unanswered: 0, refused: 0, partly: 0 }
  readonly #settings: LoadSettings
  #running: Promise<unknown> | undefined
  #isStopped = false

  constructor(settings: LoadSettings) {
    this.#settings = settings
  }

  start(): void {
    const { clients } = this.#settings
    this.#running = Promise.all(Array.from({ length: clients }, (_, index) => this.#client(index)))
    // Who waits next hears of it.
    this.#running.catch(() => undefined)
  }

  /** Resolves once so many more requests are answered whole. @throws What ended a client. */
  async answered(count: number): Promise<void> {
    const wanted = this.figures.answered + count
    while (this.figures.answered < wanted) {
      await Promise.race([delay(LOOK_EVERY_MS), this.#running])
    }
  }

  /** Ends the clients, each after its next answer. @throws What ended one before. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #client(index: number): Promise<void> {
    const { traffic, replicaAt } = this.#settings
    const client: Client = { caller: traffic.caller(index), left: [], failures: 0 }
    for (let turn = index; !this.#isStopped; turn++) {
      if (client.failures > 0) await delay(pauseMs(client.failures))
      try {
        const sender = await Sender.open(client.caller, replicaAt(turn))
        await this.#onConnection(client, sender).finally(() => {
          sender.close()
        })
      } catch (error) {
        client.failures += 1
        this.#noteFailure(error)
      }
    }
    traffic.notAnswered(client.left)
  }

  /** Sends until the connection ends, or something is put off. */
  async #onConnection(client: Client, sender: Sender): Promise<void> {
    const { traffic, witness } = this.#settings
    let isOpen = true
    while (isOpen && !this.#isStopped) {
      if (client.left.length === 0) client.left = traffic.batch(client.caller)
      const sent = await sender.offer(client.left, witness)
      isOpen = sent.isOpen
      client.left = sent.unprocessed
      if (client.left.length > 0) {
        this.#notePutOff(client)
        return
      }
      client.failures = 0
      this.figures.answered += 1
    }
  }

  #notePutOff(client: Client): void {
    assert.ok(this.#settings.mayPutOff, 'records were put off')
    client.failures += 1
    this.figures.partly += 1
  }

  /** @throws What no client sends again by itself. */
  #noteFailure(error: unknown): void {
    const { mayPutOff = false } = this.#settings
    if (error instanceof NoAnswer) this.figures.unanswered += 1
    else if (mayPutOff && error instanceof Refusal && isRetried(error.answer))
      this.figures.refused += 1
    else if (!isRefusedConnection(error)) throw error
  }
}

/** What every SDK takes for trouble that passes. */
function isRetried({ status, body }: RawAnswer): boolean {
  const text = body.toString('utf8')
  if (status === 400) return text.includes('"ThrottlingException"')
  return status === 500 && text.includes('"InternalServiceErrorException"')
}

/** Nobody listens there: a replica that has gone. */
function isRefusedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}

function pauseMs(failures: number): number {
  return Math.random() * Math.min(PAUSE_MS_MIN * 2 ** failures, PAUSE_MS_MAX)
}
