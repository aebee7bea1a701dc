/** Announcements: what is new, and what must be seen at once. */
import type { Schemas } from '@contract';
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { call } from '../api/call.js';
import { live } from '../live/connection.js';
import { usePrefs } from './prefs.js';

export type Announcement = Schemas['Announcement'];

export const useNotices = defineStore('notices', () => {
  const prefs = usePrefs();
  const all = shallowRef<Announcement[]>([]);
  const urgent = shallowRef<readonly Announcement[]>([]);
  const unread = computed(() => all.value.filter(({ id }) => !prefs.read.includes(id)));
  /** HIGH and URGENT ones, until they are read. */
  const pressing = computed(() => unread.value.filter(({ priority }) => priority === 'HIGH' || priority === 'URGENT'));

  async function load(): Promise<void> {
    all.value = (await call('GET /api/announcements', { query: { page_size: 50 } })).announcements;
  }

  /** Whoever has just signed in is told what is urgent and not read yet. */
  async function greet(): Promise<void> {
    await load();
    urgent.value = pressing.value.filter(({ priority }) => priority === 'URGENT');
  }

  function endGreeting(): void {
    for (const { id } of urgent.value) markRead(id);
    urgent.value = [];
  }

  function markRead(id: string): void {
    if (!prefs.read.includes(id)) prefs.read = [...prefs.read, id];
  }

  live.on('announcement', () => void load().catch(() => undefined));
  return { all, unread, pressing, urgent, load, greet, endGreeting, markRead };
});
