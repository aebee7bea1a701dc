/**
 * The yardstick of the ledger bench: accounts as objects and maps in floating point, as exchanges of this kind commonly
 * keep them. Average prices instead of lots, all sums of an account kept up with every fill and every mark.
 */
import { Offset, Side } from '../../src/core/enums.js';
import {
  FrameKind,
  type CancelEntry,
  type EventHandler,
  type InstrumentListed,
  type OrderEntry,
  type RareEvents,
  type RareKind,
  type Trade,
} from '../../src/core/events.js';

interface NaivePosition {
  instrument: InstrumentListed;
  last: number;
  volumeLong: number;
  volumeShort: number;
  openPriceLong: number;
  openPriceShort: number;
  frozenLong: number;
  frozenShort: number;
  marginLong: number;
  marginShort: number;
  floatProfit: number;
}

interface NaiveOrder {
  orderId: number;
  account: NaiveAccount;
  instrument: InstrumentListed;
  side: string;
  offset: string;
  price: number;
  volume: number;
  left: number;
  frozenMargin: number;
  frozenFee: number;
  status: string;
}

export interface NaiveAccount {
  account: number;
  deposit: number;
  closeProfit: number;
  commission: number;
  floatProfit: number;
  balance: number;
  margin: number;
  frozen: number;
  available: number;
  riskRatio: number;
  positions: Map<number, NaivePosition>;
  orders: Map<number, NaiveOrder>;
}

export class NaiveLedger implements EventHandler {
  readonly accounts = new Map<number, NaiveAccount>();
  readonly orders = new Map<number, NaiveOrder>();
  readonly instruments = new Map<number, InstrumentListed>();

  orderAccepted(event: OrderEntry): void {
    const account = this.accounts.get(event.account)!;
    const instrument = this.instruments.get(event.instrument)!;
    const order: NaiveOrder = {
      orderId: event.orderId,
      account,
      instrument,
      side: event.side === Side.BUY ? 'BUY' : 'SELL',
      offset: event.offset === Offset.OPEN ? 'OPEN' : 'CLOSE',
      price: event.price / 10_000,
      volume: event.volume,
      left: event.volume,
      frozenMargin: 0,
      frozenFee: 0,
      status: 'ALIVE',
    };
    this.orders.set(order.orderId, order);
    account.orders.set(order.orderId, order);
    this.freeze(order);
    this.recompute(account);
  }

  trade(event: Trade): void {
    const price = event.price / 10_000;
    this.fill(this.orders.get(event.buyOrderId)!, price, event.volume);
    this.fill(this.orders.get(event.sellOrderId)!, price, event.volume);
  }

  orderCancelled(event: CancelEntry): void {
    const order = this.orders.get(event.orderId)!;
    if (order.offset === 'CLOSE') this.hold(order, -order.left);
    order.left = 0;
    order.status = 'FINISHED';
    this.finish(order);
    this.recompute(order.account);
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K]): void {
    if (kind === FrameKind.AccountOpened) this.open((event as RareEvents[typeof FrameKind.AccountOpened]).account);
    if (kind === FrameKind.InstrumentListed) {
      const listed = event as InstrumentListed;
      this.instruments.set(listed.instrument, listed);
    }
    if (kind === FrameKind.FundsMoved) {
      const { account, amount } = event as RareEvents[typeof FrameKind.FundsMoved];
      const target = this.accounts.get(account)!;
      target.deposit += amount / 10_000;
      this.recompute(target);
    }
  }

  orderRefused(): void {}
  cancelRefused(): void {}
  orderAmended(): void {}
  amendRefused(): void {}
  massCancelled(): void {}
  phaseChanged(): void {}
  orderDeclined(): void {}

  /** Marks every holder of an instrument. */
  mark(instrument: number, price: number): void {
    for (const account of this.accounts.values()) {
      const position = account.positions.get(instrument);
      if (position === undefined) continue;
      position.last = price / 10_000;
      this.recompute(account);
    }
  }

  /** Settles every account: positions go on at the settlement price, profits become part of what came in. */
  settle(prices: ReadonlyMap<number, number>): void {
    for (const account of this.accounts.values()) {
      for (const position of account.positions.values()) {
        position.last = prices.get(position.instrument.instrument)!;
        this.remargin(position);
      }
      this.recompute(account);
      account.deposit += account.closeProfit + account.floatProfit - account.commission;
      account.closeProfit = 0;
      account.commission = 0;
      for (const position of account.positions.values()) {
        position.openPriceLong = position.last;
        position.openPriceShort = position.last;
        this.remargin(position);
      }
      this.recompute(account);
    }
  }

  /** Whether an opening order would pass. */
  check(accountNumber: number, instrumentNumber: number, side: number, price: number, volume: number): boolean {
    const account = this.accounts.get(accountNumber);
    const instrument = this.instruments.get(instrumentNumber);
    if (account === undefined || instrument === undefined || volume <= 0) return false;
    const notional = (price / 10_000) * instrument.multiplier * volume;
    const ratio = (side === Side.BUY ? instrument.longMarginRatio : instrument.shortMarginRatio) / 1e6;
    const position = account.positions.get(instrumentNumber);
    const share = notional * ratio + (position === undefined ? 0 : position.marginLong + position.marginShort);
    if (share > account.balance * 0.5 || account.riskRatio >= 0.95) return false;
    return account.available >= notional * ratio + feeOf(instrument, notional, volume, 'OPEN');
  }

  private open(account: number): void {
    this.accounts.set(account, {
      account,
      deposit: 0,
      closeProfit: 0,
      commission: 0,
      floatProfit: 0,
      balance: 0,
      margin: 0,
      frozen: 0,
      available: 0,
      riskRatio: 0,
      positions: new Map(),
      orders: new Map(),
    });
  }

  private fill(order: NaiveOrder, price: number, volume: number): void {
    const { account, instrument } = order;
    const position = this.positionOf(account, instrument);
    position.last = price;
    order.left -= volume;
    const notional = price * instrument.multiplier * volume;
    const isLong = (order.offset === 'OPEN') === (order.side === 'BUY');
    if (order.offset === 'OPEN') {
      this.freeze(order);
      if (isLong) {
        position.openPriceLong = (position.openPriceLong * position.volumeLong + price * volume) / (position.volumeLong + volume);
        position.volumeLong += volume;
      } else {
        position.openPriceShort = (position.openPriceShort * position.volumeShort + price * volume) / (position.volumeShort + volume);
        position.volumeShort += volume;
      }
    } else if (isLong) {
      account.closeProfit += (price - position.openPriceLong) * instrument.multiplier * volume;
      position.volumeLong -= volume;
      position.frozenLong -= volume;
    } else {
      account.closeProfit += (position.openPriceShort - price) * instrument.multiplier * volume;
      position.volumeShort -= volume;
      position.frozenShort -= volume;
    }
    this.remargin(position);
    account.commission += feeOf(instrument, notional, volume, order.offset);
    if (order.left === 0) {
      order.status = 'FINISHED';
      this.finish(order);
    }
    this.recompute(account);
  }

  private remargin(position: NaivePosition): void {
    const { multiplier, longMarginRatio, shortMarginRatio } = position.instrument;
    position.marginLong = (position.openPriceLong * position.volumeLong * multiplier * longMarginRatio) / 1e6;
    position.marginShort = (position.openPriceShort * position.volumeShort * multiplier * shortMarginRatio) / 1e6;
  }

  private freeze(order: NaiveOrder): void {
    const { instrument } = order;
    if (order.offset === 'CLOSE') {
      this.hold(order, order.left);
      return;
    }
    const notional = order.price * instrument.multiplier * order.left;
    const ratio = (order.side === 'BUY' ? instrument.longMarginRatio : instrument.shortMarginRatio) / 1e6;
    order.frozenMargin = notional * ratio;
    order.frozenFee = feeOf(instrument, notional, order.left, 'OPEN');
  }

  private hold(order: NaiveOrder, lots: number): void {
    const position = this.positionOf(order.account, order.instrument);
    if (order.side === 'SELL') position.frozenLong += lots;
    else position.frozenShort += lots;
  }

  private finish(order: NaiveOrder): void {
    this.orders.delete(order.orderId);
    order.account.orders.delete(order.orderId);
  }

  private positionOf(account: NaiveAccount, instrument: InstrumentListed): NaivePosition {
    let position = account.positions.get(instrument.instrument);
    if (position === undefined) {
      const none = { volumeLong: 0, volumeShort: 0, openPriceLong: 0, openPriceShort: 0, frozenLong: 0, frozenShort: 0 };
      position = { instrument, last: 0, ...none, marginLong: 0, marginShort: 0, floatProfit: 0 };
      account.positions.set(instrument.instrument, position);
    }
    return position;
  }

  /** Sums over positions and orders, as the account shows them. */
  private recompute(account: NaiveAccount): void {
    let margin = 0;
    let floatProfit = 0;
    for (const position of account.positions.values()) {
      const { multiplier } = position.instrument;
      const long = (position.last - position.openPriceLong) * position.volumeLong;
      const short = (position.openPriceShort - position.last) * position.volumeShort;
      position.floatProfit = (long + short) * multiplier;
      margin += position.marginLong + position.marginShort;
      floatProfit += position.floatProfit;
    }
    let frozen = 0;
    for (const order of account.orders.values()) frozen += order.frozenMargin + order.frozenFee;
    account.margin = margin;
    account.frozen = frozen;
    account.floatProfit = floatProfit;
    account.balance = account.deposit + account.closeProfit + floatProfit - account.commission;
    account.available = account.balance - margin - frozen;
    account.riskRatio = account.balance > 0 ? margin / account.balance : 0;
  }
}

function feeOf(instrument: InstrumentListed, notional: number, volume: number, offset: string): number {
  const [byMoney, byLot] =
    offset === 'OPEN'
      ? [instrument.feeOpenByMoney, instrument.feeOpenByLot]
      : [instrument.feeCloseTodayByMoney, instrument.feeCloseTodayByLot];
  return (notional * byMoney) / 1e8 + (byLot * volume) / 10_000;
}
