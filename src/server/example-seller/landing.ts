/**
 * A demo's example seller: the page at which buyers arrive. It takes the token from the form that a marketplace makes the
 * browser post, resolves it, and shows what a seller gets to know. Only a demo has it, with the demo's public keys.
 */
import { html } from 'hono/html'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { SigningCredentials } from '../../wire/sigv4/index.ts'
import { factList, type Html, pageOf } from '../purchase/layout.ts'
import { problemPage, TOKEN_FIELD } from '../purchase/pages.ts'
import { badForm, noSuchPage } from '../purchase/problem.ts'
import { sendPage } from '../purchase/send.ts'
import { resolveCustomer } from './resolve.ts'
import { type ExampleSellers, LANDING_PATH, type Metering } from './sellers.ts'

interface SellerRoute {
  readonly Params: { readonly account: string }
}

const BODY_BYTES_MAX = 65_536

export function landingRoutes(app: FastifyInstance, { keys, metering }: ExampleSellers): void {
  const path = LANDING_PATH
  app.post<SellerRoute>(path, { bodyLimit: BODY_BYTES_MAX }, async ({ params, body }, reply) => {
    const key = keys.get(params.account)
    if (key === undefined) throw noSuchPage()
    if (!(body instanceof URLSearchParams)) throw badForm()
    return arrive(reply, body.get(TOKEN_FIELD), key, metering)
  })
  app.get(path, async (_request, reply) => {
    const sentence = `Buyers arrive here with a POST of the field ${TOKEN_FIELD}, as a marketplace sends it.`
    return sendPage(
      reply.code(405).header('allow', 'POST'),
      problemPage('Example seller', [sentence]),
    )
  })
}

async function arrive(
  reply: FastifyReply,
  token: string | null,
  key: SigningCredentials,
  metering: Metering,
): Promise<FastifyReply> {
  if (token === null || token === '') {
    const sentence = `The form has no field ${TOKEN_FIELD}.`
    return sendPage(reply.code(400), problemPage('Nobody arrived', [sentence]))
  }
  const resolved = await resolveCustomer(token, key, metering)
  if (resolved.ok) return sendPage(reply, welcomePage(resolved.customer))
  const sentences = [`ResolveCustomer answered ${resolved.error}.`, resolved.message]
  return sendPage(reply.code(400), problemPage('The token was refused', sentences))
}

function welcomePage(customer: Readonly<Record<string, string>>): Html {
  return pageOf({
    title: 'Welcome to the example seller',
    body: html`<p>ResolveCustomer was asked with the token that you brought, and answered:</p>
      ${factList(Object.entries(customer))}
      <p>
        A seller keeps these names, sets up the account, and meters usage under them once the
        agreement is known to have begun.
      </p>`,
  })
}
