/** A load generator in a process of its own, so that its work is no part of the service's event loop. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Done, Job } from './generator.ts'
import type { LoadResult, Target } from './load.ts'
import type { Caller, KeySpace, Stretch } from './requests.ts'

const GENERATOR = fileURLToPath(new URL('generator.ts', import.meta.url))

export class Generator {
  readonly #child: ChildProcess
  readonly #target: Target

  /** @param target Where all of its requests go. */
  constructor(target: Target) {
    this.#target = target
    // Advanced: a typed array of latencies arrives as one.
    this.#child = fork(GENERATOR, { serialization: 'advanced' })
  }

  /** Signs requests, to be sent after those signed before. They are good for five minutes. */
  async sign(caller: Caller, space: KeySpace, stretch: Stretch): Promise<void> {
    const host = `${this.#target.host}:${this.#target.port}`
    await this.#do({ kind: 'sign', caller, space, host, stretch })
  }

  /** @param count How many of the signed requests to send. */
  closed(count: number, secondsMax = Infinity): Promise<LoadResult> {
    return this.#run({ kind: 'closed', target: this.#target, count, secondsMax })
  }

  open(count: number, perSecond: number): Promise<LoadResult> {
    return this.#run({ kind: 'open', target: this.#target, count, perSecond })
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  async #run(job: Job): Promise<LoadResult> {
    const done = await this.#do(job)
    if (done.kind !== 'ran') throw new Error('the generator answered another question')
    return done.result
  }

  async #do(job: Job): Promise<Done> {
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error('the generator ended')
    })
    const answer = once(this.#child, 'message')
    this.#child.send(job)
    const [done] = (await Promise.race([answer, ended])) as [Done]
    if (done.kind === 'failed') throw new Error(done.problem)
    return done
  }
}
