/** Announcements of the venue (rest.md P1 to P4). */
import Type from 'typebox';
import type { Announcement } from '../../../core/announcements.js';
import { AnnouncementPriority, AnnouncementType, numberOf, type ValueOf } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import type { Exchange } from '../../exchange.js';
import { AnnouncementSchema, announcementView } from '../../views/announcement-view.js';
import { parseAnnouncementId } from '../../views/ids.js';
import { requirePermission } from '../access.js';
import { pageOf, PageFields, PageResultFields } from '../listing.js';
import { Id } from '../resources.js';
import { actorOf } from '../route-context.js';
import { route } from '../route.js';

const params = Type.Object({ id: Id });
const writers = { caller: 'permission', permission: 'ManageAnnouncements' } as const;
const ActiveField = Type.Optional(Type.Boolean({ description: 'false needs the permission ManageAnnouncements. Default true.' }));

const list = route({
  id: 'P1',
  method: 'GET',
  path: '/api/announcements',
  summary: 'Announcements, the most urgent first and of these the newest.',
  access: { caller: 'public' },
  query: Type.Object({
    ...PageFields,
    announcement_type: Type.Optional(Type.Enum(Object.keys(AnnouncementType))),
    only_active: ActiveField,
    active_only: Type.Optional(Type.Boolean({ description: 'Alias of only_active.' })),
  }),
  response: Type.Object({ announcements: Type.Array(AnnouncementSchema), ...PageResultFields }),
  refusals: [9001, 9002, 9006],
  handler({ exchange, query, authorization }) {
    const onlyActive = query.only_active ?? query.active_only ?? true;
    if (!onlyActive) requirePermission(exchange, authorization, 'ManageAnnouncements');
    const type = query.announcement_type === undefined ? undefined : numberOf(AnnouncementType, query.announcement_type);
    const { rows, ...page } = pageOf(exchange.announcements.list({ type, onlyActive }), query, (one) => viewOf(exchange, one));
    return { announcements: rows, ...page };
  },
});

const publish = route({
  id: 'P2',
  method: 'POST',
  path: '/api/announcements',
  summary: 'Publish an announcement; every connected session gets it at once.',
  access: writers,
  body: Type.Object({
    title: Type.String({ minLength: 1, maxLength: 100 }),
    content: Type.String({ minLength: 1, maxLength: 5000, description: 'Plain text.' }),
    announcement_type: Type.Enum(Object.keys(AnnouncementType)),
    priority: Type.Enum(Object.keys(AnnouncementPriority)),
    expire_time: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000, description: 'UTC milliseconds, in the future.' })),
  }),
  response: AnnouncementSchema,
  async handler(context) {
    const { exchange, body } = context;
    const draft = {
      title: body.title,
      content: body.content,
      announcementType: numberOf(AnnouncementType, body.announcement_type) as ValueOf<typeof AnnouncementType>,
      priority: numberOf(AnnouncementPriority, body.priority) as ValueOf<typeof AnnouncementPriority>,
      expireMs: body.expire_time,
    };
    return viewOf(exchange, await exchange.announcements.publish(draft, actorOf(context)));
  },
});

const one = route({
  id: 'P3',
  method: 'GET',
  path: '/api/announcements/:id',
  summary: 'An announcement; one that is not active any more only for those who may write them.',
  access: { caller: 'public' },
  params,
  response: AnnouncementSchema,
  refusals: [9001, 9006, 9007],
  handler({ exchange, params: { id }, authorization }) {
    const found = announcementOf(exchange, id);
    if (!exchange.announcements.isShown(found)) {
      // to the public it does not exist
      if (authorization === '') throw new Refusal(9007);
      requirePermission(exchange, authorization, 'ManageAnnouncements');
    }
    return viewOf(exchange, found);
  },
});

const withdraw = route({
  id: 'P4',
  method: 'DELETE',
  path: '/api/announcements/:id',
  summary: 'Withdraw an announcement; it is kept.',
  access: writers,
  params,
  response: Type.Object({ message: Type.String() }),
  refusals: [9007],
  async handler(context) {
    await context.exchange.announcements.withdraw(announcementOf(context.exchange, context.params.id), actorOf(context));
    return { message: 'The announcement is withdrawn.' };
  },
});

function announcementOf({ state }: Exchange, id: string): Announcement {
  const found = state.announcements.get(parseAnnouncementId(id));
  if (found === undefined) throw new Refusal(9007);
  return found;
}

function viewOf({ state, announcements }: Exchange, announcement: Announcement) {
  return announcementView(state, announcement, announcements.isShown(announcement));
}

export const ANNOUNCEMENT_ROUTES = [list, publish, one, withdraw];
