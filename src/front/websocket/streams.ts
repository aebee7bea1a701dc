/** What the events of the exchange become for sessions: private reports, market data, the end of revoked tokens. */
import type { Announcement } from '../../core/announcements.js';
import { StateObserver } from '../../core/observer.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import { MarketPublisher, type FrameTaker, type MarketLink } from '../publisher/market-publisher.js';
import { ReportFold } from '../../storage/report-fold.js';
import { ReportPublisher } from '../publisher/report-publisher.js';
import type { RiskAlert } from '../risk/risk-monitor.js';
import type { MarketRequest } from '../../wire/market/market-request.js';
import { announcementMessage } from '../views/announcement-view.js';
import type { WebsocketHub } from './hub.js';

export class Streams implements FrameTaker {
  private readonly reports: ReportPublisher;
  readonly market: MarketPublisher;

  /** The gateway must be observing the state already, so that direct answers come before reports. */
  constructor(
    private readonly hub: WebsocketHub,
    state: ExchangeState,
    link: MarketLink,
    reports: ReportFold = observing(state),
  ) {
    this.reports = new ReportPublisher(state, hub, reports);
    this.market = new MarketPublisher(
      link,
      () => hub.nowMs(),
      () => {
        hub.flushTouched();
      },
    );
    hub.connectFeed(this.market);
    state.observe(this.reports);
    state.observe(new TokenWatch(hub));
    state.observe(new AnnouncementPush(hub));
  }

  /** To be called when the events at hand are applied: everything they made goes out. */
  afterTurn(): void {
    this.reports.afterTurn();
    this.hub.flushTouched();
  }

  /** Takes frames of the market worker and sends what they say; true when there were any. */
  take(): boolean {
    if (!this.market.drain()) return false;
    this.market.afterTurn();
    this.hub.flushTouched();
    return true;
  }

  lastSequence(): number {
    return this.market.lastSequence;
  }

  requests(): MarketRequest[] {
    return this.market.requests();
  }

  /** Goes out at once: the scan finds what no event of this turn has touched. */
  riskAlert(alert: RiskAlert): void {
    this.reports.riskAlert(alert);
    this.hub.flushTouched();
  }

  close(): void {
    this.market.close();
  }
}

/** A token that dies ends the connections that live by it. */
class TokenWatch extends StateObserver {
  constructor(private readonly hub: WebsocketHub) {
    super();
  }

  override tokenRevoked(tokenId: string): void {
    this.hub.closeToken(tokenId);
  }

  override userChanged({ user }: User): void {
    this.hub.closeUser(user);
  }
}

/** Everybody who is connected hears of a new announcement. */
class AnnouncementPush extends StateObserver {
  constructor(private readonly hub: WebsocketHub) {
    super();
  }

  override announcementPublished(announcement: Announcement): void {
    const message = announcementMessage(announcement);
    for (const session of this.hub.sessions) session.push(message);
  }
}

function observing(state: ExchangeState): ReportFold {
  const reports = new ReportFold(state);
  state.observe(reports);
  return reports;
}
