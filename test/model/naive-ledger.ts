/**
 * The ledger as the specification writes it down, with nothing taken from the exchange: lists of lots and orders, every
 * figure added up anew when it is asked for, whole numbers of any size. It reads the same events and must come to the
 * same money, to the last 1/10000.
 */
import type {
  AmendEntry,
  CancelEntry,
  DaySettled,
  EventHandler,
  FundsMoved,
  InstrumentChanged,
  InstrumentListed,
  OrderEntry,
  RareEvents,
  RareKind,
  Trade,
} from '../../src/core/events.js';

// numbers of the frames, as schemas/ has them
const ACCOUNT_OPENED = 66;
const INSTRUMENT_LISTED = 67;
const FUNDS_MOVED = 68;
const INSTRUMENT_CHANGED = 71;
const DAY_SETTLED = 73;
const BUY = 0;
const [OPEN, CLOSE, CLOSE_TODAY] = [0, 1, 2];
const [SHFE, INE] = [1, 2];
const [DEPOSIT, WITHDRAWAL] = [0, 1];
const LARGER = 1;
const SELF_TRADE_DECREMENT = 9;

interface Lot {
  open: bigint;
  basis: bigint;
  volume: bigint;
  isToday: boolean;
}

interface Order {
  account: number;
  instrument: number;
  buys: boolean;
  offset: number;
  freezePrice: bigint;
  volume: bigint;
  done: bigint;
  /** Lots that it holds, of earlier days and of today. */
  holdsHis: bigint;
  holdsToday: bigint;
}

interface Account {
  pre: bigint;
  deposit: bigint;
  withdraw: bigint;
  closeProfit: bigint;
  commission: bigint;
  /** By instrument: long lots, short lots; oldest first. */
  holdings: Map<number, [Lot[], Lot[]]>;
  orders: Set<Order>;
}

/** The fields of an account in 1/10000; the risk ratio in ppm. */
export interface NaiveFigures {
  static: bigint;
  closeProfit: bigint;
  positionProfit: bigint;
  floatProfit: bigint;
  commission: bigint;
  balance: bigint;
  margin: bigint;
  frozenMargin: bigint;
  frozenCommission: bigint;
  available: bigint;
  withdrawQuota: bigint;
  riskRatio: bigint;
}

export class NaiveLedger implements EventHandler {
  readonly accounts = new Map<number, Account>();
  readonly instruments = new Map<number, InstrumentListed>();
  fees = 0n;
  /** What came in from outside less what went out, and what the default fund paid. */
  outside = 0n;
  covered = 0n;
  private readonly orders = new Map<number, Order>();
  private readonly lastPrices = new Map<number, bigint>();

  orderAccepted(event: OrderEntry): void {
    const order: Order = {
      account: event.account,
      instrument: event.instrument,
      buys: event.side === BUY,
      offset: event.offset,
      freezePrice: BigInt(event.freezePrice),
      volume: BigInt(event.volume),
      done: 0n,
      holdsHis: 0n,
      holdsToday: 0n,
    };
    this.orders.set(event.orderId, order);
    this.account(event.account).orders.add(order);
    if (order.offset !== OPEN) this.hold(order, order.volume);
  }

  trade(event: Trade): void {
    this.lastPrices.set(event.instrument, BigInt(event.price));
    for (const orderId of [event.buyOrderId, event.sellOrderId]) this.fill(orderId, BigInt(event.price), BigInt(event.volume));
  }

  orderCancelled(event: CancelEntry): void {
    const order = this.order(event.orderId);
    order.done += BigInt(event.volume);
    if (order.offset !== OPEN) this.giveBack(order, BigInt(event.volume));
    if (order.done === order.volume) this.end(event.orderId);
    else if (event.reason !== SELF_TRADE_DECREMENT) throw new Error('only a decrement leaves something of an order');
  }

  orderAmended(event: AmendEntry): void {
    const order = this.order(event.orderId);
    const before = order.volume - order.done;
    order.volume = BigInt(event.volume);
    order.freezePrice = BigInt(event.price);
    const change = order.volume - order.done - before;
    if (order.offset === OPEN) return;
    if (change > 0n) this.hold(order, change);
    else this.giveBack(order, -change);
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K]): void {
    switch (kind as number) {
      case ACCOUNT_OPENED:
        this.open((event as RareEvents[66]).account);
        break;
      case INSTRUMENT_LISTED:
        this.instruments.set((event as InstrumentListed).instrument, { ...(event as InstrumentListed) });
        break;
      case INSTRUMENT_CHANGED:
        Object.assign(this.terms((event as InstrumentChanged).instrument), event);
        break;
      case FUNDS_MOVED:
        this.move(event as FundsMoved);
        break;
      case DAY_SETTLED:
        this.settle(event as DaySettled);
        break;
      default: // nothing to do with money
    }
  }

  orderRefused(): void {}
  cancelRefused(): void {}
  amendRefused(): void {}
  massCancelled(): void {}
  phaseChanged(): void {}
  orderDeclined(): void {}

  figures(number: number): NaiveFigures {
    const account = this.account(number);
    const fixed = account.pre + account.deposit - account.withdraw;
    const positionProfit = this.profit(account, (lot) => lot.basis);
    const balance = fixed + account.closeProfit + positionProfit - account.commission;
    const margin = this.marginOf(account);
    let frozenMargin = 0n;
    let frozenCommission = 0n;
    for (const order of account.orders) {
      if (order.offset !== OPEN) continue;
      const terms = this.terms(order.instrument);
      const leaves = order.volume - order.done;
      const notional = order.freezePrice * BigInt(terms.multiplier) * leaves;
      frozenMargin += sideMargin(terms, order.buys, notional, leaves);
      frozenCommission += roundHalfUp(notional * BigInt(terms.feeOpenByMoney), 100_000_000n) + BigInt(terms.feeOpenByLot) * leaves;
    }
    const available = balance - margin - frozenMargin - frozenCommission;
    return {
      static: fixed,
      closeProfit: account.closeProfit,
      positionProfit,
      floatProfit: this.profit(account, (lot) => lot.open),
      commission: account.commission,
      balance,
      margin,
      frozenMargin,
      frozenCommission,
      available,
      withdrawQuota: atLeast0(available - atLeast0(positionProfit) - atLeast0(account.closeProfit)),
      riskRatio: margin === 0n ? 0n : balance <= 0n ? 999_000_000n : smaller(999_000_000n, (margin * 1_000_000n) / balance),
    };
  }

  /** Lots of a side: of earlier days, of today, and how many of each live orders hold. */
  lots(number: number, instrument: number, isLong: boolean): [his: bigint, today: bigint, heldHis: bigint, heldToday: bigint] {
    const account = this.account(number);
    const list = this.holding(account, instrument)[isLong ? 0 : 1];
    let [heldHis, heldToday] = [0n, 0n];
    for (const order of account.orders) {
      if (order.instrument !== instrument || order.offset === OPEN || order.buys === isLong) continue;
      heldHis += order.holdsHis;
      heldToday += order.holdsToday;
    }
    return [volumeOf(list, false), volumeOf(list, true), heldHis, heldToday];
  }

  private open(number: number): void {
    const none = { pre: 0n, deposit: 0n, withdraw: 0n, closeProfit: 0n, commission: 0n };
    this.accounts.set(number, { ...none, holdings: new Map(), orders: new Set() });
  }

  private move({ account: number, kind, amount }: FundsMoved): void {
    const account = this.account(number);
    if (kind === WITHDRAWAL) {
      account.withdraw += BigInt(amount);
      this.outside -= BigInt(amount);
      return;
    }
    account.deposit += BigInt(amount);
    if (kind === DEPOSIT) this.outside += BigInt(amount);
    else this.covered += BigInt(amount);
  }

  private fill(orderId: number, price: bigint, volume: bigint): void {
    const order = this.order(orderId);
    const account = this.account(order.account);
    const terms = this.terms(order.instrument);
    order.done += volume;
    const fee = order.offset === OPEN ? this.openLots(order, terms, price, volume) : this.closeLots(order, terms, price, volume);
    account.commission += fee;
    this.fees += fee;
    if (order.done === order.volume) this.end(orderId);
  }

  private openLots(order: Order, terms: InstrumentListed, price: bigint, volume: bigint): bigint {
    const list = this.holding(this.account(order.account), order.instrument)[order.buys ? 0 : 1];
    list.push({ open: price, basis: price, volume, isToday: true });
    return feeOf(terms, 'Open', price, volume);
  }

  private closeLots(order: Order, terms: InstrumentListed, price: bigint, volume: bigint): bigint {
    const his = smaller(volume, order.holdsHis);
    const today = volume - his;
    order.holdsHis -= his;
    order.holdsToday -= today;
    this.take(order, terms, price, his, false);
    this.take(order, terms, price, today, true);
    return (his > 0n ? feeOf(terms, 'Close', price, his) : 0n) + (today > 0n ? feeOf(terms, 'CloseToday', price, today) : 0n);
  }

  /** The oldest lots of earlier days, or of today, go first. */
  private take(order: Order, terms: InstrumentListed, price: bigint, volume: bigint, isToday: boolean): void {
    const account = this.account(order.account);
    const list = this.holding(account, order.instrument)[order.buys ? 1 : 0];
    let left = volume;
    for (const lot of list) {
      if (left === 0n) break;
      if (lot.isToday !== isToday) continue;
      const slice = smaller(left, lot.volume);
      const gain = order.buys ? lot.basis - price : price - lot.basis;
      account.closeProfit += gain * BigInt(terms.multiplier) * slice;
      lot.volume -= slice;
      left -= slice;
    }
    if (left !== 0n) throw new Error('an order closes more lots than there are');
    for (let i = list.length - 1; i >= 0; i--) if (list[i].volume === 0n) list.splice(i, 1);
  }

  /** Lots that a closing order needs: of earlier days first where its offset may take them. */
  private hold(order: Order, volume: bigint): void {
    const { exchange } = this.terms(order.instrument);
    const [his, today, heldHis, heldToday] = this.lots(order.account, order.instrument, !order.buys);
    const takesHis = order.offset !== CLOSE_TODAY;
    const takesToday = order.offset === CLOSE_TODAY || (order.offset === CLOSE && exchange !== SHFE && exchange !== INE);
    const fromHis = takesHis ? smaller(volume, his - heldHis) : 0n;
    const fromToday = volume - fromHis;
    if (fromToday > 0n && (!takesToday || fromToday > today - heldToday)) throw new Error('a closing order was accepted without lots');
    order.holdsHis += fromHis;
    order.holdsToday += fromToday;
  }

  /** In the reverse order. */
  private giveBack(order: Order, volume: bigint): void {
    const today = smaller(volume, order.holdsToday);
    order.holdsToday -= today;
    order.holdsHis -= volume - today;
  }

  private end(orderId: number): void {
    const order = this.order(orderId);
    if (order.holdsHis !== 0n || order.holdsToday !== 0n) throw new Error('an order ends holding lots');
    this.orders.delete(orderId);
    this.account(order.account).orders.delete(order);
  }

  private settle({ tradingDay, instruments, prices }: DaySettled): void {
    for (const [i, instrument] of instruments.entries()) this.lastPrices.set(instrument, BigInt(prices[i]));
    for (const account of this.accounts.values()) {
      const positionProfit = this.profit(account, (lot) => lot.basis);
      account.pre += account.deposit - account.withdraw + account.closeProfit + positionProfit - account.commission;
      account.deposit = account.withdraw = account.closeProfit = account.commission = 0n;
      for (const [instrument, sides] of account.holdings) {
        const { expireDate } = this.terms(instrument);
        if (expireDate !== 0 && expireDate <= tradingDay) account.holdings.delete(instrument);
        for (const lot of sides.flat()) {
          lot.basis = this.mark(instrument);
          lot.isToday = false;
        }
      }
      for (const order of account.orders) {
        order.holdsHis += order.holdsToday;
        order.holdsToday = 0n;
      }
    }
    for (const [i, instrument] of instruments.entries()) this.terms(instrument).preSettlement = prices[i];
    this.lastPrices.clear();
  }

  private profit(account: Account, against: (lot: Lot) => bigint): bigint {
    let profit = 0n;
    for (const [instrument, [long, short]] of account.holdings) {
      const multiplier = BigInt(this.terms(instrument).multiplier);
      for (const lot of long) profit += (this.mark(instrument) - against(lot)) * multiplier * lot.volume;
      for (const lot of short) profit += (against(lot) - this.mark(instrument)) * multiplier * lot.volume;
    }
    return profit;
  }

  private marginOf(account: Account): bigint {
    let margin = 0n;
    const groups = new Map<string, [bigint, bigint]>();
    for (const [instrument, sides] of account.holdings) {
      const terms = this.terms(instrument);
      const [long, short] = sides.map((lots, side) => {
        const volume = lots.reduce((sum, lot) => sum + lot.volume, 0n);
        const notional = lots.reduce((sum, lot) => sum + lot.basis * BigInt(terms.multiplier) * lot.volume, 0n);
        return sideMargin(terms, side === 0, notional, volume);
      });
      if (terms.marginMode === LARGER) {
        const name = terms.marginGroup === '' ? `${terms.exchange}.${terms.productId}` : terms.marginGroup;
        const [longs, shorts] = groups.get(name) ?? [0n, 0n];
        groups.set(name, [longs + long, shorts + short]);
      } else {
        margin += long + short;
      }
    }
    for (const [long, short] of groups.values()) margin += long > short ? long : short;
    return margin;
  }

  private mark(instrument: number): bigint {
    return this.lastPrices.get(instrument) ?? BigInt(this.terms(instrument).preSettlement);
  }

  private holding(account: Account, instrument: number): [Lot[], Lot[]] {
    let holding = account.holdings.get(instrument);
    if (holding === undefined) {
      holding = [[], []];
      account.holdings.set(instrument, holding);
    }
    return holding;
  }

  private account(number: number): Account {
    return found(this.accounts.get(number), `account ${number}`);
  }

  private terms(instrument: number): InstrumentListed {
    return found(this.instruments.get(instrument), `instrument ${instrument}`);
  }

  private order(orderId: number): Order {
    return found(this.orders.get(orderId), `live order ${orderId}`);
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

function volumeOf(lots: readonly Lot[], isToday: boolean): bigint {
  return lots.reduce((sum, lot) => (lot.isToday === isToday ? sum + lot.volume : sum), 0n);
}

function feeOf(terms: InstrumentListed, kind: 'Open' | 'Close' | 'CloseToday', price: bigint, volume: bigint): bigint {
  const byMoney = price * BigInt(terms.multiplier) * volume * BigInt(terms[`fee${kind}ByMoney`]);
  return roundHalfUp(byMoney, 100_000_000n) + BigInt(terms[`fee${kind}ByLot`]) * volume;
}

/** Rounded up. */
function sideMargin(terms: InstrumentListed, isLong: boolean, notional: bigint, volume: bigint): bigint {
  const product = notional * BigInt(isLong ? terms.longMarginRatio : terms.shortMarginRatio);
  const whole = product / 1_000_000n;
  const byMoney = whole * 1_000_000n === product ? whole : whole + 1n;
  return byMoney + BigInt(isLong ? terms.longMarginPerLot : terms.shortMarginPerLot) * volume;
}

function roundHalfUp(product: bigint, scale: bigint): bigint {
  return (product * 2n + scale) / (scale * 2n);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function atLeast0(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
