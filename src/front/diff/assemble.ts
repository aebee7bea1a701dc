/** The parts of DIFF put together: one tree, and the hub of those who look at it. */
import type { Announcement } from '../../core/announcements.js';
import { dayStart } from '../../core/market-data/periods.js';
import { StateObserver } from '../../core/observer.js';
import { Refusal } from '../../core/refusal.js';
import { OrderRequest } from '../gateway/order-request.js';
import type { MessageBudget } from '../websocket/inbound-limit.js';
import { ChartBoard } from './charts/chart-board.js';
import type { ChartsParts } from './charts/charts.js';
import type { SeriesSource } from './charts/series-source.js';
import { DiffHub } from './hub.js';
import type { DiffContext, DiffExchange } from './messages/context.js';
import { QuoteBoard } from './quotes/quote-board.js';
import { StatusBoard } from './quotes/status-board.js';
import { NotifyCode, notifyPatch } from './trade/notify.js';
import { TradeTrees } from './trade/trade-trees.js';
import { VersionClock } from './tree/version-clock.js';

/** What is made here observes the state; `hub.afterTurn` is the caller's to call. `nowMs`: a clock that never goes back. */
export function assembleDiff(exchange: DiffExchange, budget: MessageBudget, source: SeriesSource, nowMs: () => number): DiffContext {
  const { config, state, depth, history, log } = exchange;
  const clock = new VersionClock();
  const board = new QuoteBoard(state, depth, clock);
  const statuses = new StatusBoard(state, clock);
  const trees = new TradeTrees(state, history, clock, (error) => {
    log.error({ err: error }, 'a trade tree could not be completed');
  });
  const charts: ChartsParts = {
    board: new ChartBoard(source, clock),
    instruments: state.instruments,
    currentDayUs: () => dayStart(state.tradingDay),
    onError: (error) => {
      log.error({ err: error }, 'a chart could not be read');
    },
  };
  const hub = new DiffHub({
    clock,
    board,
    statuses,
    trees,
    charts,
    instruments: state.instruments,
    budget,
    nowMs,
    heartbeatMs: config.wsHeartbeatSecs * 1000,
    timeoutMs: config.wsTimeoutSecs * 1000,
    isValid: (token) => isValid(exchange, token),
  });
  for (const observer of [board, statuses, trees, new AnnouncementWatch(hub)]) state.observe(observer);
  return { exchange, hub, trees, order: new OrderRequest() };
}

function isValid({ users }: DiffExchange, token: string): boolean {
  try {
    users.authenticate(token);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

class AnnouncementWatch extends StateObserver {
  constructor(private readonly hub: DiffHub) {
    super();
  }

  override announcementPublished({ title, content }: Announcement): void {
    this.hub.pushToAll(notifyPatch(NotifyCode.announcement, 'INFO', `${title}: ${content}`, 'TEXT'));
  }
}
