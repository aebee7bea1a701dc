/** Makes rows of what events did to orders, accounts and money. Cells stand in the order of the columns in `tables.ts`. */
import { OrderStatus } from '../core/enums.js';
import type { AmendEntry, CancelEntry, OrderEntry, OriginNoted, Stamp, Trade } from '../core/events.js';
import type { Instrument } from '../core/instrument.js';
import { StateObserver, type AuditRecord, type FillEffect, type FundRecord } from '../core/observer.js';
import { StatementDocument } from '../core/settlement/statements.js';
import type { SettledDay } from '../core/settlement/settled-day.js';
import type { ExchangeState } from '../core/state.js';
import { PPM } from '../core/units.js';
import { ORIGIN_MAX } from '../wire/frame-header.js';
import { OrderEvent } from './tables.js';
import type { HistoryRows } from './waiting-rows.js';

/** 0 stands for none. Rows of numbers alone are arrays of numbers to the engine, which then makes no objects of them. */
const orNone = (value: number): number => (value === 0 ? NaN : value);
const textOrNone = (text: string): string | null => (text === '' ? null : text);
/** Sources number their origins each for itself. */
const originNumber = (source: number, origin: number): number => source * (ORIGIN_MAX + 1) + origin;
const originOf = ({ source, origin }: Stamp): number => (origin === 0 ? NaN : originNumber(source, origin));

export class EventRecorder extends StateObserver {
  constructor(
    private readonly state: ExchangeState,
    private readonly rows: HistoryRows,
  ) {
    super();
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    this.entry(OrderEvent.accepted, event, this.state.orders.leaves(slot));
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.entry(OrderEvent.refused, event, 0);
    this.finished(slot, event.stamp.sequence);
  }

  override orderDeclined(event: OrderEntry): void {
    this.entry(OrderEvent.declined, event, 0);
  }

  override orderCancelled(slot: number, { stamp, orderId, account, instrument, volume, reason, code }: CancelEntry): void {
    const { orders, tradingDay } = this.state;
    const isOver = orders.status[slot] === OrderStatus.Cancelled;
    const leaves = isOver ? 0 : orders.leaves(slot);
    const price = orNone(orders.price[slot]);
    const { timeUs, sequence } = stamp;
    const side = orders.side[slot];
    const { cancelled } = OrderEvent;
    this.rows.order_events.add([
      tradingDay,
      timeUs,
      sequence,
      instrument,
      orderId,
      account,
      cancelled,
      side,
      price,
      volume,
      leaves,
      reason,
      code,
      originOf(stamp),
    ]);
    if (isOver) this.finished(slot, sequence);
  }

  override orderAmended(slot: number, { stamp, orderId, account, instrument, price, volume, leaves, request }: AmendEntry): void {
    const side = this.state.orders.side[slot];
    const { timeUs, sequence } = stamp;
    const event = request === 0 ? OrderEvent.rested : OrderEvent.amended;
    this.rows.order_events.add([
      this.state.tradingDay,
      timeUs,
      sequence,
      instrument,
      orderId,
      account,
      event,
      side,
      price,
      volume,
      leaves,
      0,
      0,
      originOf(stamp),
    ]);
  }

  override cancelRefused(event: CancelEntry): void {
    this.refusal(OrderEvent.cancel_refused, event);
  }

  override amendRefused(event: AmendEntry): void {
    this.refusal(OrderEvent.amend_refused, event);
  }

  override traded(event: Trade, effect: FillEffect): void {
    const { orders, instruments, tradingDay } = this.state;
    const { instrument, price, volume, stamp } = event;
    const { buySlot, sellSlot } = effect;
    this.rows.trades.add([
      tradingDay,
      stamp.timeUs,
      stamp.sequence,
      instrument,
      effect.tradeId,
      price,
      volume,
      price * instruments.get(instrument).multiplier * volume,
      event.takerSide,
      event.selfTrade,
      event.buyOrderId,
      event.buyAccount,
      orders.offset[buySlot],
      effect.buyFee,
      effect.buyProfit,
      event.sellOrderId,
      event.sellAccount,
      orders.offset[sellSlot],
      effect.sellFee,
      effect.sellProfit,
    ]);
    if (orders.status[buySlot] === OrderStatus.Filled) this.finished(buySlot, stamp.sequence);
    if (orders.status[sellSlot] === OrderStatus.Filled) this.finished(sellSlot, stamp.sequence);
  }

  override fundsMoved(record: FundRecord): void {
    this.rows.transfers.add(
      [
        this.state.tradingDay,
        record.timeUs,
        record.sequence,
        record.account,
        record.id,
        record.user,
        record.kind,
        record.amount,
        record.balanceBefore,
        record.balanceAfter,
        record.availableAfter,
      ],
      [textOrNone(record.method), textOrNone(record.bank), textOrNone(record.remark)],
    );
  }

  override audited(record: AuditRecord): void {
    this.rows.audit.add(
      [this.state.tradingDay, record.timeUs, record.sequence, record.id, orNone(record.user), orNone(record.account), record.result],
      [record.logType, record.action, textOrNone(record.details), textOrNone(record.address), textOrNone(record.userAgent)],
    );
  }

  override originNoted({ origin, address, userAgent }: OriginNoted, { timeUs, sequence, source }: Stamp): void {
    const cells = [this.state.tradingDay, timeUs, sequence, originNumber(source, origin)];
    this.rows.origins.add(cells, [textOrNone(address), textOrNone(userAgent)]);
  }

  override instrumentListed(instrument: Instrument): void {
    this.version(instrument, this.state.tradingDay, instrument.createdUs, this.state.sequence + 1);
  }

  override instrumentChanged(instrument: Instrument): void {
    this.version(instrument, this.state.tradingDay, instrument.updatedUs, this.state.sequence + 1);
  }

  override daySettled(day: SettledDay): void {
    for (let account = 1; account <= day.figures.accountCount; account++) this.statement(day, account);
    this.markets(day);
    for (const instrument of this.state.instruments) this.version(instrument, day.event.nextTradingDay, day.timeUs, day.sequence);
  }

  /** The instruments as they are, where the history begins with a state. */
  begun(): void {
    const { instruments, tradingDay, timeUs, sequence } = this.state;
    for (const instrument of instruments) this.version(instrument, tradingDay, timeUs, sequence);
  }

  private entry(event: number, { stamp, instrument, orderId, account, side, price, volume, code }: OrderEntry, leaves: number): void {
    const { timeUs, sequence } = stamp;
    const { tradingDay } = this.state;
    const limit = orNone(price);
    this.rows.order_events.add([
      tradingDay,
      timeUs,
      sequence,
      instrument,
      orNone(orderId),
      account,
      event,
      side,
      limit,
      volume,
      leaves,
      0,
      code,
      originOf(stamp),
    ]);
  }

  private refusal(event: number, { stamp, orderId, account, instrument, code }: CancelEntry | AmendEntry): void {
    const none = [NaN, NaN, NaN, NaN];
    const { timeUs, sequence } = stamp;
    const cells = [this.state.tradingDay, timeUs, sequence, instrument, orderId, account, event, ...none, 0, code, originOf(stamp)];
    this.rows.order_events.add(cells);
  }

  private finished(slot: number, sequence: number): void {
    const o = this.state.orders;
    this.rows.orders.add(
      [
        this.state.tradingDay,
        o.updateUs[slot],
        sequence,
        o.instrument[slot],
        o.orderId[slot],
        o.account[slot],
        o.side[slot],
        o.offset[slot],
        o.priceType[slot],
        o.timeCondition[slot],
        o.volumeCondition[slot],
        orNone(o.price[slot]),
        o.volume[slot],
        o.filled[slot],
        o.filledNotional[slot],
        o.status[slot],
        o.reason[slot],
        o.code[slot],
        o.insertUs[slot],
      ],
      [textOrNone(o.clientOrderId(slot))],
    );
  }

  private statement(day: SettledDay, account: number): void {
    const record = new StatementDocument(day, account).record;
    const origin = [record.id, day.timeUs, record.sequence];
    this.rows.accounts_eod.add([
      ...origin,
      account,
      record.preBalance,
      record.deposit,
      record.withdraw,
      record.closeProfit,
      record.closeProfitByTrade,
      record.positionProfit,
      record.commission,
      record.balance,
      record.margin,
      record.riskRatio / PPM,
      record.tradeCount,
      record.forced,
    ]);
    for (const { instrument, side, volume, openSum, settlementPrice, margin, profit, ended } of record.positions) {
      this.rows.positions_eod.add([...origin, instrument, account, side, volume, openSum, settlementPrice, margin, profit, ended]);
    }
  }

  private markets({ event, market, timeUs, sequence }: SettledDay): void {
    const prices = new Map(event.instruments.map((instrument, i) => [instrument, event.prices[i]]));
    for (const m of market) {
      this.rows.settlements.add(
        [
          event.tradingDay,
          timeUs,
          sequence,
          m.instrument,
          orNone(prices.get(m.instrument) ?? 0),
          m.preSettlement,
          orNone(m.openPrice),
          orNone(m.highPrice),
          orNone(m.lowPrice),
          orNone(m.lastPrice),
          m.volume,
          m.openInterest,
          m.upperLimit,
          m.lowerLimit,
        ],
        [m.turnover],
      );
    }
  }

  private version(instrument: Instrument, tradingDay: number, timeUs: number, sequence: number): void {
    this.rows.instruments.add(
      [
        tradingDay,
        timeUs,
        sequence,
        instrument.instrument,
        instrument.exchange,
        instrument.instrumentType,
        instrument.status,
        instrument.multiplier,
        instrument.priceTick,
        instrument.longMarginRatio,
        instrument.shortMarginRatio,
        instrument.feeOpenByMoney,
        instrument.feeCloseByMoney,
        instrument.feeCloseTodayByMoney,
        instrument.feeOpenByLot,
        instrument.feeCloseByLot,
        instrument.feeCloseTodayByLot,
        instrument.preSettlement,
        instrument.upperLimit,
        instrument.lowerLimit,
        orNone(instrument.listDate),
        orNone(instrument.expireDate),
      ],
      [instrument.name, instrument.productId],
    );
  }
}
