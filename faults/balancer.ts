/**
 * The balancer of containers/, run as it is: HAProxy of this machine, if there is one, on the very file that is shipped.
 *
 * Instead     of the names of containers it is given addresses on loopback, and so asks nobody for names.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Address } from './sender.ts'

const SHIPPED = path.join(import.meta.dirname, '../containers/haproxy.cfg')
const LOOPBACK = '127.0.0.1'
const LOOK_AGAIN_MS = 20

export interface Balancer extends Address {
  stop(): Promise<void>
}

/** Absent if this machine has none. */
export const HAPROXY = ['haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find(
  (program) => spawnSync(program, ['-v']).status === 0,
)

/** @param replicas By the names that the shipped file has for them. @throws With what it said, if it does not start. */
export async function startBalancer(
  program: string,
  replicas: Readonly<Record<string, Address>>,
): Promise<Balancer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'marketmeter-balancer-'))
  const file = path.join(folder, 'haproxy.cfg')
  const port = await freePort()
  writeFileSync(file, configOf(port, replicas))
  const child = spawn(program, ['-f', file, '-db'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()))
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended:\n${said}`)
    await delay(LOOK_AGAIN_MS)
  }
  return {
    host: LOOPBACK,
    port,
    async stop() {
      process.off('exit', kill)
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}

function configOf(port: number, replicas: Readonly<Record<string, Address>>): string {
  const shipped = readFileSync(SHIPPED, 'utf8')
    .replace(/^ +bind :7070$/m, `  bind ${LOOPBACK}:${port}`)
    .replace(/^resolvers .*\n( .*\n)+/m, '')
    .replace(' resolvers names init-addr libc,none', '')
  return Object.entries(replicas).reduce(
    (config, [name, address]) =>
      config.replace(`${name} ${name}:7070`, `${name} ${address.host}:${address.port}`),
    shipped,
  )
}

function isOpen(port: number): Promise<boolean> {
  return fetch(`http://${LOOPBACK}:${port}/healthz`).then(
    () => true,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
