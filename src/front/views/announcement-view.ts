/** Announcement of rest.md 3, and the message that every session gets of a new one (websocket.md). */
import Type, { type Static } from 'typebox';
import type { Announcement } from '../../core/announcements.js';
import { AnnouncementPriority, AnnouncementType, nameOf } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import { announcementId } from './ids.js';
import { toMs } from './numbers.js';

export const AnnouncementSchema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  content: Type.String({ description: 'Plain text: to be escaped where it is shown.' }),
  announcement_type: Type.Enum(Object.keys(AnnouncementType)),
  priority: Type.Enum(Object.keys(AnnouncementPriority)),
  publish_time: Type.Integer(),
  expire_time: Type.Optional(Type.Integer()),
  is_active: Type.Boolean({ description: 'Neither withdrawn nor over.' }),
  author: Type.String({ description: 'Name of the user who wrote it.' }),
  attachments: Type.Array(Type.String()),
});
export type AnnouncementView = Static<typeof AnnouncementSchema>;

export function announcementView(state: ExchangeState, announcement: Announcement, isActive: boolean): AnnouncementView {
  const view: AnnouncementView = {
    id: announcementId(announcement.announcement),
    title: announcement.title,
    content: announcement.content,
    announcement_type: nameOf(AnnouncementType, announcement.announcementType),
    priority: nameOf(AnnouncementPriority, announcement.priority),
    publish_time: toMs(announcement.publishUs),
    is_active: isActive,
    author: state.users.get(announcement.author)?.username ?? '',
    attachments: [],
  };
  if (announcement.expireUs !== 0) view.expire_time = toMs(announcement.expireUs);
  return view;
}

const LEVELS: Readonly<Record<number, string>> = { [AnnouncementPriority.HIGH]: 'WARNING', [AnnouncementPriority.URGENT]: 'ERROR' };

export function announcementMessage(announcement: Announcement): string {
  return JSON.stringify({
    type: 'announcement',
    id: announcementId(announcement.announcement),
    title: announcement.title,
    content: announcement.content,
    announcement_type: nameOf(AnnouncementType, announcement.announcementType),
    priority: nameOf(AnnouncementPriority, announcement.priority),
    level: LEVELS[announcement.priority] ?? 'INFO',
    publish_time: toMs(announcement.publishUs),
  });
}
