/** A purchase link's two pages: the offer, and what follows when it is accepted. */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type Offer, offerOf } from '../../core/purchase.ts'
import type { AgreementId, InstantMs } from '../../core/usage.ts'
import { entryAfter, made } from '../admin/change.ts'
import { newRegistration, summaryOf } from '../new-registration.ts'
import { isFromOwnPage } from './headers.ts'
import { isOver, openPurchaseLink, type PurchaseLink, usePurchaseLink } from './links.ts'
import { arrivalPage, NEW_AGREEMENT, offerPage } from './pages.ts'
import type { PurchaseParts } from './parts.ts'
import { badForm, foreignForm, linkExpired, linkUsed, noSuchPage, notOffered } from './problem.ts'
import { sendPage } from './send.ts'

interface LinkRoute {
  readonly Params: { readonly link: string }
}

const PATH = '/purchase/:link'

export function purchaseRoutes(app: FastifyInstance, parts: PurchaseParts): void {
  app.get<LinkRoute>(PATH, async ({ params, url }, reply) => {
    const { offer } = offered(parts, linkIn(parts, params.link))
    return sendPage(reply, offerPage(offer, url))
  })
  app.post<LinkRoute>(PATH, async ({ params, headers, body }, reply) => {
    const link = linkIn(parts, params.link)
    if (!isFromOwnPage(headers)) throw foreignForm()
    if (!(body instanceof URLSearchParams)) throw badForm()
    const { offer, token } = await accept(parts, link, body.get('agreement'))
    return sendPage(reply, arrivalPage(offer, token), offer.fulfilment.origins)
  })
}

function linkIn({ masterKeys, machineNowMs }: PurchaseParts, text: string): PurchaseLink {
  const link = openPurchaseLink(masterKeys, text)
  if (link === undefined) throw noSuchPage()
  if (isOver(link, machineNowMs())) throw linkExpired()
  return link
}

interface Offered {
  readonly offer: Offer
  readonly nowMs: InstantMs
}

function offered({ control, nowMs, fulfilmentUrlOf }: PurchaseParts, link: PurchaseLink): Offered {
  const atMs = Math.floor(nowMs()) as InstantMs
  const result = offerOf(control.index, link, atMs, fulfilmentUrlOf)
  if (!result.ok) throw notOffered(result.problem)
  return { offer: result.offer, nowMs: atMs }
}

interface Accepted {
  readonly offer: Offer
  readonly token: string
}

/** @param wanted The id of an agreement that the page offered, or that a new one is wanted. */
async function accept(
  parts: PurchaseParts,
  link: PurchaseLink,
  wanted: string | null,
): Promise<Accepted> {
  const { control, controlStore, masterKeys, machineNowMs } = parts
  if (wanted === null) throw badForm()
  // Before anything else: of two that come at once, one is served.
  if (!(await usePurchaseLink(controlStore, link, machineNowMs()))) throw linkUsed()
  const { offer, nowMs } = offered(parts, link)
  const isNew = wanted === NEW_AGREEMENT
  if (isNew ? !offer.takesNew : !offer.live.some(({ id }) => id === wanted)) throw badForm()
  const actor = `purchase:${link.number}`
  const agreement = isNew ? await subscribe(parts, link, actor, nowMs) : wanted
  const context = { control, masterKeys, randomBytes, nowMs, actor }
  const { product, buyer } = link
  const registration = await newRegistration(context, { product, buyer, agreement })
  if (!registration.ok) throw notOffered(...registration.problems.map(({ text }) => text))
  await control.note({ actor, nowMs, summary: summaryOf(registration) })
  return { offer, token: registration.token }
}

async function subscribe(
  { control }: PurchaseParts,
  { product, buyer }: PurchaseLink,
  actor: string,
  nowMs: InstantMs,
): Promise<AgreementId> {
  const decision = await control.change({
    wanted: [{ kind: 'agreement', where: '', product, buyer }],
    nowMs,
    actor,
    summary: `buyer ${buyer} accepts product ${product}`,
  })
  if (!decision.ok) throw notOffered(...decision.problems.map(({ text }) => text))
  return made(entryAfter(decision.changes, 'agreement')).id
}
