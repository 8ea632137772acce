/** A handler whose requests and answers are kept: the same in all else. */
import type { Handle } from '../handle.ts'
import type { BodyLog } from './body-log.ts'

export function keepingBodies(handle: Handle, bodies: Pick<BodyLog, 'keep'>): Handle {
  return async (request, facts) => {
    const atMs = Date.now()
    const answer = await handle(request, facts)
    bodies.keep({ atMs, request, facts, answer })
    return answer
  }
}
