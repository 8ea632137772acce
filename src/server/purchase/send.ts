/** Sends a page, with all that a browser is told about it. */
import type { FastifyReply } from 'fastify'
import { pageHeaders } from './headers.ts'
import type { Html } from './layout.ts'

/** @param formOrigins As of {@link pageHeaders}. */
export async function sendPage(
  reply: FastifyReply,
  page: Html,
  formOrigins?: readonly string[],
): Promise<FastifyReply> {
  return reply
    .headers(pageHeaders(formOrigins))
    .type('text/html; charset=utf-8')
    .send(String(await page))
}
