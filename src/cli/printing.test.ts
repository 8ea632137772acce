import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'

const MAIN = path.join(import.meta.dirname, 'main.ts')

for (const words of [['--help'], ['demo', '--help']]) {
  it(`${words.join(' ')} ends in order when its reader has left, as with | head`, async () => {
    const argv = ['--disable-warning=ExperimentalWarning', MAIN, ...words]
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    const err = text(child.stderr)
    const [code] = (await once(child, 'exit')) as [number]
    assert.deepEqual([code, await err], [0, ''])
  })
}
