/** One connection of the generator: sends requests, matches the answers, and keeps the order mix informed. */
import type { Histogram } from 'hdr-histogram-js';
import { AnswerKind, kindOf, numberField, textField } from './answer.js';
import { FrameSocket, type FrameHandlers } from './frame-socket.js';
import { RequestKind, type OrderMix } from './order-mix.js';

/** Requests of one connection that may be unanswered at once; beyond it the oldest count as unanswered. A power of two. */
const REQUESTS_MAX = 1 << 16;
/** Kind of a request that is answered. */
export const ANSWERED = 0;
/** The histogram's limit in µs: later answers are put there. */
export const LATENCY_US_MAX = 600_000_000;
const AUTH_MS_MAX = 30_000;

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

export class LoadSession {
  /** Requests without an answer yet. */
  outstanding = 0;
  closed = false;
  closeCode = 0;
  /** Called when a read is through; the run sends more then. */
  onReadDone: () => void = () => undefined;

  protected socket!: FrameSocket;
  private requestNumber = 0;
  /** By number modulo the size: when the request should have gone out (ms), what it is, and whose. */
  private readonly intendedMs = new Float64Array(REQUESTS_MAX);
  protected readonly kinds = new Uint8Array(REQUESTS_MAX);
  private readonly accounts = new Uint8Array(REQUESTS_MAX);
  protected authenticated: ((answer: string) => void) | undefined;

  constructor(
    protected readonly mix: OrderMix,
    protected readonly counts: LoadCounts,
    private readonly latencyUs: Histogram,
    protected readonly hooks: SessionHooks = {},
  ) {}

  /** Connects and, with a token, authenticates. */
  async open(url: string, token: string | undefined): Promise<void> {
    await this.connect(url);
    if (token === undefined) return;
    await this.answered(() => {
      this.socket.queueText(`{"type":"auth","token":"${token}"}`);
      this.socket.flush();
    });
  }

  protected async connect(url: string, protocol?: string): Promise<void> {
    const handlers: FrameHandlers = {
      text: (bytes, start, end) => this.receive(bytes, start, end),
      binary: (bytes, start, end) => this.receiveFrames(bytes, start, end),
      readDone: () => this.onReadDone(),
      closed: (code) => {
        this.closed = true;
        this.closeCode = code;
        this.authenticated?.(`the connection was closed with ${code}`);
        this.onReadDone();
      },
    };
    this.socket = await FrameSocket.connect(url, handlers, protocol);
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
    this.socket.flush();
  }

  /** Says goodbye; whatever is still outstanding stays unanswered. */
  close(): void {
    this.onReadDone = () => undefined;
    if (!this.closed) this.socket.close();
  }

  /** Queues the next request of the mix. */
  protected write(number: number): void {
    this.socket.queueText(this.mix.next(number));
  }

  /** One binary message lies in `bytes` from `start` to `end`. */
  protected receiveFrames(_bytes: Buffer, _start: number, _end: number): void {
    throw new Error('the exchange sent a binary message over a connection that speaks JSON');
  }

  private receive(bytes: Buffer, start: number, end: number): void {
    const kind = kindOf(bytes, start, end);
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
      this.reject(numberField(text, '"error_code":'));
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
    const slot = this.answer(numberField(text, '"request_id":"'));
    if (slot < 0) return;
    this.kinds[slot] = ANSWERED;
    this.reject(numberField(text, '"code":'));
  }

  protected reject(code: number): void {
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
