/**
 * Market data as a fold of durable events: public books, statistics of the day, bars (market-data.md 0.1).
 *
 * It knows instruments, live orders and trades, and nothing of accounts and money, so it is several times faster than the
 * state of the exchange. Like that one it is pure: the same log gives the same data.
 */
import { Phase, InstrumentStatus, Offset } from '../enums.js';
import {
  FrameKind,
  type AmendEntry,
  type CancelEntry,
  type DaySettled,
  type EventHandler,
  type MassEntry,
  type OrderEntry,
  type PhaseEntry,
  type RareEvents,
  type RareKind,
  type Stamp,
  type Trade,
} from '../events.js';
import { assert } from '../assert.js';
import { dailyLimits, InstrumentDirectory, ratesOf, type Rates } from '../instrument.js';
import { endsWith } from '../settlement/day-figures.js';
import { WIDE } from '../units.js';
import { BarFold } from './bar-fold.js';
import { DayTable } from './day-table.js';
import { LiveOrders } from './live-orders.js';
import { MarketListener, type Print } from './market-listener.js';
import { PublicBook } from './public-book.js';

const US_PER_SECOND = 1_000_000;

/** The rare events that `applyRare` knows. */
const MARKET_KINDS: ReadonlySet<RareKind> = new Set([
  FrameKind.VenueOpened,
  FrameKind.InstrumentListed,
  FrameKind.InstrumentChanged,
  FrameKind.RatesPlanned,
  FrameKind.SettlementPriceSet,
  FrameKind.DaySettled,
]);

export class MarketFold implements EventHandler {
  /** Place in the log of the last event applied, and its time in µs. */
  sequence = 0;
  timeUs = 0;
  /** yyyymmdd; 0 before the venue was opened. */
  tradingDay = 0;
  tradeCount = 0;
  readonly instruments = new InstrumentDirectory();
  readonly orders = new LiveOrders();
  readonly book = new PublicBook();
  readonly days = new DayTable();
  readonly bars: BarFold;
  /** Rates that hold from the next trading day on, by instrument number. */
  readonly planned = new Map<number, Rates>();
  /** Trades of the last command in order; `printCount` of them. */
  readonly prints: Print[] = [];
  printCount = 0;
  /** Best prices before the last command, by instrument, 0 for none. */
  bidBefore = 0;
  askBefore = 0;

  /** The last whole second that every instrument has been shown. */
  private passedUs = 0;
  /** By instrument: the next whole second that has not been told, µs. */
  private nextSecondUs: number[] = [];
  private readonly bids: number[] = [];
  private readonly asks: number[] = [];

  /** `nextSessionUs` says when trading hours of a template begin again after a moment. */
  constructor(
    private readonly listener: MarketListener = new MarketListener(),
    private readonly nextSessionUs: (template: string, timeUs: number) => number = () => Infinity,
  ) {
    this.bars = new BarFold((instrument, period, bar) => {
      listener.barFinished(instrument, period, bar);
    });
  }

  orderAccepted(event: OrderEntry): void {
    const { instrument, side, price, volume } = event;
    this.begin(instrument, event.stamp);
    this.orders.insert(event.orderId, instrument, side, event.offset === Offset.OPEN ? 1 : 0, price, volume);
    this.days.accepted[instrument] += 1;
    // An order of a market kind has no price and no place in the book, unless it comes to rest (`orderAmended`).
    if (price !== 0) this.book.add(instrument, side, price, volume);
    this.end(event.stamp);
  }

  orderRefused(event: OrderEntry): void {
    this.begin(event.instrument, event.stamp);
    this.days.refused[event.instrument] += 1;
    this.end(event.stamp);
  }

  trade(event: Trade): void {
    const { instrument, price, volume } = event;
    const { timeUs } = event.stamp;
    this.begin(instrument, event.stamp);
    const buy = this.orders.find(event.buyOrderId);
    const sell = this.orders.find(event.sellOrderId);
    assert(buy !== -1 && sell !== -1, 'both orders of a trade are live');
    const buyOpens = this.orders.opens[buy];
    const delta = buyOpens !== this.orders.opens[sell] ? 0 : buyOpens === 1 ? volume : -volume;
    const terms = this.instruments.get(instrument);
    const amount = price * terms.multiplier * volume;
    this.days.trade(instrument, price, volume, amount, delta, timeUs);
    this.bars.trade(event, amount, this.days.openInterest[instrument], delta, this.tradingDay, terms.phase);
    this.note(event, amount, delta);
    this.book.traded(instrument);
    this.fill(buy, volume);
    this.fill(sell, volume);
    this.end(event.stamp);
  }

  orderCancelled(event: CancelEntry): void {
    this.begin(event.instrument, event.stamp);
    const { orders } = this;
    const slot = orders.find(event.orderId);
    assert(slot !== -1 && event.volume <= orders.leaves[slot], 'a cancelled order is live and holds the lots');
    this.takeLots(slot, event.volume);
    if (orders.find(event.orderId) === -1) this.days.cancelled[event.instrument] += 1;
    this.end(event.stamp);
  }

  orderAmended(event: AmendEntry): void {
    const { instrument } = event;
    this.begin(instrument, event.stamp);
    const { orders } = this;
    const slot = orders.find(event.orderId);
    assert(slot !== -1, 'an amended order is live');
    const side = orders.side[slot];
    if (orders.price[slot] !== 0) this.book.remove(instrument, side, orders.price[slot], orders.leaves[slot]);
    orders.price[slot] = event.price;
    orders.leaves[slot] = event.leaves;
    this.book.add(instrument, side, event.price, event.leaves);
    this.end(event.stamp);
  }

  cancelRefused(event: CancelEntry): void {
    this.end(event.stamp);
  }

  orderDeclined(event: OrderEntry): void {
    this.end(event.stamp);
  }

  amendRefused(event: AmendEntry): void {
    this.end(event.stamp);
  }

  massCancelled(event: MassEntry): void {
    this.end(event.stamp);
  }

  phaseChanged(event: PhaseEntry): void {
    const { timeUs } = event.stamp;
    const instrument = this.instruments.get(event.instrument);
    const before = instrument.phase;
    this.begin(instrument.instrument, event.stamp);
    if (event.phase !== before) {
      instrument.phaseUs = timeUs;
      instrument.phaseReason = event.reason;
    }
    const isNew = event.phase !== before || event.status !== instrument.status;
    instrument.phase = event.phase;
    instrument.status = event.status;
    instrument.updatedUs = timeUs;
    if (event.phase !== before) this.session(instrument.instrument, before, event.phase, timeUs);
    if (isNew) this.listener.phaseChanged(instrument, timeUs);
    this.end(event.stamp);
  }

  /** Users, accounts, money and the like are half of the log of a young exchange. */
  passesOver(kind: RareKind, stamp: Stamp): boolean {
    if (MARKET_KINDS.has(kind)) return false;
    this.end(stamp);
    return true;
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K], stamp: Stamp): void {
    this.applyRare(kind, event, stamp);
    this.end(stamp);
  }

  /** Finishes bars that are over, and shows every instrument the second that has passed. */
  pass(timeUs: number): void {
    this.bars.advance(timeUs);
    const secondUs = Math.floor(timeUs / US_PER_SECOND) * US_PER_SECOND;
    if (secondUs <= this.passedUs) return;
    this.passedUs = secondUs;
    for (const { instrument, status } of this.instruments) {
      if (status !== InstrumentStatus.delisted && secondUs >= this.nextSecondUs[instrument]) this.passSecond(instrument, secondUs);
    }
  }

  /** Lists an instrument as another fold knew it. */
  adopt(instrument: ReturnType<InstrumentDirectory['get']>): void {
    this.instruments.add(instrument);
    this.open(instrument.instrument);
  }

  /** Best prices were changed from outside of commands. */
  noteBest(instrument: number): void {
    this.bids[instrument] = this.book.bestPrice(instrument, 0);
    this.asks[instrument] = this.book.bestPrice(instrument, 1);
  }

  private applyRare(kind: RareKind, event: RareEvents[RareKind], stamp: Stamp): void {
    switch (kind) {
      case FrameKind.VenueOpened:
        this.tradingDay = (event as RareEvents[typeof FrameKind.VenueOpened]).tradingDay;
        return;
      case FrameKind.InstrumentListed: {
        const instrument = this.instruments.list(event as RareEvents[typeof FrameKind.InstrumentListed], stamp.timeUs);
        this.open(instrument.instrument);
        this.listener.instrumentListed(instrument);
        return;
      }
      case FrameKind.InstrumentChanged: {
        const instrument = this.instruments.change(event as RareEvents[typeof FrameKind.InstrumentChanged], stamp.timeUs);
        this.book.change(instrument);
        this.listener.instrumentChanged(instrument);
        return;
      }
      case FrameKind.RatesPlanned: {
        const planned = event as RareEvents[typeof FrameKind.RatesPlanned];
        this.planned.set(planned.instrument, ratesOf(planned));
        return;
      }
      case FrameKind.SettlementPriceSet: {
        const { instrument, price, tradingDay } = event as RareEvents[typeof FrameKind.SettlementPriceSet];
        if (tradingDay === this.tradingDay) this.days.settlement[instrument] = price;
        return;
      }
      case FrameKind.DaySettled:
        this.turnDay(event as DaySettled, stamp.timeUs);
        return;
      default:
        return;
    }
  }

  private open(instrument: number): void {
    this.days.ensure(instrument);
    this.bars.ensure(instrument);
    this.book.open(this.instruments.get(instrument));
    this.nextSecondUs[instrument] = 0;
    this.noteBest(instrument);
  }

  /** As the settlement of the whole exchange does it, seen from the market. */
  private turnDay(event: DaySettled, timeUs: number): void {
    for (const [index, instrument] of event.instruments.entries()) this.days.settlement[instrument] = event.prices[index];
    this.listener.dayEnding(event.tradingDay, timeUs);
    for (const [number, rates] of this.planned) Object.assign(this.instruments.get(number), rates, dailyLimitsOf(this, number, rates));
    this.planned.clear();
    for (const instrument of this.instruments) {
      const number = instrument.instrument;
      const { last, openInterest, settlement } = this.days;
      if (last[number] !== 0) instrument.preClose = last[number];
      if (endsWith(instrument, event.tradingDay)) {
        openInterest[number] = 0;
        instrument.status = InstrumentStatus.delisted;
      }
      instrument.preOpenInterest = openInterest[number];
      const price = event.instruments.includes(number) ? settlement[number] : 0;
      if (price !== 0) {
        instrument.preSettlement = price;
        Object.assign(instrument, dailyLimits(instrument));
      }
      this.bars.dayEnded(number);
      this.days.turnDay(number);
      this.book.turnDay(instrument);
    }
    this.tradingDay = event.nextTradingDay;
    this.listener.dayTurned(this.tradingDay, timeUs);
  }

  private session(instrument: number, before: number, phase: number, timeUs: number): void {
    if (phase === Phase.CONTINUOUS) this.bars.sessionBegan(instrument, timeUs);
    if (before === Phase.CONTINUOUS) {
      const { sessionTemplate } = this.instruments.get(instrument);
      if (phase === Phase.BREAK || phase === Phase.CLOSED) {
        this.bars.sessionEnded(instrument, this.nextSessionUs(sessionTemplate, timeUs));
      }
    }
    if (phase === Phase.CLOSED) this.days.close[instrument] = this.days.last[instrument];
  }

  /** Every event of an instrument; what was before its second is told first. */
  private begin(instrument: number, stamp: Stamp): void {
    if (this.book.instrument !== 0) return;
    this.printCount = 0;
    if (stamp.timeUs < this.nextSecondUs[instrument]) return;
    this.bars.advanceOne(instrument, stamp.timeUs);
    this.passSecond(instrument, Math.floor(stamp.timeUs / US_PER_SECOND) * US_PER_SECOND);
  }

  private passSecond(instrument: number, secondUs: number): void {
    this.nextSecondUs[instrument] = secondUs + US_PER_SECOND;
    this.listener.secondPassed(instrument, secondUs);
  }

  private note(trade: Trade, turnover: number, openInterestDelta: number): void {
    const { stamp, price, volume, takerSide, instrument } = trade;
    const print = (this.prints[this.printCount++] ??= newPrint());
    print.tradeId = ++this.tradeCount;
    print.sequence = stamp.sequence;
    print.price = price;
    print.volume = volume;
    print.takerSide = takerSide;
    print.timeUs = stamp.timeUs;
    print.turnover = turnover;
    print.turnoverTotal = this.days.turnoverHigh[instrument] * WIDE + this.days.turnoverLow[instrument];
    print.volumeTotal = this.days.volume[instrument];
    print.openInterest = this.days.openInterest[instrument];
    print.openInterestDelta = openInterestDelta;
    print.buyOrderId = trade.buyOrderId;
    print.sellOrderId = trade.sellOrderId;
    print.buyAccount = trade.buyAccount;
    print.sellAccount = trade.sellAccount;
  }

  private fill(slot: number, volume: number): void {
    this.takeLots(slot, volume);
  }

  /** Takes lots off an order, which leaves when none is left. */
  private takeLots(slot: number, volume: number): void {
    const { orders, book } = this;
    const price = orders.price[slot];
    const left = orders.leaves[slot] - volume;
    if (left === 0) {
      if (price !== 0) book.remove(orders.instrument[slot], orders.side[slot], price, volume);
      orders.remove(slot);
      return;
    }
    orders.leaves[slot] = left;
    if (price !== 0) book.reduce(orders.instrument[slot], orders.side[slot], price, volume);
  }

  private end(stamp: Stamp): void {
    this.sequence = stamp.sequence;
    this.timeUs = stamp.timeUs;
    if (!stamp.endOfCommand) return;
    const instrument = this.book.endCommand(stamp.timeUs);
    if (instrument === 0) return;
    this.bidBefore = this.bids[instrument];
    this.askBefore = this.asks[instrument];
    this.noteBest(instrument);
    this.listener.bookChanged(instrument, stamp.timeUs);
  }
}

function dailyLimitsOf({ instruments }: MarketFold, number: number, rates: Rates) {
  return dailyLimits({ ...instruments.get(number), ...rates });
}

function newPrint(): Print {
  return {
    tradeId: 0,
    sequence: 0,
    price: 0,
    volume: 0,
    takerSide: 0,
    timeUs: 0,
    turnover: 0,
    turnoverTotal: 0,
    volumeTotal: 0,
    openInterest: 0,
    openInterestDelta: 0,
    buyOrderId: 0,
    sellOrderId: 0,
    buyAccount: 0,
    sellAccount: 0,
  };
}
