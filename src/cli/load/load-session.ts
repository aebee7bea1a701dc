/** One connection of the generator: sends requests, matches the answers, and keeps the order mix informed. */
import type { Histogram } from 'hdr-histogram-js';
import { AnswerKind, kindOf, numberField, textField } from './answer.js';
import type { Comeback, KeptRequest } from './comeback.js';
import { FrameSocket, type FrameHandlers } from './frame-socket.js';
import { RequestKind, type OrderMix } from './order-mix.js';

/** Requests of one connection that may be unanswered at once; beyond it the oldest count as unanswered. A power of two. */
const REQUESTS_MAX = 1 << 16;
/** Kind of a request that is answered. */
export const ANSWERED = 0;
/** The histogram's limit in µs: later answers are put there. */
export const LATENCY_US_MAX = 600_000_000;
const AUTH_MS_MAX = 30_000;
/** A connection that was cut tries to come back for so long, with pauses between its attempts. */
const COMEBACK_MS_MAX = 30_000;
const COMEBACK_PAUSE_MS = 20;
/** The exchange's code for the cancel of an order that works no more. */
const NOT_LIVE = 3002;

/** Sums over all connections of a run. */
export interface LoadCounts {
  sent: number;
  acked: number;
  ordersSent: number;
  ordersAcked: number;
  cancelsAcked: number;
  /** Orders that traded at least once, of those acknowledged. */
  ordersTraded: number;
  rejected: Map<number, number>;
  unanswered: number;
  duplicate: number;
}

/** Told what the exchange has told; nothing is called when left out. */
export interface SessionHooks {
  /** An order is acknowledged; `clientOrderId` is empty when orders carry none. */
  orderAcked?: (orderId: string, clientOrderId: string) => void;
  /** The cancel of an order is acknowledged. */
  cancelAcked?: (orderId: string) => void;
  /** One side of a trade is reported. */
  traded?: (tradeId: string, orderId: string) => void;
}

export interface SessionParts {
  readonly mix: OrderMix;
  readonly counts: LoadCounts;
  readonly latencyUs: Histogram;
  readonly hooks?: SessionHooks | undefined;
  /** Of a connection that is going to be cut. */
  readonly comeback?: Comeback | undefined;
}

export class LoadSession {
  /** Requests without an answer yet. */
  outstanding = 0;
  closed = false;
  closeCode = 0;
  /** Called when a read is through; the run sends more then. */
  onReadDone: () => void = () => undefined;

  protected socket!: FrameSocket;
  protected readonly mix: OrderMix;
  protected readonly counts: LoadCounts;
  protected readonly hooks: SessionHooks;
  protected readonly comeback: Comeback | undefined;
  private readonly latencyUs: Histogram;
  private url = '';
  private token: string | undefined;
  /** Counts the sockets: what a former one still says is not listened to. */
  private socketCount = 0;
  private isOver = false;
  private requestNumber = 0;
  /** By number modulo the size: when the request should have gone out (ms), what it is, and whose. */
  private readonly intendedMs = new Float64Array(REQUESTS_MAX);
  protected readonly kinds = new Uint8Array(REQUESTS_MAX);
  private readonly accounts = new Uint8Array(REQUESTS_MAX);
  protected authenticated: ((answer: string) => void) | undefined;

  constructor({ mix, counts, latencyUs, hooks, comeback }: SessionParts) {
    this.mix = mix;
    this.counts = counts;
    this.latencyUs = latencyUs;
    this.hooks = hooks ?? {};
    this.comeback = comeback;
  }

  /** Nothing is waited for: no answer, and no return after a cut. */
  get isSettled(): boolean {
    return this.closed || (this.outstanding === 0 && this.comeback?.isTrading !== false);
  }

  /** Connects and, with a token, authenticates. */
  async open(url: string, token: string | undefined): Promise<void> {
    this.url = url;
    this.token = token;
    await this.enter(url, token);
  }

  protected async enter(url: string, token: string | undefined): Promise<void> {
    await this.connect(url);
    if (token === undefined) return;
    const points = this.comeback?.resumePoints();
    const resume = points === undefined ? '' : `,"last_seq":${JSON.stringify(Object.fromEntries(points))}`;
    await this.answered(() => {
      this.socket.queueText(`{"type":"auth","token":"${token}"${resume}}`);
      this.socket.flush();
    });
  }

  protected async connect(url: string, protocol?: string): Promise<void> {
    const count = ++this.socketCount;
    const handlers: FrameHandlers = {
      text: (bytes, start, end) => this.receive(bytes, start, end),
      binary: (bytes, start, end) => this.receiveFrames(bytes, start, end),
      readDone: () => this.onReadDone(),
      closed: (code) => {
        if (count !== this.socketCount) return;
        if (this.comeback?.isAway !== true) this.end(code);
        this.authenticated?.(`the connection was closed with ${code}`);
        this.onReadDone();
      },
    };
    this.socket = await FrameSocket.connect(url, handlers, protocol);
  }

  private end(code: number): void {
    this.closed = true;
    this.closeCode = code;
  }

  /** Loses the connection without a word, and begins to come back. */
  cut(): void {
    const { comeback } = this;
    if (comeback === undefined || comeback.isAway || this.closed) return;
    comeback.leave(this.requestNumber);
    this.leaveSocket();
    void this.comeBack(comeback);
  }

  private leaveSocket(): void {
    this.socketCount++;
    this.socket.destroy();
  }

  private async comeBack(comeback: Comeback): Promise<void> {
    const endMs = performance.now() + COMEBACK_MS_MAX;
    while (!(await this.isLetIn())) {
      this.leaveSocket();
      if (this.isOver || performance.now() > endMs) {
        this.end(1006);
        this.onReadDone();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, COMEBACK_PAUSE_MS));
    }
    const isOrder = (number: number): boolean => this.kinds[number & (REQUESTS_MAX - 1)] !== RequestKind.Cancel;
    for (const request of comeback.comeIn(isOrder)) this.queue(request);
    this.flush();
    if (this.isOver) this.socket.close();
    this.onReadDone();
  }

  private async isLetIn(): Promise<boolean> {
    try {
      await this.enter(this.url, this.token);
      return true;
    } catch {
      // not there, or it counts the lost connection still: tried again until the time is over
      return false;
    }
  }

  /** Asks to be let in, and waits until `authenticated` is told '' for yes or why not. */
  protected async answered(ask: () => void): Promise<void> {
    const answer = await new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve('no answer'), AUTH_MS_MAX);
      this.authenticated = (text) => {
        clearTimeout(timer);
        resolve(text);
      };
      ask();
    });
    this.authenticated = undefined;
    if (answer !== '') throw new Error(`the exchange refused to authenticate a connection: ${answer}`);
  }

  /** Builds and queues one request; `intendedMs` is when it was due, on the clock of `performance.now()`. */
  send(intendedMs: number): void {
    const number = ++this.requestNumber;
    const slot = number & (REQUESTS_MAX - 1);
    if (this.kinds[slot] !== ANSWERED) {
      this.counts.unanswered++;
      this.outstanding--;
      this.comeback?.settle(number - REQUESTS_MAX);
    }
    this.write(number);
    this.intendedMs[slot] = intendedMs;
    this.kinds[slot] = this.mix.kind;
    this.accounts[slot] = this.mix.account;
    this.outstanding++;
    this.counts.sent++;
    if (this.mix.kind !== RequestKind.Cancel) this.counts.ordersSent++;
  }

  flush(): void {
    if (this.comeback?.isAway !== true) this.socket.flush();
  }

  /** Says goodbye; whatever is still outstanding stays unanswered. */
  close(): void {
    this.onReadDone = () => undefined;
    this.isOver = true;
    if (!this.closed) this.socket.close();
  }

  /** Queues the next request of the mix. */
  protected write(number: number): void {
    const text = this.mix.next(number);
    this.comeback?.keep(number, text);
    if (this.comeback?.isAway !== true) this.socket.queueText(text);
  }

  /** Queues a request as it was kept. */
  protected queue(request: KeptRequest): void {
    this.socket.queueText(request as string);
  }

  /** One binary message lies in `bytes` from `start` to `end`. */
  protected receiveFrames(_bytes: Buffer, _start: number, _end: number): void {
    throw new Error('the exchange sent a binary message over a connection that speaks JSON');
  }

  private receive(bytes: Buffer, start: number, end: number): void {
    const kind = kindOf(bytes, start, end);
    if (this.comeback !== undefined) this.keepCount(this.comeback, kind, bytes.toString('latin1', start, end));
    if (kind === AnswerKind.Other) {
      if (this.authenticated !== undefined) this.receiveAuth(bytes.toString('latin1', start, end));
    } else if (kind === AnswerKind.OrderResponse) {
      this.receiveResponse(bytes.toString('latin1', start, end));
    } else if (kind === AnswerKind.OrderStatus) {
      this.receiveStatus(bytes.toString('latin1', start, end));
    } else if (kind === AnswerKind.Echo) {
      this.receiveEcho(bytes.toString('latin1', start, end));
    } else if (kind === AnswerKind.Trade) {
      if (this.hooks.traded !== undefined) this.receiveTrade(bytes.toString('latin1', start, end), this.hooks.traded);
    } else if (kind === AnswerKind.Error) {
      this.receiveError(bytes.toString('latin1', start, end));
    }
  }

  /** Follows the numbers of the reports. */
  private keepCount(comeback: Comeback, kind: AnswerKind, text: string): void {
    const isFund = kind === AnswerKind.Other && text.startsWith('{"type":"transaction"');
    const account = textField(text, '"account_id":"');
    const number = numberField(text, '"report_seq":');
    if (kind === AnswerKind.OrderStatus || kind === AnswerKind.Trade || isFund) comeback.report(account, number);
    else if (kind !== AnswerKind.Other) return;
    else if (text.startsWith('{"type":"account_update"')) comeback.state(account, number);
    else if (text.startsWith('{"type":"system"') && text.includes('"resync"')) comeback.startOver(/ACC_\d+/.exec(text)?.[0] ?? '');
  }

  private receiveAuth(text: string): void {
    if (!text.includes('"auth_response"')) return;
    this.authenticated!(text.includes('"success":true') ? '' : text);
  }

  private receiveResponse(text: string): void {
    const number = numberField(text, '"request_id":"');
    const slot = this.answer(number);
    if (slot < 0) return;
    const kind = this.kinds[slot];
    this.kinds[slot] = ANSWERED;
    if (!text.includes('"success":true')) {
      this.refuse(kind, number, numberField(text, '"error_code":'));
      return;
    }
    this.acknowledge(slot, kind, number, textField(text, '"order_id":"'));
  }

  /** An echo server acknowledges everything; the order gets a made-up id of the usual width, so that cancels are as long. */
  private receiveEcho(text: string): void {
    const number = numberField(text, '"request_id":"');
    const slot = this.answer(number);
    if (slot < 0) return;
    const kind = this.kinds[slot];
    this.kinds[slot] = ANSWERED;
    this.acknowledge(slot, kind, number, `O${String(number).padStart(16, '0')}`);
  }

  protected acknowledge(slot: number, kind: number, requestNumber: number, orderId: string | number): void {
    this.counts.acked++;
    if (kind === RequestKind.Cancel) {
      this.counts.cancelsAcked++;
      this.hooks.cancelAcked?.(nameOf(orderId));
      return;
    }
    this.counts.ordersAcked++;
    if (kind === RequestKind.SubmitDeep) this.mix.rests(this.accounts[slot], orderId);
    this.hooks.orderAcked?.(nameOf(orderId), this.mix.clientOrderId(requestNumber));
  }

  private receiveTrade(text: string, traded: (tradeId: string, orderId: string) => void): void {
    traded(textField(text, '"trade_id":"'), textField(text, '"order_id":"'));
  }

  private receiveError(text: string): void {
    if (this.authenticated !== undefined) {
      this.authenticated(text);
      return;
    }
    const number = numberField(text, '"request_id":"');
    const slot = this.answer(number);
    if (slot < 0) return;
    const kind = this.kinds[slot];
    this.kinds[slot] = ANSWERED;
    this.refuse(kind, number, numberField(text, '"code":'));
  }

  protected refuse(kind: number, requestNumber: number, code: number): void {
    if (code === NOT_LIVE && kind === RequestKind.Cancel && this.comeback?.findsDone(requestNumber) === true) {
      this.counts.acked++;
      this.counts.cancelsAcked++;
      return;
    }
    this.counts.rejected.set(code, (this.counts.rejected.get(code) ?? 0) + 1);
  }

  /** Records the latency of a request and gives its slot; -1 for an answer that answers nothing. */
  protected answer(number: number): number {
    const slot = number & (REQUESTS_MAX - 1);
    if (number === 0 || number > this.requestNumber || number <= this.requestNumber - REQUESTS_MAX || this.kinds[slot] === ANSWERED) {
      this.counts.duplicate++;
      return -1;
    }
    const us = Math.round((performance.now() - this.intendedMs[slot]) * 1000);
    this.latencyUs.recordValue(Math.min(Math.max(us, 1), LATENCY_US_MAX));
    this.outstanding--;
    this.comeback?.settle(number);
    return slot;
  }

  /** Keeps the holdings: fills of opening orders, and the rest of closing orders that ended unfilled. */
  private receiveStatus(text: string): void {
    const status = textField(text, '"status":"');
    const fills = status === 'PartiallyFilled' || status === 'Filled';
    if (!fills && status !== 'Cancelled') return;
    const opens = textField(text, '"offset":"') === 'OPEN';
    const filled = numberField(text, '"filled_volume":');
    const lots = fills ? numberField(text, '"last_fill_volume":') : numberField(text, '"volume":') - filled;
    if (fills && filled === lots) this.counts.ordersTraded++;
    if (opens !== fills) return;
    const buys = textField(text, '"direction":"') === 'BUY';
    const account = textField(text, '"account_id":"');
    const instrument = textField(text, '"instrument_id":"');
    if (fills) this.mix.opened(account, instrument, buys, lots);
    else this.mix.notClosed(account, instrument, buys, lots);
  }
}

/** An order's id as the interfaces write it. */
export function nameOf(orderId: string | number): string {
  return typeof orderId === 'string' ? orderId : `O${String(orderId).padStart(16, '0')}`;
}
