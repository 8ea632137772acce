/** What sellers were told, are told and will be told of their agreements; each may be sent again. */
import { Type } from 'typebox'
import { AGREEMENT } from '../../../core/catalog-names.ts'
import type { AccountId } from '../../../core/usage.ts'
import type { KeptNotice, NoticeQuery } from '../../../store/notice-outbox.ts'
import { callerIn, mustOwn, ownSellerAsked, READ, WRITE } from '../access.ts'
import type { AdminApp, AdminParts } from '../parts.ts'
import { AdminProblem, requiredName } from '../problem.ts'
import { Notification, Notifications, NotificationsQuery } from '../schemas-read-back.ts'
import type { Shape } from '../schemas.ts'
import { cursorChecked, cursorsOf, withPlace } from '../seller-cursors.ts'
import { notificationView } from '../views.ts'
import { untilFree } from '../../until-free.ts'

const COUNT_DEFAULT = 100

const params = Type.Object({ id: Type.String() })

type Outbox = AdminParts['controlStore']['notices']

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
      const { notices, next } = await cursorChecked(controlStore.notices.read(query))
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
      const found = await noticeOf(controlStore.notices, id)
      mustOwn(callerIn(request), found, ({ notice }) => notice.seller, ['notification', id])
      await untilFree(() => controlStore.notices.resend(id))
      const kept = await noticeOf(controlStore.notices, id)
      if (kept === undefined) throw new AdminProblem('notFound', `There is no notification ${id}.`)
      return notificationView(kept)
    },
  )
}

async function noticeOf(outbox: Outbox, id: string): Promise<KeptNotice | undefined> {
  const { notices } = await outbox.read({ id, countMax: 1 })
  return notices[0]
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
