/** How the subscribers of market data keep up, for those who watch over the exchange (market-data.md 10). */
import type { Session } from './session.js';

/** Subscribers that are shown one by one: those with the longest queues. */
const SHOWN_MAX = 20;
const US_PER_MS = 1000;

export interface SubscriberFigures {
  /** Counts the connections since the start of the process. */
  session: number;
  user?: number;
  /** Market events since the session began: handed to the socket; replaced by newer ones or given up. */
  sent: number;
  conflated: number;
  /** Books that began anew because their changes were given up, and how often all that waited was. */
  resyncs: number;
  gaps: number;
  /** Events that wait; how far the first of them is behind the newest of all, in events of the log and in time. */
  waiting: number;
  lag_seq: number;
  lag_ms: number;
}

export interface MarketFigures {
  subscribers: number;
  waiting: number;
  /** The slowest first. */
  slowest: SubscriberFigures[];
}

/** `lastSequence`: last event of the log that market data was made of. */
export function marketFigures(sessions: Iterable<Session>, lastSequence: number, wallMs: number): MarketFigures {
  const subscribed = [...sessions].filter(({ subscriptions }) => !subscriptions.isEmpty);
  const slowest = subscribed.sort((one, other) => other.market.eventCount - one.market.eventCount).slice(0, SHOWN_MAX);
  return {
    subscribers: subscribed.length,
    waiting: subscribed.reduce((sum, { market }) => sum + market.eventCount, 0),
    slowest: slowest.map((session) => figuresOf(session, lastSequence, wallMs)),
  };
}

function figuresOf({ number, caller, market }: Session, lastSequence: number, wallMs: number): SubscriberFigures {
  const { oldest } = market;
  return {
    session: number,
    ...(caller === undefined ? {} : { user: caller.user.user }),
    sent: market.sentCount,
    conflated: market.conflatedCount,
    resyncs: market.resyncCount,
    gaps: market.gapCount,
    waiting: market.eventCount,
    lag_seq: oldest === undefined ? 0 : Math.max(0, lastSequence - oldest.sequence),
    lag_ms: oldest === undefined ? 0 : Math.max(0, Math.round(wallMs - oldest.timeUs / US_PER_MS)),
  };
}
