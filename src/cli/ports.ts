/** Whether ports can be had, and in one sentence why not. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

export interface Address {
  readonly host: string
  readonly port: number
}

/** @throws The system's error unless one process could listen on all of them now. */
export async function probePorts(addresses: readonly Address[]): Promise<void> {
  const servers: Server[] = []
  try {
    for (const { host, port } of addresses) {
      const server = createServer().listen(port, host)
      servers.push(server)
      await once(server, 'listening')
    }
  } finally {
    await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  }
}

const SERVICE_FLAGS = '--port, --admin-port or --purchase-port'

/** @param portFlags Those by which the command that failed chooses its ports. */
export function listenProblem(error: unknown, portFlags = SERVICE_FLAGS): string {
  const { code, message, address, hostname, port } = error as NodeJS.ErrnoException & {
    address?: string
    hostname?: string
    port?: number
  }
  const where = `${address ?? ''}:${port ?? ''}`
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is taken by another process. Stop it, or choose another port with ${portFlags} (0 takes any).`
    case 'EACCES':
      return `this user may not listen on ${where}. Choose a port of 1024 or more with ${portFlags}.`
    case 'EADDRNOTAVAIL':
      return `${where} is no address of this machine. Choose another with --host.`
    // Of a name that stands for no address.
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${hostname ?? where} is no address of this machine. Choose another with --host.`
    default:
      return `the port could not be opened: ${message}`
  }
}
