/** All open connections, by user; what they share; and their common end. */
import type { RefusalDetail } from '../../core/refusal.js';
import type { OrderTable } from '../../core/orders.js';
import type { Caller } from '../caller.js';
import type { ReportAudience } from '../publisher/report-publisher.js';
import { NOWHERE } from '../services/origin.js';
import type { FrameBuffer } from '../../wire/frame-buffer.js';
import { CloseCode, type ClientSocket } from './client-socket.js';
import type { MessageBudget } from './inbound-limit.js';
import { CounterFamily } from '../../metrics/counter-family.js';
import { OrphanedOrders, type Cancel } from './orphaned-orders.js';
import { Session, type MarketEventCells, type SessionHome } from './session.js';
import { marketFigures, type MarketFigures } from './subscriber-figures.js';
import type { MarketFeed } from './subscriptions.js';

/**
 * Sessions that get their market data in one loop turn: a thousand of them take tens of milliseconds, and orders that come
 * meanwhile must not wait so long. What else happens until a session's turn goes out with the same write.
 */
const MARKET_SESSIONS_PER_TURN = 64;

export interface HubParts {
  readonly orders: OrderTable;
  readonly budget: MessageBudget;
  /** Connections of one user; Infinity for no limit. */
  readonly sessionsPerUserMax: number;
  readonly nowMs: () => number;
  /** The gateway's: takes the orders of connections that end, where that is wanted. */
  readonly cancel?: Cancel;
  /** False: what is told may be lost with the power, and says so. */
  readonly isDurable?: boolean;
  /** Market events by what became of them. */
  readonly marketEvents?: CounterFamily<'outcome'>;
  /** Of a node that does not lead: where the leader is. */
  readonly leaderHint?: () => RefusalDetail[] | undefined;
}

export class WebsocketHub implements SessionHome, ReportAudience {
  readonly sessions = new Set<Session>();
  /** Sums since the start of the process. */
  readonly counters = { sessionsOpened: 0, messagesIn: 0, messagesOut: 0, refusals: 0 };
  readonly marketEvents: MarketEventCells;
  readonly buffers: FrameBuffer[] = [];
  private readonly byUser = new Map<number, Session[]>();
  private touched: Session[] = [];
  /** Served one after the other, and who comes after them. */
  private marketRound: Session[] = [];
  private marketServed = 0;
  private marketDue: Session[] = [];
  private marketTurn: NodeJS.Immediate | undefined;
  private marketFeed: MarketFeed | undefined;
  private turnUs = 0;
  private isClosing = false;
  private closeHook: () => void = () => undefined;

  private readonly orphans: OrphanedOrders | undefined;

  constructor(private readonly parts: HubParts) {
    const { marketEvents = new CounterFamily(['outcome']) } = parts;
    this.marketEvents = { sent: marketEvents.cell('sent'), conflated: marketEvents.cell('conflated') };
    if (parts.cancel !== undefined) this.orphans = new OrphanedOrders(parts.orders, parts.cancel);
  }

  get orders(): OrderTable {
    return this.parts.orders;
  }

  get isDurable(): boolean {
    return this.parts.isDurable ?? true;
  }

  detailsOf(code: number): RefusalDetail[] | undefined {
    return code === 9005 ? this.parts.leaderHint?.() : undefined;
  }

  get budget(): MessageBudget {
    return this.parts.budget;
  }

  get feed(): MarketFeed {
    return this.marketFeed!;
  }

  /** The feed sends through the hub, so it is made after it. */
  connectFeed(feed: MarketFeed): void {
    this.marketFeed = feed;
  }

  /** `hook` runs once everybody is closed. */
  onClose(hook: () => void): void {
    this.closeHook = hook;
  }

  nowMs(): number {
    return this.parts.nowMs();
  }

  /** µs, looked up once a turn: what is applied in one was durable when it began. 0 when nothing waits for the disk. */
  durableUs(): number {
    if (this.parts.isDurable === false) return 0;
    if (this.turnUs === 0) this.turnUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
    return this.turnUs;
  }

  marketFigures(wallMs: number): MarketFigures {
    return marketFigures(this.sessions, this.feed.lastSequence, wallMs);
  }

  /** Whether market data waits for the next loop turn. */
  get isMarketDue(): boolean {
    return this.marketTurn !== undefined;
  }

  get sessionCount(): number {
    return this.sessions.size;
  }

  /** False while the exchange stops: no connection is taken any more. */
  get isOpen(): boolean {
    return !this.isClosing;
  }

  open(socket: ClientSocket, userHint: string, isBinary = false, origin = NOWHERE): Session {
    const session = new Session(++this.counters.sessionsOpened, socket, this, userHint, isBinary, origin);
    this.sessions.add(session);
    return session;
  }

  /** Lets a session act as `caller`, whose earlier session it may be; false when the user has too many. */
  admit(session: Session, caller: Caller): boolean {
    const own = this.byUser.get(caller.user.user) ?? [];
    if (!own.includes(session)) {
      if (own.length >= this.parts.sessionsPerUserMax) return false;
      this.byUser.set(caller.user.user, [...own, session]);
    }
    session.caller = caller;
    return true;
  }

  remove(session: Session): void {
    session.end();
    this.sessions.delete(session);
    if (session.caller === undefined) return;
    this.orphan(session.caller, session.takeEntered());
    this.retryOrphans();
    const { user } = session.caller.user;
    const own = this.byUser.get(user);
    // a new list: somebody may be walking through the old one
    const left = own?.filter((each) => each !== session) ?? [];
    if (left.length === 0) this.byUser.delete(user);
    else this.byUser.set(user, left);
  }

  orphan(caller: Caller, orderIds: readonly number[]): void {
    this.orphans?.add(caller, orderIds);
  }

  retryOrphans(): void {
    this.orphans?.run();
  }

  receivers(user: number): readonly Session[] | undefined {
    return this.byUser.get(user);
  }

  touch(session: Session): void {
    if (session.isTouched) return;
    session.isTouched = true;
    this.touched.push(session);
  }

  touchForMarket(session: Session): void {
    if (session.isTouched || session.isMarketDue) return;
    session.isMarketDue = true;
    this.marketDue.push(session);
  }

  /**
   * Sends what has gathered; called at the end of a loop turn and after whatever else made messages. Market data for many goes
   * on in the turns that follow.
   */
  flushTouched(): void {
    this.turnUs = 0;
    this.retryOrphans();
    if (this.touched.length > 0) this.flushOwn();
    if (this.marketTurn === undefined && this.marketDue.length > 0) this.flushMarket();
  }

  private flushOwn(): void {
    const sessions = this.touched;
    this.touched = [];
    for (const session of sessions) {
      session.isTouched = false;
      session.flush();
    }
  }

  private readonly flushMarket = (): void => {
    this.marketTurn = undefined;
    if (this.marketServed === this.marketRound.length) {
      this.marketRound = this.marketDue;
      this.marketDue = [];
      this.marketServed = 0;
    }
    const end = Math.min(this.marketRound.length, this.marketServed + MARKET_SESSIONS_PER_TURN);
    while (this.marketServed < end) {
      const session = this.marketRound[this.marketServed++];
      session.isMarketDue = false;
      session.flush();
    }
    if (end < this.marketRound.length || this.marketDue.length > 0) this.marketTurn = setImmediate(this.flushMarket);
  };

  /** The token is dead: whoever lives by it is told and closed. */
  closeToken(tokenId: string): void {
    for (const session of this.sessions) if (session.caller?.tokenId === tokenId) this.expire(session);
  }

  /** All tokens of the user are dead. */
  closeUser(user: number): void {
    for (const session of [...(this.byUser.get(user) ?? [])]) this.expire(session);
  }

  /** 9001, then 4001. */
  expire(session: Session): void {
    session.problem(9001);
    session.flush();
    session.close(CloseCode.authentication);
  }

  /** The exchange stops: everybody is told, nobody is let in any more. */
  close(): void {
    this.isClosing = true;
    for (const session of this.sessions) {
      session.stopping();
      session.flush();
      session.close(CloseCode.serverStop);
    }
    this.closeHook();
  }
}
