/** The fold of announcements: all that were ever published, withdrawn and expired ones too. */
import { assert } from './assert.js';
import type { ByteReader, ByteWriter } from './byte-writer.js';
import type { AnnouncementPublished, AnnouncementWithdrawn } from './events.js';

export interface Announcement extends AnnouncementPublished {
  publishUs: number;
  /** False once it was withdrawn; whether its time is over is another question. */
  isActive: boolean;
}

export class AnnouncementBoard {
  private readonly byNumber: Announcement[] = [];

  get count(): number {
    return this.byNumber.length;
  }

  publish(event: AnnouncementPublished, timeUs: number): Announcement {
    assert(event.announcement === this.count + 1, 'a new announcement has the next number');
    return this.add({ ...event, publishUs: timeUs, isActive: true });
  }

  add(announcement: Announcement): Announcement {
    this.byNumber.push(announcement);
    return announcement;
  }

  withdraw(event: AnnouncementWithdrawn): void {
    const announcement = this.get(event.announcement);
    assert(announcement !== undefined, 'a withdrawn announcement exists');
    announcement.isActive = false;
  }

  /** By number from 1. */
  get(number: number): Announcement | undefined {
    return this.byNumber[number - 1];
  }

  [Symbol.iterator](): IterableIterator<Announcement> {
    return this.byNumber.values();
  }
}

/** Whether it is shown to everybody at a time, UTC µs. */
export function isShown({ isActive, expireUs }: Announcement, nowUs: number): boolean {
  return isActive && (expireUs === 0 || nowUs < expireUs);
}

const NUMBERS = ['announcement', 'announcementType', 'priority', 'expireUs', 'author', 'publishUs'] as const;

export function writeAnnouncements(out: ByteWriter, board: AnnouncementBoard): void {
  out.u32(board.count);
  for (const announcement of board) {
    for (const field of NUMBERS) out.f64(announcement[field]);
    out.u32(Number(announcement.isActive));
    out.text(announcement.title);
    out.text(announcement.content);
  }
}

export function readAnnouncements(input: ByteReader, board: AnnouncementBoard): void {
  for (let left = input.u32(); left > 0; left--) {
    const [announcement, announcementType, priority, expireUs, author, publishUs] = NUMBERS.map(() => input.f64());
    const isActive = input.u32() === 1;
    const texts = { title: input.text(), content: input.text() };
    board.add({ announcement, announcementType, priority, expireUs, author, publishUs, isActive, ...texts });
  }
}
