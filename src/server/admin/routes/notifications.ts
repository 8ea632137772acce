/** What sellers were told, are told and will be told of their agreements; each may be sent again. */
import { setTimeout } from 'node:timers/promises'
import { Type } from 'typebox'
import { AGREEMENT } from '../../../core/catalog-names.ts'
import type { AccountId } from '../../../core/usage.ts'
import type { KeptNotice, NoticeQuery } from '../../../store/notice-outbox.ts'
import { callerIn, mustOwn, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../app.ts'
import { AdminProblem, requiredName } from '../problem.ts'
import { Notification, Notifications, NotificationsQuery } from '../schemas-read-back.ts'
import type { Shape } from '../schemas.ts'
import { cursorChecked, cursorsOf, withPlace } from '../seller-cursors.ts'
import { notificationView } from '../views.ts'

const COUNT_DEFAULT = 100
const BUSY_TRIES = 20
const BUSY_PAUSE_MS = 50

const params = Type.Object({ id: Type.String() })

type Outbox = AdminParts['controlStore']

export function notificationRoutes(app: AdminApp, parts: AdminParts): void {
  listRoute(app, parts)
  sendRoute(app, parts)
}

function listRoute(app: AdminApp, { controlStore, masterKeys }: AdminParts): void {
  app.get(
    '/v1/notifications',
    {
      config: { access: READ },
      schema: {
        summary: 'Notifications to sellers, the newest first',
        querystring: NotificationsQuery,
        response: { 200: Notifications },
      },
    },
    async (request) => {
      const caller = callerIn(request)
      const seller = ownSellerAsked(caller, request.query.seller)
      const cursors = cursorsOf(caller, 'notifications', masterKeys)
      const query = noticeQuery(withPlace(request.query, cursors), seller)
      const { notices, next } = await cursorChecked(controlStore.readNotices(query))
      return {
        notifications: notices.map(notificationView),
        ...(next !== undefined && { next: cursors.shown(next) }),
      }
    },
  )
}

function sendRoute(app: AdminApp, { controlStore }: AdminParts): void {
  app.post(
    '/v1/notifications/:id/send',
    {
      config: { access: WRITE },
      schema: {
        summary: 'Send a notification again, whatever became of it: at least once more',
        params,
        response: { 200: Notification },
      },
    },
    async (request) => {
      const { id } = request.params
      const found = await noticeOf(controlStore, id)
      mustOwn(callerIn(request), found, ({ notice }) => notice.seller, ['notification', id])
      await resend(controlStore, id)
      const kept = await noticeOf(controlStore, id)
      if (kept === undefined) throw new AdminProblem('notFound', `There is no notification ${id}.`)
      return notificationView(kept)
    },
  )
}

async function noticeOf(outbox: Outbox, id: string): Promise<KeptNotice | undefined> {
  const { notices } = await outbox.readNotices({ id, countMax: 1 })
  return notices[0]
}

/** Another process may be writing. */
async function resend(outbox: Outbox, id: string): Promise<void> {
  for (let attempt = 1; attempt <= BUSY_TRIES; attempt++) {
    if ((await outbox.resendNotice(id)) !== 'busy') return
    await setTimeout(BUSY_PAUSE_MS)
  }
  throw new Error('another process has been writing to the store all the time')
}

function noticeQuery(
  query: Shape<typeof NotificationsQuery>,
  seller: AccountId | undefined,
): NoticeQuery {
  const { cursor, state, limit = COUNT_DEFAULT } = query
  const agreement = requiredName('query.agreement', AGREEMENT, query.agreement)
  return {
    countMax: limit,
    ...(seller !== undefined && { seller }),
    ...(agreement !== undefined && { agreement }),
    ...(state !== undefined && { state }),
    ...(cursor !== undefined && { after: cursor }),
  }
}
