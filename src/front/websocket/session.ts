/**
 * One connection to `/ws`: who it is, what it waits for, and what waits to be sent to it.
 *
 * Nothing is sent at once. Messages gather during a loop turn and go out corked by `flush`: private ones and direct
 * answers first, then market data. Private messages are never dropped; a client that does not take them is closed.
 */
import { nameOf, OrderStatus } from '../../core/enums.js';
import type { OrderTable } from '../../core/orders.js';
import type { CounterCell } from '../../metrics/counter-family.js';
import type { RefusalDetail } from '../../core/refusal.js';
import type { Caller } from '../caller.js';
import type { CommandWaiter } from '../gateway/gateway.js';
import { Channel, STATE_CHANNELS, type MarketBatch } from '../publisher/market-event.js';
import type { MarketSubscriber } from '../publisher/market-group.js';
import type { ReportReceiver } from '../publisher/report-publisher.js';
import { NOWHERE } from '../services/origin.js';
import { FrameBuffer } from '../../wire/frame-buffer.js';
import { addProblem, addSystemNotice } from '../../wire/session-answers.js';
import { NoticeEvent, SYSTEM_NOTICE_BYTES } from '../../wire/session-layout.js';
import { BinaryWaiter } from './binary/binary-waiter.js';
import { errorMessage, orderResponse, systemMessage, takenResponse } from './answers.js';
import { CLOSE_REASONS, CloseCode, type ClientSocket } from './client-socket.js';
import { InboundLimit, type MessageBudget } from './inbound-limit.js';
import { MarketQueue } from './market-queue.js';
import { PendingCommands } from './pending-commands.js';
import { Subscriptions, type MarketFeed } from './subscriptions.js';

/** Private messages that may wait while the client does not read. */
export const PRIVATE_WAITING_MAX = 1000;
/** What the socket may hold back before private messages wait here instead, and before market data does. */
const PRIVATE_HELD_BYTES_MAX = 1024 * 1024;
const MARKET_HELD_BYTES_MAX = 64 * 1024;
/** A client that takes nothing for this long while something waits is gone. */
export const DRAIN_MS_MAX = 5000;

/** Market events of all sessions, since the start of the process. */
export interface MarketEventCells {
  readonly sent: CounterCell;
  /** Replaced by newer ones or given up because they were not taken. */
  readonly conflated: CounterCell;
}

/** What sessions share; the hub. */
export interface SessionHome {
  readonly orders: OrderTable;
  readonly feed: MarketFeed;
  /** False: private messages and answers are marked. */
  readonly isDurable: boolean;
  readonly budget: MessageBudget;
  readonly counters: { messagesOut: number; refusals: number };
  readonly marketEvents: MarketEventCells;
  /** Emptied buffers for whoever has frames to send. */
  readonly buffers: FrameBuffer[];
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** When the events being applied were known to be durable, µs. */
  durableUs(): number;
  /** What there is to say about a refusal beyond its code. */
  detailsOf(code: number): RefusalDetail[] | undefined;
  /** The session has something of its own to send: to be flushed before the loop turn ends. */
  touch(session: Session): void;
  /** The session has market data to send, when those are served that have something of their own. */
  touchForMarket(session: Session): void;
  /** Orders of a connection that has ended and wanted them cancelled then. */
  orphan(caller: Caller, orderIds: readonly number[]): void;
  /** The session is over. May be called more than once. */
  remove(session: Session): void;
}

/** Takes what is added for a session that has ended. */
const NOBODY = new FrameBuffer();
/** Entered orders before those that are over are looked for. */
const ENTERED_MIN = 1024;
/** A buffer that has grown beyond this is not kept for the next one. */
const KEPT_BYTES_MAX = 64 * 1024;

export class Session implements CommandWaiter, MarketSubscriber, ReportReceiver {
  /** Set by a successful `auth`. */
  caller: Caller | undefined;
  readonly pending = new PendingCommands();
  /** Hears of commands that came as frames. */
  readonly waiter: BinaryWaiter;
  readonly subscriptions: Subscriptions;
  readonly inbound: InboundLimit;
  readonly market = new MarketQueue();
  readonly openedMs: number;
  /** When the last frame of any kind came. */
  seenMs: number;
  pingDueMs = 0;
  /** The working orders entered here are cancelled when the connection ends. */
  cancelsOnDisconnect = false;
  /** Managed by the hub. */
  isTouched = false;
  /** Managed by the hub. */
  isMarketDue = false;

  private ended = false;
  private outbox: string[] = [];
  /** Orders entered while `cancelsOnDisconnect`, those that are over too until there are many. */
  private entered: number[] = [];
  private enteredMax = ENTERED_MIN;
  private out: FrameBuffer | undefined;
  /** Accounts whose older reports are being sent. */
  private behind: Set<number> | undefined;
  private sentCount = 0;
  private isHeldBack = false;
  private isOverrun = false;
  /** What of the queue's counts is in the counters. */
  private conflatedCount = 0;
  private marketSentCount = 0;
  /** When the client last took anything of what was held back. */
  private drainedMs = 0;

  /**
   * `userHint` is the `user_id` of the query: it grants nothing, but `auth` must agree with it. With `isBinary` the session
   * speaks the binary protocol: what it hears are frames, and text is never pushed to it.
   */
  constructor(
    readonly number: number,
    private readonly socket: ClientSocket,
    private readonly home: SessionHome,
    readonly userHint: string,
    readonly isBinary = false,
    /** Where it comes from. */
    readonly origin = NOWHERE,
  ) {
    this.subscriptions = new Subscriptions(this, home.feed);
    this.inbound = new InboundLimit(home.budget);
    this.waiter = new BinaryWaiter(this, home);
    this.openedMs = home.nowMs();
    this.seenMs = this.openedMs;
  }

  get isClosed(): boolean {
    return this.ended;
  }

  /** Whose budget inbound messages are charged to. */
  get budgetKey(): string | number {
    return this.caller?.user.user ?? `session ${this.number}`;
  }

  /** Messages that wait although everything that could be sent was. */
  get waitingCount(): number {
    return this.outbox.length - this.sentCount + this.market.eventCount + (this.out?.count ?? 0);
  }

  /** A private message or a direct answer. */
  push(text: string): void {
    // what has no binary form is not told to whoever speaks that
    if (this.ended || this.isBinary) return;
    this.outbox.push(this.home.isDurable ? text : `${text.slice(0, -1)},"durable":false}`);
    this.home.touch(this);
  }

  /** Where frames of the binary protocol are added, to be sent with the next flush. */
  frames(): FrameBuffer {
    if (this.ended) {
      NOBODY.clear();
      return NOBODY;
    }
    if (this.out === undefined) {
      this.out = this.home.buffers.pop() ?? new FrameBuffer();
      this.home.touch(this);
    }
    return this.out;
  }

  isBehind(account: number): boolean {
    return this.behind?.has(account) === true;
  }

  /** Older reports of the account are sent first: new ones pass this session by. */
  fallBehind(account: number): void {
    this.behind ??= new Set();
    this.behind.add(account);
  }

  /** The session has every report of the account. */
  caughtUp(account: number): void {
    this.behind?.delete(account);
    if (this.behind?.size === 0) this.behind = undefined;
  }

  durableUs(): number {
    return this.home.durableUs();
  }

  /** The session itself is at fault: no message of the client is answered by this. */
  problem(code: number): void {
    if (this.isBinary) addProblem(this.frames(), 0, code, 0);
    else this.push(errorMessage(code, undefined));
  }

  stopping(): void {
    if (this.isBinary) addSystemNotice(this.frames(), NoticeEvent.SERVER_STOPPING, 0);
    else this.push(systemMessage('server_stopping', 'The exchange is stopping: reconnect later and query the state.'));
  }

  /** The channels of these instruments are shown from now on: books whole at first, and of the others how things stand. */
  showAll(instruments: Iterable<number>, channels: number): void {
    const states = channels & STATE_CHANNELS;
    for (const instrument of instruments) {
      if ((channels & Channel.orderbook) !== 0) {
        this.market.awaitPicture(instrument);
        this.askPicture(instrument);
      }
      if (states !== 0) this.home.feed.askCurrent(this, instrument, states);
    }
  }

  deliver(batch: MarketBatch): void {
    if (this.ended) return;
    if (batch.isPicture && !this.subscriptions.includes(batch.instrument, Channel.orderbook)) {
      this.market.forget(batch.instrument);
      return;
    }
    this.market.add(batch);
    this.home.touchForMarket(this);
  }

  refuse(code: number, requestId: string | undefined, details = this.home.detailsOf(code)): void {
    this.home.counters.refusals++;
    this.push(errorMessage(code, requestId, details));
  }

  /** An order was entered here: it goes when the connection does, where that is wanted. */
  noteEntered(orderId: number): void {
    if (!this.cancelsOnDisconnect || this.caller === undefined) return;
    if (this.ended) {
      this.home.orphan(this.caller, [orderId]);
      return;
    }
    this.entered.push(orderId);
    if (this.entered.length < this.enteredMax) return;
    const { orders } = this.home;
    this.entered = this.entered.filter((entered) => orders.find(entered) !== -1);
    this.enteredMax = Math.max(ENTERED_MIN, this.entered.length * 2);
  }

  /** What is to be cancelled because the connection ends. */
  takeEntered(): number[] {
    const { entered } = this;
    this.entered = [];
    return entered;
  }

  accepted(token: number, slot: number): void {
    const { orders } = this.home;
    this.noteEntered(orders.orderId[slot]);
    if (this.ended) return;
    this.push(
      takenResponse(
        'submit',
        orders.orderId[slot],
        nameOf(OrderStatus, orders.status[slot]),
        orders.clientOrderId(slot),
        this.pending.requestId(token),
      ),
    );
  }

  completed(token: number, slot: number): void {
    if (this.pending.action(token) === 'cancel') {
      const { orders } = this.home;
      this.push(
        takenResponse(
          'cancel',
          orders.orderId[slot],
          nameOf(OrderStatus, orders.status[slot]),
          orders.clientOrderId(slot),
          this.pending.requestId(token),
        ),
      );
    }
    this.pending.release(token);
  }

  refused(token: number, orderId: number, code: number): void {
    const action = this.pending.action(token);
    this.home.counters.refusals++;
    this.push(
      orderResponse({
        action,
        orderId: orderId === 0 ? this.pending.orderId(token) : orderId,
        status: action === 'submit' ? 'Rejected' : null,
        clientOrderId: this.pending.clientOrderId(token),
        code,
        details: this.home.detailsOf(code),
        requestId: this.pending.requestId(token),
      }),
    );
    this.pending.release(token);
  }

  /** Sends what the client will take, and closes the connection of one that lets too much wait. */
  flush(): void {
    if (this.ended || (this.sentCount === this.outbox.length && this.out === undefined && this.market.isEmpty)) return;
    this.socket.cork(this.sendAll);
    this.checkBounds();
  }

  /** The client has taken some of what was held back. */
  drained(): void {
    if (this.ended) return;
    this.isHeldBack = this.socket.getBufferedAmount() > 0;
    this.drainedMs = this.home.nowMs();
    this.flush();
  }

  /** Whether the client has taken nothing for too long although something waits. */
  isStuck(nowMs: number): boolean {
    return this.isHeldBack && this.waitingCount > 0 && nowMs - this.drainedMs >= DRAIN_MS_MAX;
  }

  ping(): void {
    if (!this.ended) this.socket.ping();
  }

  close(code: CloseCode): void {
    if (this.ended) return;
    this.end();
    this.home.remove(this);
    this.socket.end(code, CLOSE_REASONS[code]);
  }

  /** The connection is gone, whoever ended it: the socket must not be touched from now on. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.outbox = [];
    this.sentCount = 0;
    if (this.out !== undefined) this.giveBack(this.out);
    this.subscriptions.clear();
  }

  private readonly sendAll = (): void => {
    if (this.out !== undefined) this.sendFrames(this.out);
    while (this.sentCount < this.outbox.length && this.hasRoom(PRIVATE_HELD_BYTES_MAX)) this.send(this.outbox[this.sentCount++]);
    if (this.sentCount < this.outbox.length) return;
    this.outbox = [];
    this.sentCount = 0;
    if (!this.market.isEmpty) this.sendMarket();
  };

  /** All frames that have gathered, as one message. */
  private sendFrames(out: FrameBuffer): void {
    if (!this.hasRoom(PRIVATE_HELD_BYTES_MAX)) return;
    this.send(out.message(), true);
    this.giveBack(out);
  }

  private giveBack(out: FrameBuffer): void {
    this.out = undefined;
    out.clear();
    if (out.bytes.length <= KEPT_BYTES_MAX) this.home.buffers.push(out);
  }

  private sendMarket(): void {
    if (this.market.resyncDue && this.hasRoom(MARKET_HELD_BYTES_MAX)) {
      this.market.resyncDue = false;
      this.sendResync();
    }
    this.sendBatches();
    if (!this.hasRoom(MARKET_HELD_BYTES_MAX)) return;
    for (const instrument of this.market.takeUnasked()) this.askPicture(instrument);
  }

  /** Ahead of the market data that goes on. */
  private sendResync(): void {
    if (this.isBinary) {
      const notice = new FrameBuffer(SYSTEM_NOTICE_BYTES);
      addSystemNotice(notice, NoticeEvent.MARKET_RESYNC, 0);
      this.send(notice.message(), true);
      return;
    }
    this.send(systemMessage('resync', 'Market events were given up because they were not taken: trades are missing, books follow anew.'));
  }

  private sendBatches(): void {
    while (this.hasRoom(MARKET_HELD_BYTES_MAX)) {
      const batch = this.market.take();
      if (batch === undefined) return;
      this.send(batch.frame, batch.isBinary);
    }
  }

  /** A picture in place of the book events that were given up. */
  private askPicture(instrument: number): void {
    if (!this.subscriptions.includes(instrument, Channel.orderbook)) this.market.forget(instrument);
    else this.home.feed.askPicture(this, instrument, this.subscriptions.depthOf(instrument));
  }

  private hasRoom(heldBytesMax: number): boolean {
    return !this.isHeldBack || this.socket.getBufferedAmount() < heldBytesMax;
  }

  private send(message: string | Uint8Array, isBinary = false): void {
    this.noteSent(this.socket.send(message, isBinary));
  }

  private noteSent(result: number): void {
    this.home.counters.messagesOut++;
    if (result === 1) return;
    if (result === 2) this.isOverrun = true;
    if (!this.isHeldBack) this.drainedMs = this.home.nowMs();
    this.isHeldBack = true;
  }

  private checkBounds(): void {
    if (this.isOverrun || this.outbox.length - this.sentCount + (this.out?.count ?? 0) > PRIVATE_WAITING_MAX) {
      this.close(CloseCode.slowConsumer);
      return;
    }
    if (this.market.isEmpty) this.market.caughtUp();
    else this.market.trim();
    const { sent, conflated } = this.home.marketEvents;
    sent.count += this.market.sentCount - this.marketSentCount;
    this.marketSentCount = this.market.sentCount;
    conflated.count += this.market.conflatedCount - this.conflatedCount;
    this.conflatedCount = this.market.conflatedCount;
    if (this.market.isHopeless) this.close(CloseCode.slowConsumer);
  }
}
