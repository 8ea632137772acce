/**
 * Answers that do not arrive as they were given: cut off, garbled, or slow.
 *
 * Checked by clients.test.ts, with the AWS SDK, and delivery.test.ts over raw sockets
 */
import type { ServerResponse } from 'node:http'
import { type NumberedAnswer, send, sendHead } from '../../server/http.ts'
import { machineWait } from '../machine-clock.ts'

/** What happens to an answer's bytes. */
export type Delivery =
  { readonly kind: 'drop' | 'reset' | 'malformed' } | { readonly kind: 'slow'; readonly ms: number }

/** An answer that a fault has changed says so itself, so the port need not know whose it is. */
export type DeliveredAnswer = NumberedAnswer & { readonly delivery?: Delivery }

/** Neither JSON nor CBOR, where no item begins so; nor, with a status of 200, an error. */
const NEITHER = '<!doctype html><title>Welcome</title>'
const PIECES_MAX = 20

/** @param wait Resolves after so many milliseconds. */
export function deliver(
  response: ServerResponse,
  answer: DeliveredAnswer,
  closing: boolean,
  wait = machineWait,
): void {
  const { delivery } = answer
  switch (delivery?.kind) {
    case undefined:
      send(response, answer, closing)
      break
    case 'drop':
      response.req.socket.destroy()
      break
    case 'reset':
      response.req.socket.resetAndDestroy()
      break
    case 'malformed':
      send(response, { ...answer, status: 200, body: NEITHER }, closing)
      break
    case 'slow':
      void dribble(response, answer, closing, (part) => wait(delivery.ms * part))
  }
}

/**
 * The head at once, then so many pieces.
 *
 * @param waitPart Resolves after a part of the time in which all is to come.
 */
async function dribble(
  response: ServerResponse,
  answer: NumberedAnswer,
  closing: boolean,
  waitPart: (part: number) => Promise<void>,
): Promise<void> {
  if (isGone(response)) return
  sendHead(response, answer, closing)
  response.flushHeaders()
  const pieces = piecesOf(Buffer.from(answer.body))
  for (const piece of pieces) {
    await waitPart(1 / pieces.length)
    if (isGone(response)) return
    response.write(piece)
  }
  response.end()
}

function isGone({ destroyed }: ServerResponse): boolean {
  return destroyed
}

function piecesOf(body: Buffer): readonly Buffer[] {
  const bytes = Math.ceil(body.length / PIECES_MAX)
  const starts = Array.from({ length: Math.ceil(body.length / bytes) }, (_, turn) => turn * bytes)
  return starts.map((start) => body.subarray(start, start + bytes))
}
