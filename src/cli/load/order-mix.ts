/**
 * The order flow of one connection, from a seed.
 *
 *   30 % cancels of resting orders        30 % LIMIT far from the mid: they rest until their cancel comes
 *   20 % LIMIT close to the mid           20 % LIMIT IOC through the mid: they take what rests close to it
 *
 * Makers only ever rest (bids below the mid, asks above), takers only ever take, and an account is one of both for good:
 * so no order can meet another one of its own account, whatever the timing. Takers ask for a little more than makers
 * offer, which keeps the book short. Whoever holds the opposite side closes it before opening anew, so positions follow
 * a random walk around zero instead of growing with the number of orders.
 */
import type { Random } from './random.js';

export interface LoadInstrument {
  readonly instrumentId: string;
  /** Prices as they are written, from `mid - width` ticks to `mid + width` ticks. */
  readonly prices: readonly string[];
  readonly width: number;
}

export interface MixOptions {
  readonly random: Random;
  readonly accounts: readonly string[];
  readonly instruments: readonly LoadInstrument[];
  /** Prefix of the client order ids; without it orders carry none. */
  readonly clientOrderPrefix?: string | undefined;
}

const CANCEL_SHARE = 0.3;
const DEEP_SHARE = 0.3;
const NEAR_SHARE = 0.2;
/** Cancels begin once this many orders of the connection rest, so that the far book is never empty. */
const RESTING_MIN = 8;
/** Ticks from the mid. */
const NEAR_TICKS = 5;
const TAKE_TICKS = 9;
const DEEP_TICKS_MIN = 12;
/** Ticks that prices may be away from the mid: the daily limits of every demo instrument are wider. */
export const WIDTH_TICKS = 40;
const MAKER_LOTS_MAX = 3;
const TAKER_LOTS_MAX = 4;

export const RequestKind = { Submit: 1, SubmitDeep: 2, Cancel: 3 } as const;
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind];

/** `mid` and `tick` in currency units; prices are computed in whole 1/10000. */
export function loadInstrument(instrumentId: string, mid: number, tick: number, lower: number, upper: number): LoadInstrument {
  const tickUnits = Math.round(tick * 10_000);
  const midTicks = Math.round((mid * 10_000) / tickUnits);
  const room = Math.min(Math.floor((upper * 10_000) / tickUnits) - midTicks, midTicks - Math.ceil((lower * 10_000) / tickUnits));
  const width = Math.min(WIDTH_TICKS, room);
  if (width <= DEEP_TICKS_MIN)
    throw new Error(`${instrumentId}: its daily limits leave ${room} ticks, the order mix needs ${DEEP_TICKS_MIN + 1}`);
  const prices = Array.from({ length: 2 * width + 1 }, (_, index) => String(((midTicks - width + index) * tickUnits) / 10_000));
  return { instrumentId, prices, width };
}

const BUY = 0;
const SELL = 1;
const OPEN = 0;
const CLOSE = 1;

/** The lots an account may close; orders on their way are already taken off. */
class Holding {
  long = 0;
  short = 0;
}

interface Resting {
  readonly account: number;
  readonly orderId: string | number;
}

export class OrderMix {
  /** Kind of the request that `next` built last. */
  kind: RequestKind = RequestKind.Submit;
  /** Index of the account that `next` used last. */
  account = 0;
  // the rest of the request chosen last: of an order its terms, of a cancel the order's id
  /** Index of the instrument. */
  instrument = 0;
  /** 0 buys, 1 sells. */
  direction = BUY;
  /** 0 opens, 1 closes. */
  offset = OPEN;
  lots = 0;
  /** Index of the price among those of the instrument. */
  price = 0;
  /** The order takes what it finds and does not rest. */
  isImmediate = false;
  /** As `rests` was told. */
  orderId: string | number = '';

  private readonly random: Random;
  private readonly accounts: readonly string[];
  private readonly accountIndexes: ReadonlyMap<string, number>;
  private readonly instruments: readonly LoadInstrument[];
  private readonly instrumentIndexes: ReadonlyMap<string, number>;
  private readonly clientOrderPrefix: string | undefined;
  private readonly holdings: Holding[];
  /** The constant middle of a submit: [account][instrument][direction][offset]. */
  private readonly middles: string[];
  private resting: Resting[] = [];
  private restingHead = 0;

  constructor(options: MixOptions) {
    if (options.accounts.length < 2) throw new Error('a connection needs two accounts: one that makes and one that takes');
    this.random = options.random;
    this.accounts = options.accounts;
    this.accountIndexes = new Map(options.accounts.map((id, index) => [id, index]));
    this.instruments = options.instruments;
    this.instrumentIndexes = new Map(options.instruments.map(({ instrumentId }, index) => [instrumentId, index]));
    this.clientOrderPrefix = options.clientOrderPrefix;
    this.holdings = options.accounts.flatMap(() => options.instruments.map(() => new Holding()));
    this.middles = options.accounts.flatMap((account) =>
      options.instruments.flatMap(({ instrumentId }) =>
        ['BUY', 'SELL'].flatMap((direction) =>
          // Holdings of a run are all of today, and closing today's lots is spelt the same on every exchange.
          ['OPEN', 'CLOSETODAY'].map(
            (offset) =>
              `","account_id":"${account}","instrument_id":"${instrumentId}","direction":"${direction}","offset":"${offset}","order_type":"LIMIT"`,
          ),
        ),
      ),
    );
  }

  /** The text of the next request. */
  next(requestNumber: number): string {
    this.choose();
    return this.kind === RequestKind.Cancel ? this.cancelText(requestNumber) : this.submitText(requestNumber);
  }

  /** Chooses the next request without writing it. */
  choose(): void {
    const draw = this.random.next();
    if (draw < CANCEL_SHARE && this.resting.length - this.restingHead > RESTING_MIN) this.cancel();
    else if (draw < CANCEL_SHARE + DEEP_SHARE) this.deep();
    else if (draw < CANCEL_SHARE + DEEP_SHARE + NEAR_SHARE) this.near();
    else this.take();
  }

  /** What an order of this request carries as its client order id. */
  clientOrderId(requestNumber: number): string {
    return this.clientOrderPrefix === undefined ? '' : `${this.clientOrderPrefix}${requestNumber}`;
  }

  /** A deep order is acknowledged and will be cancelled in its turn. */
  rests(account: number, orderId: string | number): void {
    this.resting.push({ account, orderId });
  }

  /** Lots of an opening order were filled: they can be closed from now on. */
  opened(accountId: string, instrumentId: string, buys: boolean, lots: number): void {
    const account = this.accountIndexes.get(accountId);
    const instrument = this.instrumentIndexes.get(instrumentId);
    if (account !== undefined && instrument !== undefined) this.openedAt(account, instrument, buys, lots);
  }

  /** The same by index. */
  openedAt(account: number, instrument: number, buys: boolean, lots: number): void {
    const holding = this.holdings[account * this.instruments.length + instrument];
    if (buys) holding.long += lots;
    else holding.short += lots;
  }

  /** A closing order ended with lots unfilled: they can be closed again. */
  notClosed(accountId: string, instrumentId: string, buys: boolean, lots: number): void {
    this.opened(accountId, instrumentId, !buys, lots);
  }

  private cancel(): void {
    const { account, orderId } = this.resting[this.restingHead++];
    if (this.restingHead > 4096) {
      this.resting = this.resting.slice(this.restingHead);
      this.restingHead = 0;
    }
    this.kind = RequestKind.Cancel;
    this.account = account;
    this.orderId = orderId;
  }

  private deep(): void {
    this.draw(this.maker(), MAKER_LOTS_MAX);
    this.kind = RequestKind.SubmitDeep;
    this.offset = OPEN;
    this.setPrice(-this.random.between(DEEP_TICKS_MIN, this.instruments[this.instrument].width), false);
  }

  private near(): void {
    this.draw(this.maker(), MAKER_LOTS_MAX);
    this.offset = this.closes() ? CLOSE : OPEN;
    this.setPrice(-this.random.between(1, NEAR_TICKS), false);
  }

  private take(): void {
    this.draw(this.taker(), TAKER_LOTS_MAX);
    this.offset = this.closes() ? CLOSE : OPEN;
    this.setPrice(TAKE_TICKS, true);
  }

  /** Chooses what every order has. */
  private draw(account: number, lotsMax: number): void {
    this.kind = RequestKind.Submit;
    this.account = account;
    this.instrument = this.random.between(0, this.instruments.length - 1);
    this.direction = this.random.between(BUY, SELL);
    this.lots = this.random.between(1, lotsMax);
  }

  /** Makers are the accounts of even index, takers those of odd index. */
  private maker(): number {
    return this.random.between(0, ((this.accounts.length + 1) >> 1) - 1) * 2;
  }

  private taker(): number {
    return this.random.between(0, (this.accounts.length >> 1) - 1) * 2 + 1;
  }

  /** Whether the account holds enough of the opposite side; the lots are set aside then. */
  private closes(): boolean {
    const holding = this.holdings[this.account * this.instruments.length + this.instrument];
    if ((this.direction === BUY ? holding.short : holding.long) < this.lots) return false;
    if (this.direction === BUY) holding.short -= this.lots;
    else holding.long -= this.lots;
    return true;
  }

  /** `ticksThrough` is how far the price lies beyond the mid, towards the other side; with a negative one the order rests. */
  private setPrice(ticksThrough: number, isImmediate: boolean): void {
    const { width } = this.instruments[this.instrument];
    this.price = this.direction === BUY ? width + ticksThrough : width - ticksThrough;
    this.isImmediate = isImmediate;
  }

  private cancelText(requestNumber: number): string {
    return `{"type":"cancel_order","request_id":"${requestNumber}","account_id":"${this.accounts[this.account]}","order_id":"${this.orderId}"}`;
  }

  private submitText(requestNumber: number): string {
    const middle = this.middles[((this.account * this.instruments.length + this.instrument) * 2 + this.direction) * 2 + this.offset];
    const price = this.instruments[this.instrument].prices[this.price];
    const timeCondition = this.isImmediate ? 'IOC' : 'GFD';
    const clientOrder = this.clientOrderPrefix === undefined ? '' : `,"client_order_id":"${this.clientOrderPrefix}${requestNumber}"`;
    return `{"type":"submit_order","request_id":"${requestNumber}${middle},"time_condition":"${timeCondition}","volume":${this.lots},"price":${price}${clientOrder}}`;
  }
}
