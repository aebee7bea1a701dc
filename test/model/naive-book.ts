/**
 * The rules of one book written as plainly as possible: a list of orders that is filtered and sorted anew for every
 * command. It shares no code with the real book, only the numbers of the enumerations.
 */
import {
  AuctionTieBreak,
  CancelReason,
  InstrumentStatus,
  Offset,
  Phase,
  PriceType,
  Residual,
  SelfTradeMode,
  Side,
  TimeCondition,
  TradePrice,
  VolumeCondition,
} from '../../src/core/enums.js';
import {
  KEEP,
  type AmendEntry,
  type BookSpec,
  type CancelEntry,
  type MassEntry,
  type OrderEntry,
  type PhaseEntry,
} from '../../src/core/events.js';
import { naivePrice } from './naive-auction.js';

export interface NaiveOrder {
  id: number;
  account: number;
  group: number;
  side: number;
  price: number;
  volume: number;
  leaves: number;
  priority: number;
  time: number;
  mode: number;
  isPostOnly: boolean;
  isCloseFirst: boolean;
}

interface Incoming extends NaiveOrder {
  isLimit: boolean;
}

export class NaiveBook {
  orders: NaiveOrder[] = [];
  lastPrice = 0;
  phase = 0;
  status = 0;
  private spec!: Omit<BookSpec, 'stamp'>;
  private events: string[] = [];
  private fills = 0;

  open(spec: BookSpec): void {
    this.spec = Object.assign({}, spec);
    this.phase = spec.phase;
    this.status = spec.status;
    this.lastPrice = spec.lastPrice;
  }

  configure(spec: BookSpec): void {
    this.spec = Object.assign({}, spec);
    // the day is being settled: the next one begins without a trade, or with what the specification says
    if (this.phase === Phase.SETTLING) this.lastPrice = spec.lastPrice;
  }

  /** What happens, one line per event. */
  submit(order: OrderEntry, priority: number): string[] {
    this.begin();
    const isLimit = order.priceType === PriceType.LIMIT;
    const { orderId: id, account, selfTradeGroup: group, side, price, volume, selfTradeMode: mode } = order;
    const traits = { isPostOnly: order.postOnly === 1, isCloseFirst: order.closeFirst === 1 };
    const it: Incoming = {
      id,
      account,
      group,
      side,
      price,
      volume,
      leaves: volume,
      priority,
      time: order.timeCondition,
      mode,
      ...traits,
      isLimit,
    };
    const natural = isLimit ? price : this.reach(order);
    const bound = isLimit ? price : this.protectedReach(order, natural);
    const refusal = this.refusal(order) || this.conflict(it, bound);
    if (refusal !== 0) {
      this.events.push(`refused ${id} ${refusal}`);
      return this.events;
    }
    this.events.push(`accepted ${id} priority ${priority}`);
    if (this.phase !== Phase.CONTINUOUS) {
      this.orders.push(it);
      return this.events;
    }
    const isAll = order.volumeCondition === VolumeCondition.ALL;
    const needed = isAll ? volume : order.volumeCondition === VolumeCondition.MIN ? order.minVolume : 0;
    const meetsNobody = this.crossing(it, bound).length === 0;
    if (this.executable(it, bound) < needed && !(meetsNobody && !isLimit)) {
      this.drop(it, it.leaves, isAll ? CancelReason.FOK_UNFILLED : CancelReason.MIN_UNFILLED, 4010);
      return this.events;
    }
    const lastFill = this.trade(it, bound);
    if (it.leaves === 0) return this.events;
    if (isLimit) {
      if (order.timeCondition === TimeCondition.IOC) this.drop(it, it.leaves, CancelReason.IOC_REMAINDER);
      else this.orders.push(it);
    } else if (this.crossing(it, natural).length > 0) this.drop(it, it.leaves, CancelReason.PRICE_PROTECTION);
    else if (lastFill === 0) this.drop(it, it.leaves, CancelReason.NO_LIQUIDITY, 4002);
    else if (order.residual === Residual.CANCEL) this.drop(it, it.leaves, CancelReason.IOC_REMAINDER);
    else {
      it.price = lastFill;
      it.time = TimeCondition.GFD;
      this.orders.push(it);
      this.tellAmended(it, 0);
    }
    return this.events;
  }

  cancel(command: CancelEntry): string[] {
    this.begin();
    const it = this.orders.find((order) => order.id === command.orderId);
    const refusal = it === undefined ? 3002 : it.account !== command.account ? 9006 : this.mayCancel(it) ? 0 : 4102;
    if (refusal !== 0) this.events.push(`cancel refused ${command.orderId} ${refusal}`);
    else this.drop(it!, it!.leaves, CancelReason.USER, 0, command.request);
    return this.events;
  }

  amend(command: AmendEntry, priority: number): string[] {
    this.begin();
    const it = this.orders.find((order) => order.id === command.orderId);
    const refusal = this.amendRefusal(command, it);
    if (refusal !== 0) {
      this.events.push(`amend refused ${command.orderId} ${refusal}`);
      return this.events;
    }
    const old = it!;
    const price = command.newPrice || old.price;
    const volume = command.newVolume || old.volume;
    const leaves = volume - (old.volume - old.leaves);
    if (leaves <= 0) {
      this.drop(old, old.leaves, CancelReason.AMENDED_BELOW_FILLED, 0, command.request);
    } else if (price === old.price && volume <= old.volume) {
      Object.assign(old, { volume, leaves });
      this.tellAmended(old, command.request);
    } else {
      this.orders = this.orders.filter((order) => order !== old);
      const isCloseFirst = command.closeFirst === 1;
      const it: Incoming = { ...old, price, volume, leaves, priority, isCloseFirst, isLimit: true };
      this.tellAmended(it, command.request);
      if (this.phase === Phase.CONTINUOUS) this.trade(it, price);
      if (it.leaves > 0) this.orders.push(it);
    }
    return this.events;
  }

  massCancel(command: MassEntry): string[] {
    this.begin();
    const forbids = ![Phase.PRE_OPEN, Phase.CONTINUOUS, Phase.AUCTION_ORDER, Phase.AUCTION_CANCEL, Phase.HALT].some(
      (it) => it === this.phase,
    );
    if (command.reason === 0 && forbids && !(this.phase === Phase.BREAK && this.spec.cancelInBreak === 1)) {
      this.events.push(`mass 0 code 4102`);
      return this.events;
    }
    const named = this.byPriority(
      (it) =>
        (command.account === 0 || it.account === command.account) &&
        (command.side === Side.NONE || it.side === command.side) &&
        (command.reason !== 0 || this.mayCancel(it)),
    );
    for (const it of named) this.drop(it, it.leaves, command.reason === 0 ? CancelReason.MASS : command.reason);
    this.events.push(`mass ${named.length} code 0`);
    return this.events;
  }

  setPhase(command: PhaseEntry): string[] {
    this.begin();
    const before = { phase: this.phase, status: this.status };
    if (command.phase !== KEEP) this.phase = command.phase;
    if (command.status !== KEEP) this.status = command.status;
    this.events.push(`phase ${this.phase} ${this.status} reason ${command.reason} request ${command.request}`);
    const resumes = before.phase === Phase.HALT || isShut(before.status);
    if ((this.phase === Phase.CONTINUOUS || this.phase === Phase.AUCTION_MATCH) && !isShut(this.status)) {
      const reference = resumes && this.lastPrice !== 0 ? this.lastPrice : this.spec.referencePrice;
      const lower = Math.min(this.spec.lowerLimit, ...this.orders.map((it) => it.price));
      const upper = Math.max(this.spec.upperLimit, ...this.orders.map((it) => it.price));
      this.uncross(this.spec.lowerLimit, this.spec.upperLimit, reference);
      this.uncross(lower, upper, reference);
    }
    if (this.phase === before.phase) return this.events;
    const ends = (time: number, reason: number) => {
      for (const it of this.byPriority((order) => order.time === time)) this.drop(it, it.leaves, reason);
    };
    if (this.phase !== Phase.AUCTION_ORDER && this.phase !== Phase.AUCTION_CANCEL) ends(TimeCondition.GFA, CancelReason.AUCTION_END);
    if ([Phase.BREAK, Phase.CLOSED, Phase.SETTLING].some((it) => it === this.phase)) ends(TimeCondition.GFS, CancelReason.SESSION_END);
    if (this.phase === Phase.SETTLING) ends(TimeCondition.GFD, CancelReason.DAY_END);
    return this.events;
  }

  /** Price, volume and imbalance of an auction that ended now. */
  indicative(): string {
    const isResuming = this.phase === Phase.HALT || isShut(this.status);
    const reference = isResuming && this.lastPrice !== 0 ? this.lastPrice : this.spec.referencePrice;
    const found = this.auctionPrice(this.spec.lowerLimit, this.spec.upperLimit, reference);
    return found === undefined ? '0@0 0' : `${found.volume}@${found.price} ${found.imbalance}`;
  }

  /** The orders of a side, or those of them that pass, the next to trade first. */
  queue(side: number, passes: (it: NaiveOrder) => boolean = () => true): NaiveOrder[] {
    const sign = side === Side.BUY ? -1 : 1;
    const { lowerLimit, upperLimit, closeFirstAtLimit } = this.spec;
    const waits = (it: NaiveOrder) => Number((it.price === lowerLimit || it.price === upperLimit) && !it.isCloseFirst);
    const first = closeFirstAtLimit === 1 ? (a: NaiveOrder, b: NaiveOrder) => waits(a) - waits(b) : () => 0;
    return this.orders
      .filter((it) => it.side === side && passes(it))
      .sort((a, b) => sign * (a.price - b.price) || first(a, b) || a.priority - b.priority);
  }

  private begin(): void {
    this.events = [];
    this.fills = 0;
  }

  private refusal(order: OrderEntry): number {
    const { priceTick, lowerLimit, upperLimit } = this.spec;
    const { phase } = this;
    const isLimit = order.priceType === PriceType.LIMIT;
    const isImmediate = order.timeCondition === TimeCondition.IOC;
    if (isShut(this.status)) return 1010;
    if (isLimit && (order.residual !== 0 || order.maxSlippageTicks !== 0)) return 1009;
    if (!isLimit && !isImmediate && order.timeCondition !== TimeCondition.GFD) return 1009;
    if (isLimit && !isImmediate && order.volumeCondition !== VolumeCondition.ANY) return 1009;
    if (order.postOnly === 1 && (!isLimit || isImmediate || order.timeCondition === TimeCondition.GFA)) return 1009;
    if (phase !== Phase.CONTINUOUS && phase !== Phase.AUCTION_ORDER && phase !== Phase.HALT) return 4101;
    if (order.timeCondition === TimeCondition.GFA && phase !== Phase.AUCTION_ORDER) return 4101;
    if (phase !== Phase.CONTINUOUS && (!isLimit || isImmediate || order.postOnly === 1)) return 4101;
    if (order.volume === 0) return 1008;
    if (isLimit && order.price <= 0) return 1008;
    if (isLimit && order.price % priceTick !== 0) return 1012;
    if (isLimit && (order.price < lowerLimit || order.price > upperLimit)) return 1013;
    return this.status === InstrumentStatus.close_only && order.offset === Offset.OPEN ? 1014 : 0;
  }

  private amendRefusal(command: AmendEntry, it: NaiveOrder | undefined): number {
    const { priceTick, lowerLimit, upperLimit } = this.spec;
    if (it === undefined) return 3002;
    if (it.account !== command.account) return 9006;
    if (isShut(this.status)) return 1010;
    if (this.phase !== Phase.CONTINUOUS && this.phase !== Phase.AUCTION_ORDER && this.phase !== Phase.HALT) return 4102;
    const price = command.newPrice || it.price;
    if (price < 0) return 1008;
    if (price % priceTick !== 0) return 1012;
    if (price < lowerLimit || price > upperLimit) return 1013;
    if (this.status === InstrumentStatus.close_only && command.newVolume > it.volume) return 1014;
    return this.conflict({ ...it, isLimit: true }, price);
  }

  private conflict(it: Incoming, bound: number): number {
    const crossing = this.crossing(it, bound);
    const mode = this.phase === Phase.CONTINUOUS ? it.mode : SelfTradeMode.REJECT;
    if (mode === SelfTradeMode.REJECT && crossing.some((other) => other.group === it.group)) return 1005;
    return it.isPostOnly && this.phase === Phase.CONTINUOUS && crossing.length > 0 ? 4011 : 0;
  }

  private mayCancel(it: NaiveOrder): boolean {
    if (this.phase === Phase.PRE_OPEN) return it.time === TimeCondition.GTC;
    if (this.phase === Phase.BREAK) return this.spec.cancelInBreak === 1;
    return this.phase >= Phase.AUCTION_ORDER && this.phase !== Phase.AUCTION_MATCH && this.phase !== Phase.SETTLING;
  }

  /** The worst price a market kind goes to, price protection aside. */
  private reach(order: OrderEntry): number {
    const buys = order.side === Side.BUY;
    const limit = buys ? this.spec.upperLimit : this.spec.lowerLimit;
    if (order.priceType === PriceType.MARKET) return limit;
    const levels = [...new Set(this.queue(buys ? Side.SELL : Side.BUY).map((it) => it.price))];
    const last = levels.slice(0, order.priceType === PriceType.BEST1 ? 1 : 5).at(-1);
    if (last === undefined) return limit;
    return buys ? Math.min(limit, last) : Math.max(limit, last);
  }

  private protectedReach(order: OrderEntry, natural: number): number {
    if (order.maxSlippageTicks === 0) return natural;
    const buys = order.side === Side.BUY;
    const best = this.queue(buys ? Side.SELL : Side.BUY).at(0);
    if (best === undefined) return natural;
    const way = order.maxSlippageTicks * this.spec.priceTick;
    return buys ? Math.min(natural, best.price + way) : Math.max(natural, best.price - way);
  }

  private crossing(it: Incoming, bound: number): NaiveOrder[] {
    const buys = it.side === Side.BUY;
    return this.queue(buys ? Side.SELL : Side.BUY, (other) => (buys ? other.price <= bound : other.price >= bound));
  }

  private executable(it: Incoming, bound: number): number {
    let left = it.leaves;
    let lots = 0;
    for (const other of this.crossing(it, bound)) {
      const both = Math.min(left, other.leaves);
      if (other.group !== it.group || it.mode === SelfTradeMode.OFF) {
        lots += both;
        left -= both;
      } else if (it.mode === SelfTradeMode.CANCEL_INCOMING || it.mode === SelfTradeMode.CANCEL_BOTH) break;
      else if (it.mode === SelfTradeMode.DECREMENT) left -= both;
    }
    return lots;
  }

  /** Trades what crosses; returns the limit of the last order met in a trade, 0 for none. */
  private trade(it: Incoming, bound: number): number {
    let lastFill = 0;
    for (const other of this.crossing(it, bound)) {
      if (it.leaves === 0) break;
      const lots = Math.min(it.leaves, other.leaves);
      if (other.group === it.group && it.mode !== SelfTradeMode.OFF) {
        if (it.mode === SelfTradeMode.CANCEL_RESTING) this.drop(other, other.leaves, CancelReason.SMP_PASSIVE);
        else if (it.mode === SelfTradeMode.CANCEL_INCOMING) this.drop(it, it.leaves, CancelReason.SMP_AGGRESSIVE);
        else if (it.mode === SelfTradeMode.CANCEL_BOTH) {
          this.drop(other, other.leaves, CancelReason.SMP_BOTH);
          this.drop(it, it.leaves, CancelReason.SMP_BOTH);
        } else {
          this.drop(it, lots, CancelReason.SMP_DECREMENT);
          this.drop(other, lots, CancelReason.SMP_DECREMENT);
        }
        continue;
      }
      lastFill = other.price;
      this.fill(it, other, this.tradePrice(it, other), lots, it.side);
    }
    return lastFill;
  }

  private tradePrice(it: Incoming, other: NaiveOrder): number {
    if (this.spec.tradePrice === TradePrice.MAKER || !it.isLimit) return other.price;
    const { referencePrice, priceTick } = this.spec;
    const last = this.lastPrice || Math.floor(referencePrice / priceTick + 0.5) * priceTick;
    return [it.price, other.price, last].sort((a, b) => a - b)[1];
  }

  private fill(one: NaiveOrder, other: NaiveOrder, price: number, lots: number, taker: number): void {
    const [buy, sell] = one.side === Side.BUY ? [one, other] : [other, one];
    const phase = taker === Side.NONE ? Phase.AUCTION_MATCH : Phase.CONTINUOUS;
    const parties = `${buy.id} of ${buy.account} / ${sell.id} of ${sell.account}`;
    const self = buy.group === sell.group ? 1 : 0;
    this.events.push(`trade ${lots}@${price} ${parties} index ${this.fills++} taker ${taker} phase ${phase} self ${self}`);
    this.lastPrice = price;
    one.leaves -= lots;
    other.leaves -= lots;
    this.orders = this.orders.filter((it) => it.leaves > 0);
  }

  private uncross(lower: number, upper: number, reference: number): void {
    const found = this.auctionPrice(lower, upper, reference);
    if (found === undefined) return;
    for (let left = found.volume; left > 0;) {
      const [buy, sell] = [this.queue(Side.BUY)[0], this.queue(Side.SELL)[0]];
      const lots = Math.min(left, buy.leaves, sell.leaves);
      this.fill(buy, sell, found.price, lots, Side.NONE);
      left -= lots;
    }
  }

  private auctionPrice(lower: number, upper: number, reference: number): ReturnType<typeof naivePrice> {
    const interests = this.orders.map(({ side, price, leaves }) => ({ isBuy: side === Side.BUY, price, leaves }));
    const isClearing = this.spec.auctionTieBreak === AuctionTieBreak.CLEARING_NEAREST;
    return naivePrice(interests, lower, upper, this.spec.priceTick, reference, isClearing);
  }

  private byPriority(passes: (it: NaiveOrder) => boolean): NaiveOrder[] {
    return this.orders.filter(passes).sort((a, b) => a.priority - b.priority);
  }

  private tellAmended(it: NaiveOrder, request: number): void {
    const { id, account, leaves, volume, price, priority, isCloseFirst } = it;
    const close = isCloseFirst ? 1 : 0;
    this.events.push(`amended ${id} of ${account} ${leaves}/${volume}@${price} priority ${priority} close ${close} request ${request}`);
  }

  private drop(it: NaiveOrder, lots: number, reason: number, code = 0, request = 0): void {
    this.events.push(`cancelled ${it.id} ${it.account} ${lots} reason ${reason} code ${code} request ${request}`);
    it.leaves -= lots;
    this.orders = this.orders.filter((order) => order.leaves > 0);
  }
}

function isShut(status: number): boolean {
  return status === InstrumentStatus.suspended || status === InstrumentStatus.delisted;
}
