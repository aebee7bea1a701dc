/**
 * The binary protocol of `/ws` (schemas/session.fbs): requests are promises matched by their number, reports and states go
 * to listeners. What is requested in one turn of the event loop goes out as one message.
 */
import { FrameBuffer } from '../wire/frame-buffer.js';
import { BINARY_SUBPROTOCOL, BOTH_SIDES, SessionKind, USUAL_TIME_CONDITION } from '../wire/session-layout.js';
import {
  addAmend,
  addCancel,
  addInstruments,
  addLogin,
  addMassCancel,
  addPing,
  addSubmit,
  addSubscribe,
  addUnsubscribe,
  type ResumePoint,
  type SubmitFields,
} from '../wire/session-requests.js';
import { ApiError } from './api-error.js';
import type { Close } from './json-client.js';
import { marketDataOf, type MarketData } from './market-reader.js';
import { framesOf, type SessionFrame } from './session-reader.js';
import type { OpenTransport, Transport } from './transport.js';

const ANSWER_MS_MAX = 10_000;

export interface LoginOptions {
  /** The last report of each account that was seen: those behind it are sent first. */
  resume?: readonly ResumePoint[];
  /** When the connection ends, the working orders entered on it are cancelled. */
  cancelOnDisconnect?: boolean;
}

export interface MarketTerms {
  /** Bars and factors of these only, as bits of the schema; left out: as before, all at first. */
  periods?: number;
  /** Levels of the book, 1 to 20; left out: as before, 5 at first. */
  depth?: number;
}

/** A limit order for the day unless more is said. Prices in 1/10000. */
export type OrderFields = Pick<SubmitFields, 'account' | 'instrument' | 'side' | 'volume' | 'price'> & Partial<SubmitFields>;

const USUAL = {
  minVolume: 0,
  gtdDate: 0,
  maxSlippageTicks: 0,
  offset: 0,
  priceType: 0,
  timeCondition: USUAL_TIME_CONDITION,
  volumeCondition: 0,
  selfTradeMode: 0,
  residual: 0,
  postOnly: 0,
  clientOrderId: '',
};

interface Pending {
  readonly frames: SessionFrame[];
  readonly resolve: (frames: SessionFrame[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class BinaryClient {
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Close>;

  private readonly transport: Transport;
  private readonly opened: Promise<void>;
  private readonly out = new FrameBuffer();
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(frame: SessionFrame) => void>();
  private readonly marketListeners = new Set<(data: MarketData) => void>();
  private requestCount = 0;
  private flushDue = false;
  private ended: Close | undefined;

  constructor(url: string, open: OpenTransport) {
    let opened!: () => void;
    let refused!: (error: Error) => void;
    let ended!: (close: Close) => void;
    this.opened = new Promise((resolve, reject) => {
      opened = resolve;
      refused = reject;
    });
    // Whoever does not wait for the opening learns of a failure from `closed`.
    this.opened.catch(() => undefined);
    this.closed = new Promise((resolve) => (ended = resolve));
    this.transport = open(
      url,
      {
        opened,
        message: () => undefined,
        binary: (bytes) => {
          for (const frame of framesOf(bytes)) this.receive(frame);
          if (this.marketListeners.size > 0) this.tellMarket(bytes);
        },
        closed: (code, reason) => {
          this.ended = { code, reason };
          const error = new Error(`the connection to ${url} is closed (${code}${reason === '' ? '' : `, ${reason}`})`);
          refused(error);
          for (const { reject, timer } of this.pending.values()) {
            clearTimeout(timer);
            reject(error);
          }
          this.pending.clear();
          ended(this.ended);
        },
      },
      BINARY_SUBPROTOCOL,
    );
  }

  /** Resolves when requests can be sent; rejects when the exchange cannot be reached. */
  async ready(): Promise<void> {
    await this.opened;
  }

  /** The LoginAnswer. Reports and states follow to the listeners. Rejects with `ApiError`, as all requests do. */
  async login(token: string, { resume = [], cancelOnDisconnect = false }: LoginOptions = {}): Promise<SessionFrame> {
    return await this.request((request) => addLogin(this.out, request, token, resume, cancelOnDisconnect));
  }

  /** Resolves with the OrderAnswer when the order is in the log. */
  async submit(order: OrderFields): Promise<SessionFrame> {
    return await this.request((request) => addSubmit(this.out, request, { ...USUAL, ...order }));
  }

  async cancel(account: number, orderId: number): Promise<SessionFrame> {
    return await this.request((request) => addCancel(this.out, request, account, orderId));
  }

  async cancelByClientId(account: number, clientOrderId: string): Promise<SessionFrame> {
    return await this.request((request) => addCancel(this.out, request, account, 0, clientOrderId));
  }

  /** 0 keeps price (1/10000) or total volume. */
  async amend(account: number, orderId: number, newPrice: number, newVolume: number): Promise<SessionFrame> {
    return await this.request((request) => addAmend(this.out, request, account, orderId, newPrice, newVolume));
  }

  /** Of one instrument, or for 0 of all. */
  async massCancel(account: number, instrument = 0, side = BOTH_SIDES): Promise<SessionFrame> {
    return await this.request((request) => addMassCancel(this.out, request, account, instrument, side));
  }

  async ping(): Promise<SessionFrame> {
    return await this.request((request) => addPing(this.out, request, Date.now() * 1000));
  }

  /** All listed instruments: their numbers are what orders name. */
  async instruments(): Promise<SessionFrame[]> {
    return await this.requestAll((request) => addInstruments(this.out, request));
  }

  /** `channels` are bits of `Channel`; no instruments: all. The SubscribeAnswer; market data follows to `onMarket`. */
  async subscribe(channels: number, instruments: readonly number[], { periods = 0, depth = 0 }: MarketTerms = {}): Promise<SessionFrame> {
    return await this.request((request) => addSubscribe(this.out, request, channels, instruments, periods, depth));
  }

  /** No instruments: all of the channels. */
  async unsubscribe(channels: number, instruments: readonly number[]): Promise<SessionFrame> {
    return await this.request((request) => addUnsubscribe(this.out, request, channels, instruments));
  }

  /** Calls `listener` for all market data. Gives a function that ends it. */
  onMarket(listener: (data: MarketData) => void): () => void {
    this.marketListeners.add(listener);
    return () => this.marketListeners.delete(listener);
  }

  /** Calls `listener` for every frame that is no direct answer and no market data. Gives a function that ends it. */
  on(listener: (frame: SessionFrame) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Ends the connection and resolves when it is gone. */
  async close(): Promise<Close> {
    this.transport.close(1000);
    return await this.closed;
  }

  private async request(add: (request: number) => void): Promise<SessionFrame> {
    return (await this.requestAll(add))[0];
  }

  private async requestAll(add: (request: number) => void): Promise<SessionFrame[]> {
    if (this.ended !== undefined) throw new Error(`the connection is closed (${this.ended.code})`);
    const request = ++this.requestCount;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(request);
        reject(new Error(`no answer within ${ANSWER_MS_MAX} ms`));
      }, ANSWER_MS_MAX);
      this.pending.set(request, { frames: [], resolve, reject, timer });
      add(request);
      this.flushLater();
    });
  }

  private flushLater(): void {
    if (this.flushDue) return;
    this.flushDue = true;
    queueMicrotask(() => {
      this.flushDue = false;
      if (this.ended === undefined) this.transport.send(this.out.message());
      this.out.clear();
    });
  }

  private tellMarket(message: Uint8Array): void {
    for (const data of marketDataOf(message)) for (const listener of this.marketListeners) listener(data);
  }

  private receive(frame: SessionFrame): void {
    const pending = frame.request === 0 ? undefined : this.pending.get(frame.request);
    if (pending === undefined) {
      for (const listener of this.listeners) listener(frame);
      return;
    }
    pending.frames.push(frame);
    if (frame.kind === SessionKind.INSTRUMENT && frame['remaining'] !== 0) return;
    this.pending.delete(frame.request);
    clearTimeout(pending.timer);
    const code = Number(frame['code'] ?? 0);
    if (code === 0) pending.resolve(pending.frames);
    else pending.reject(new ApiError(code, `refused with ${code}`));
  }
}
