/** Some replicas over one ledger, of which each can be replaced. */
import { strict as assert } from 'node:assert'
import type { BenchService } from '../bench/service.ts'
import { type SharedLedger, startReplica } from './replica.ts'

export class Deployment {
  readonly #ledger: SharedLedger
  readonly #flags: readonly string[]
  #replicas: BenchService[] = []

  private constructor(ledger: SharedLedger, flags: readonly string[]) {
    this.#ledger = ledger
    this.#flags = flags
  }

  /** @param flags More words for `serve`. */
  static async start(
    ledger: SharedLedger,
    count: number,
    flags: readonly string[] = [],
  ): Promise<Deployment> {
    const deployment = new Deployment(ledger, flags)
    const starting = Array.from({ length: count }, () => deployment.#one())
    deployment.#replicas = await Promise.all(starting)
    return deployment
  }

  at(index: number): BenchService {
    const replica = this.#replicas[index % this.#replicas.length]
    assert.ok(replica)
    return replica
  }

  /** The new one takes requests before the old one is told to stop. @returns How the old one ended. */
  async replace(index: number): Promise<number | string> {
    const old = this.at(index)
    this.#replicas[index] = await this.#one()
    old.child.kill('SIGTERM')
    return old.exited
  }

  /** The new one has the port of the old one, and so starts when that has ended. @returns How the old one ended. */
  async restart(index: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    const old = this.at(index)
    old.child.kill(signal)
    const ended = await old.exited
    this.#replicas[index] = await this.#one(['--port', String(old.port)])
    return ended
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.stop()))
  }

  #one(flags: readonly string[] = []): Promise<BenchService> {
    const options = { flags: [...this.#flags, ...flags], onTalk: () => undefined }
    return startReplica(this.#ledger, options)
  }
}
