/** Runs a service until it is told to stop, and takes it down in order. */
import { setTimeout as delay } from 'node:timers/promises'
import { LedgerRefused } from '../store/refused.ts'
import { CommandFailure } from './command.ts'
import { type Endpoints, type Host, type HostSettings, openHost, START_FAILED } from './host.ts'
import { listenProblem } from './ports.ts'
import { stopSignal } from './stop-signal.ts'

export interface Announced {
  /** Puts into the catalog what must be there before the first request. */
  readonly prepare?: (host: Host) => Promise<void>
  /** Told once the ports are open. */
  readonly ready: (host: Host, endpoints: Endpoints) => void
}

/** What a database that says nothing may take of our end, beyond the time for answers. */
const CLOSING_MS_MAX = 3_000

/** @throws CommandFailure with one sentence, where it is not for us to mend. */
export async function runHost(settings: HostSettings, announced: Announced): Promise<0> {
  try {
    return await runUntilStopped(settings, announced)
  } catch (error) {
    if (error instanceof LedgerRefused) throw new CommandFailure(error.message, START_FAILED)
    throw error
  }
}

async function runUntilStopped(settings: HostSettings, { prepare, ready }: Announced): Promise<0> {
  const stop = stopSignal()
  const host = await openHost(settings)
  let exitCode = START_FAILED
  try {
    await prepare?.(host)
    ready(host, await listen(host))
    const signal = await stop
    exitCode = 0
    host.drain()
    host.log.info(`stopping on ${signal}; what was accepted is answered first`)
    await delay(settings.drainDelayMs)
  } finally {
    await closeInTime(host, settings.drainMsMax, exitCode)
  }
  return 0
}

/** What was answered is stored, and what was not was never promised: nothing is lost by not waiting longer. */
async function closeInTime(host: Host, drainMsMax: number, exitCode: number): Promise<void> {
  const overdue = setTimeout(() => {
    host.log.warn(`${host.ledgerName} did not let go in time; its connections are left to it`)
    process.exit(exitCode)
  }, drainMsMax + CLOSING_MS_MAX)
  await host.close()
  clearTimeout(overdue)
}

async function listen(host: Host): Promise<Endpoints> {
  try {
    return await host.listen()
  } catch (error) {
    throw new CommandFailure(listenProblem(error), START_FAILED)
  }
}
