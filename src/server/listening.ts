/** Where a server listens, and what it is then called. */
import type { AddressInfo, Server } from 'node:net'
import type { Tls } from './http.ts'

export interface Listening {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls?: Tls
}

/** Rejects where the port cannot be had. */
export function listenOn(server: Server, { host, port }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** `http://127.0.0.1:7070`, with the port that was really taken. */
export function endpointOf(server: Server, { host, tls }: Listening): string {
  const { port } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return `${tls ? 'https' : 'http'}://${name}:${port}`
}
