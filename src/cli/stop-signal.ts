/** How a process that serves is told to stop. */

/** npm hands on what the terminal sent to everybody already: so soon, a second signal is the first again. */
const SAME_SIGNAL_MS = 500

/** The first SIGTERM or SIGINT; one more, whichever it is, ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      firstAtMs ??= performance.now()
      if (performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(130)
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
