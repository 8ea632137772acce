/** Ends a server and every connection of it. */
import type { Server } from 'node:http'

/** Not in time but now: under a test's fake timers time would never come. */
export function closeAtOnce(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
