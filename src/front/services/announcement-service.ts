/** Announcements of the venue: written and withdrawn by staff, shown to everybody (rest.md P1 to P4). */
import { isShown, type Announcement } from '../../core/announcements.js';
import type { AnnouncementPriority, AnnouncementType, ValueOf } from '../../core/enums.js';
import { FrameKind } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { announcementId } from '../views/ids.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { Actor } from './market-control.js';
import type { Turnstile } from './turnstile.js';

/** Line breaks and tabs are plain text; other control characters are not. */
const CONTROL_CHARACTER = /(?![\n\r\t])\p{Cc}/u;

export interface AnnouncementServiceParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  readonly turnstile: Turnstile;
  readonly audit: Audit;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export interface AnnouncementDraft {
  readonly title: string;
  readonly content: string;
  readonly announcementType: ValueOf<typeof AnnouncementType>;
  readonly priority: ValueOf<typeof AnnouncementPriority>;
  /** UTC milliseconds; undefined: never. */
  readonly expireMs: number | undefined;
}

export interface AnnouncementFilter {
  /** `AnnouncementType`; undefined for all. */
  readonly type: number | undefined;
  /** Neither withdrawn nor over. */
  readonly onlyActive: boolean;
}

export class AnnouncementService {
  constructor(private readonly parts: AnnouncementServiceParts) {}

  /** Refuses with 9008 for a text that is empty or not plain, and for an end that is over. */
  async publish(draft: AnnouncementDraft, { user, origin }: Actor): Promise<Announcement> {
    const { audit, turnstile, proposer, state, nowMs } = this.parts;
    const entry = { user, logType: 'SETTINGS_CHANGE', action: 'publish_announcement', details: draft.title, origin } as const;
    return audit.cover(entry, async () => {
      checkText('title', draft.title);
      checkText('content', draft.content);
      if (draft.expireMs !== undefined && draft.expireMs <= nowMs()) {
        throw new Refusal(9008, [{ field: 'expire_time', reason: 'must be in the future' }]);
      }
      return turnstile.pass(async () => {
        const announcement = state.announcements.count + 1;
        const { title, content, announcementType, priority, expireMs } = draft;
        const event = { announcement, title, content, announcementType, priority, expireUs: (expireMs ?? 0) * 1000, author: user };
        await proposer.propose(FrameKind.AnnouncementPublished, event);
        return state.announcements.get(announcement)!;
      });
    });
  }

  /** Withdraws one; a second time changes nothing. */
  async withdraw({ announcement }: Announcement, { user, origin }: Actor): Promise<void> {
    const { audit, turnstile, proposer, state } = this.parts;
    const details = announcementId(announcement);
    await audit.cover({ user, logType: 'SETTINGS_CHANGE', action: 'withdraw_announcement', details, origin }, () =>
      turnstile.pass(async () => {
        if (state.announcements.get(announcement)!.isActive)
          await proposer.propose(FrameKind.AnnouncementWithdrawn, { announcement, by: user });
      }),
    );
  }

  /** The most urgent first, and of these the newest. */
  list({ type, onlyActive }: AnnouncementFilter): Announcement[] {
    const nowUs = this.parts.nowMs() * 1000;
    return [...this.parts.state.announcements]
      .filter((one) => (type === undefined || one.announcementType === type) && (!onlyActive || isShown(one, nowUs)))
      .sort((a, b) => b.priority - a.priority || b.announcement - a.announcement);
  }

  isShown(announcement: Announcement): boolean {
    return isShown(announcement, this.parts.nowMs() * 1000);
  }
}

function checkText(field: string, text: string): void {
  if (text.trim() === '' || CONTROL_CHARACTER.test(text)) throw new Refusal(9008, [{ field, reason: 'must be plain text' }]);
}
