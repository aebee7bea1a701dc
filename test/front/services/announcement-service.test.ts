import t from 'tap';
import { AnnouncementPriority, AnnouncementType } from '../../../src/core/enums.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import type { AnnouncementDraft } from '../../../src/front/services/announcement-service.js';
import { announcementMessage, announcementView } from '../../../src/front/views/announcement-view.js';
import { codeOf, ORIGIN, TestServices } from '../../support/services.js';

const ACTOR = { user: 1, origin: ORIGIN };

function draft(title: string, fields: Partial<AnnouncementDraft> = {}): AnnouncementDraft {
  const { SYSTEM } = AnnouncementType;
  return { title, content: 'text', announcementType: SYSTEM, priority: AnnouncementPriority.NORMAL, expireMs: undefined, ...fields };
}

t.test('the most urgent first, of these the newest; what is over or withdrawn only on request', async (t) => {
  const services = new TestServices(t);
  const { announcements, state } = services;
  await services.admin();
  const { LOW, URGENT } = AnnouncementPriority;
  await announcements.publish(draft('low', { priority: LOW }), ACTOR);
  await announcements.publish(draft('short', { priority: URGENT, expireMs: services.nowMs + 1000 }), ACTOR);
  await announcements.publish(draft('urgent', { priority: URGENT }), ACTOR);
  const gone = await announcements.publish(draft('gone', { announcementType: AnnouncementType.RISK }), ACTOR);
  await announcements.withdraw(gone, ACTOR);
  await announcements.withdraw(gone, ACTOR);
  const titles = (onlyActive: boolean, type?: number) => announcements.list({ type, onlyActive }).map(({ title }) => title);
  t.same(titles(true), ['urgent', 'short', 'low']);
  services.nowMs += 1000;
  t.same(titles(true), ['urgent', 'low'], 'its time is over');
  t.same(titles(false), ['urgent', 'short', 'gone', 'low']);
  t.same(titles(false, AnnouncementType.RISK), ['gone']);
  const restored = restoreState(serializeState(state));
  t.same([...restored.announcements], [...state.announcements], 'a snapshot keeps all of them');
});

t.test('only plain text with an end in the future', async (t) => {
  const services = new TestServices(t);
  const { announcements } = services;
  const code = (fields: Partial<AnnouncementDraft>) => codeOf(() => announcements.publish(draft('title', fields), ACTOR));
  t.equal(await code({ expireMs: services.nowMs }), 9008);
  t.equal(await code({ title: ' ' }), 9008);
  t.equal(await code({ content: 'a\u0000b' }), 9008);
  t.equal(await code({ content: 'two\nlines' }), 0);
});

t.test('sessions hear of it with a level by its priority', async (t) => {
  const services = new TestServices(t);
  await services.admin();
  const { announcements, state } = services;
  const published = await announcements.publish(draft('hear "me"', { priority: AnnouncementPriority.HIGH }), ACTOR);
  t.match(JSON.parse(announcementMessage(published)), {
    type: 'announcement',
    id: 'ANN000000000001',
    title: 'hear "me"',
    level: 'WARNING',
  });
  t.match(announcementView(state, published, true), { author: 'admin', priority: 'HIGH', announcement_type: 'SYSTEM', is_active: true });
});
