/** Measures a seed (the first word) on a clock that stands still (`frozen`) or runs (`running`). Prints medians in milliseconds as JSON. */
import { createSandbox } from 'marketmeter/testing'
import { medianOf } from './median.js'

const COUNT = 30
const [, , seed, clock] = process.argv

const sandbox = await createSandbox({
  seed,
  ...(clock === 'frozen' && { now: '2026-11-23T12:00:00Z' }),
})
const figures = {
  reset: await medianMs(() => sandbox.reset()),
  snapshot: await medianMs(() => sandbox.snapshot('measured')),
  restore: await medianMs(() => sandbox.restore('measured')),
}
console.log(JSON.stringify(figures))
await sandbox.close()

async function medianMs(step) {
  const allMs = []
  for (let count = 0; count < COUNT; count++) {
    const startMs = performance.now()
    await step()
    allMs.push(performance.now() - startMs)
  }
  return medianOf(allMs)
}
