/** Sessions with sockets of our own over the real circle of an order: what `/ws` says, without a network. */
import { FrameKind } from '../../../src/core/events.js';
import { HistoryFold, orderRecordOf } from '../../../src/core/history.js';
import { Refusal } from '../../../src/core/refusal.js';
import type { Caller } from '../../../src/front/caller.js';
import { HotMessages } from '../../../src/front/decode/hot-messages.js';
import { OrderRequest } from '../../../src/front/gateway/order-request.js';
import { accountId, userId } from '../../../src/front/views/ids.js';
import type { ClientSocket } from '../../../src/front/websocket/client-socket.js';
import { Heartbeat } from '../../../src/front/websocket/heartbeat.js';
import type { Cancel } from '../../../src/front/websocket/orphaned-orders.js';
import { Resumption } from '../../../src/front/websocket/resumption.js';
import { ReportLog } from '../../../src/front/report-log.js';
import { ReportFold } from '../../../src/storage/report-fold.js';
import type { ReportStore } from '../../../src/storage/report-store.js';
import { WebsocketHub } from '../../../src/front/websocket/hub.js';
import type { MessageBudget } from '../../../src/front/websocket/inbound-limit.js';
import type { MessageContext } from '../../../src/front/websocket/messages/context.js';
import { handleFrame } from '../../../src/front/websocket/messages/router.js';
import type { Session } from '../../../src/front/websocket/session.js';
import { Streams } from '../../../src/front/websocket/streams.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { OneThreadMarket } from '../../support/one-thread-market.js';

/** Any message of the server. */
export type Message = Record<string, unknown> & { type: string };

/** Records what is sent; can be told to stop taking it. */
export class FakeSocket implements ClientSocket {
  readonly frames: string[] = [];
  /** Binary messages. */
  readonly binary: Uint8Array[] = [];
  pings = 0;
  closed: { code: number; reason: string } | undefined;
  /** The peer takes nothing: frames are held back. */
  isBlocked = false;
  heldBytes = 0;
  onEnd: () => void = () => undefined;

  send(message: string | Uint8Array, isBinary = false): number {
    if (this.closed !== undefined) throw new Error('sent on a closed socket');
    if (isBinary) return this.sendBinary(message as Uint8Array);
    const text = typeof message === 'string' ? message : Buffer.from(message).toString('utf8');
    this.frames.push(text);
    if (this.isBlocked) this.heldBytes += text.length;
    return this.isBlocked ? 0 : 1;
  }

  private sendBinary(message: Uint8Array): number {
    this.binary.push(Uint8Array.from(message));
    if (this.isBlocked) this.heldBytes += message.length;
    return this.isBlocked ? 0 : 1;
  }

  getBufferedAmount(): number {
    if (this.closed !== undefined) throw new Error('asked a closed socket');
    return this.heldBytes;
  }

  end(code: number, reason: string): void {
    if (this.closed !== undefined) throw new Error('closed twice');
    this.closed = { code, reason };
    this.onEnd();
  }

  ping(): number {
    this.pings++;
    return 1;
  }

  cork(write: () => void): void {
    write();
  }
}

export class FakeClient {
  private read = 0;

  constructor(
    private readonly floor: Floor,
    readonly socket: FakeSocket,
    readonly session: Session,
  ) {}

  /** Sends a frame as it is. */
  raw(text: string, isBinary = false): void {
    const bytes = Buffer.from(text);
    const copy = new ArrayBuffer(bytes.length);
    new Uint8Array(copy).set(bytes);
    handleFrame(this.floor.context, this.session, copy, isBinary);
  }

  send(message: Record<string, unknown>): void {
    this.raw(JSON.stringify(message));
  }

  /** Sends, lets the exchange work, and gives what has come since the last look. */
  ask(message: Record<string, unknown>): Message[] {
    this.send(message);
    this.floor.turn();
    return this.take();
  }

  /** The messages that came since the last look, batches unfolded. */
  take(): Message[] {
    const fresh = this.socket.frames.slice(this.read);
    this.read = this.socket.frames.length;
    return fresh.flatMap((frame) => JSON.parse(frame) as Message | Message[]);
  }

  /** As `take`, but of one type. */
  takeOf(type: string): Message[] {
    return this.take().filter((message) => message.type === type);
  }

  auth(user: number, fields: Record<string, unknown> = {}): Message {
    return this.ask({ type: 'auth', token: `token of ${user}`, ...fields })[0];
  }
}

export interface FloorOptions {
  sessionsPerUserMax?: number;
  budget?: MessageBudget;
  /** Where reports that left memory are; none are without one. */
  reportStore?: Pick<ReportStore, 'pages'>;
}

const NO_REPORTS: Pick<ReportStore, 'pages'> = { async *pages() {} };

export class Floor {
  readonly circle = new OneThreadCircle();
  readonly state = this.circle.state;
  readonly market = new OneThreadMarket(this.circle.journal);
  readonly history = new HistoryFold(this.state);
  readonly reports = new ReportFold(this.state);
  readonly reportLog: ReportLog;
  /** Reports up to this event have left memory with `reportLog.dropStored`. */
  watermark = 0;
  readonly hub: WebsocketHub;
  readonly heartbeat: Heartbeat;
  readonly context: MessageContext;
  readonly streams: Streams;
  nowMs = 1000;
  wallMs = 1_767_571_200_000;
  /** Tokens of `token of N` expire then, in seconds. */
  expiresAt = 1_767_571_200 + 86_400;
  readonly errors: unknown[] = [];

  constructor({ sessionsPerUserMax = Infinity, budget = { take: () => 0 }, reportStore = NO_REPORTS }: FloorOptions = {}) {
    const { state, circle } = this;
    state.observe(this.history);
    const cancel: Cancel = (...command) => circle.gateway.cancel(...command);
    this.hub = new WebsocketHub({ orders: state.orders, budget, sessionsPerUserMax, nowMs: () => this.nowMs, cancel });
    state.observe(this.reports);
    this.streams = new Streams(this.hub, state, this.market, this.reports);
    const watermark = (): number => this.watermark;
    this.reportLog = new ReportLog(this.reports, reportStore, watermark);
    // the clock of the market worker
    setInterval(() => {
      this.market.engine.showBooks();
      this.followMarket();
    }, 500).unref();
    this.heartbeat = new Heartbeat(this.hub, { heartbeatMs: 5000, timeoutMs: 10_000, wallMs: () => this.wallMs });
    const findOrder = (orderId: number) => {
      const slot = state.orders.find(orderId);
      return slot === -1 ? this.history.findOrder(orderId) : orderRecordOf(state, slot);
    };
    this.context = {
      exchange: {
        state,
        gateway: circle.gateway,
        origins: circle.origins,
        users: { authenticate: (token) => this.authenticate(token) },
        history: { findOrder },
        log: { error: (problem: unknown) => void this.errors.push(problem) } as MessageContext['exchange']['log'],
        whyNotLive: async (account, orderId) => {
          const order = findOrder(orderId);
          if (order === undefined) return 3001;
          return order.account === account ? 3002 : 9006;
        },
      },
      hub: this.hub,
      resumption: new Resumption({
        state,
        reports: this.reportLog,
        history: {
          findOrder,
          document: async (table, account, id) =>
            this.history.documents.find((each) => each.table === table && each.account === account && each.id === id)?.record as never,
        },
        log: { error: (problem: unknown) => void this.errors.push(problem) },
      }),
      wallMs: () => this.wallMs,
      order: new OrderRequest(),
      hot: new HotMessages(state),
    };
  }

  /** An instrument with multiplier 10 and tick 1 around 100. */
  list(instrumentId = 'SIM.x'): number {
    return this.circle.list({ instrumentId, multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  }

  connect(userHint = ''): FakeClient {
    const socket = new FakeSocket();
    const session = this.hub.open(socket, userHint);
    socket.onEnd = () => {
      this.hub.remove(session);
    };
    return new FakeClient(this, socket, session);
  }

  /** A user with one funded account, logged in on a fresh connection. */
  trader(deposit = 1_000_000): { client: FakeClient; account: number; accountId: string; user: number } {
    const account = this.circle.trader(deposit);
    const user = this.state.accounts.user[account];
    const client = this.connect();
    client.auth(user);
    return { client, account, accountId: accountId(account), user };
  }

  /** Everything under way comes back, as one loop turn. */
  turn(): void {
    this.circle.settle();
    this.streams.afterTurn();
    this.followMarket();
  }

  /** What the market worker does meanwhile. */
  followMarket(): void {
    this.market.follow(this.nowMs);
    while (this.streams.take());
    this.streams.market.afterTurn();
    this.hub.flushTouched();
  }

  revoke(tokenId: string): void {
    this.circle.rare(FrameKind.TokenRevoked, { tokenId, expiresAt: this.expiresAt });
    this.streams.afterTurn();
  }

  private authenticate(token: string): Caller {
    const number = Number(/^token of (\d+)/.exec(token)?.[1] ?? 0);
    const user = this.state.users.get(number);
    if (user === undefined || this.state.revokedTokens.has(token)) throw new Refusal(9001);
    return { user, tokenId: token, expiresAt: this.expiresAt };
  }
}

export { accountId, userId };

/** Lets answers that wait for promises come. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A limit order as a client writes it. */
export function limitOrder(
  accountIdText: string,
  direction: 'BUY' | 'SELL',
  volume: number,
  price: number,
  more: Record<string, unknown> = {},
) {
  return {
    type: 'submit_order',
    account_id: accountIdText,
    instrument_id: 'SIM.x',
    direction,
    offset: 'OPEN',
    volume,
    price,
    order_type: 'LIMIT',
    ...more,
  };
}
