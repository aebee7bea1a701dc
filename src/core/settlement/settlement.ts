/**
 * Settlement prices of the day, and the settlement itself: one event from which everything follows (ledger.md 7, S5 to S15).
 */
import { ClientOrderId } from '../client-order-id.js';
import { assert } from '../assert.js';
import type { DaySettled, SettlementPriceSet, Stamp } from '../events.js';
import { InstrumentStatus, Offset } from '../enums.js';
import { dailyLimits, type Rates } from '../instrument.js';
import { HIS, TODAY } from '../positions.js';
import type { ExchangeState } from '../state.js';
import { DayFigures } from './day-figures.js';
import { marketDays, type SettledDay } from './settled-day.js';

export class Settlement {
  /** Prices set for the current trading day, by instrument number, in 1/10000. */
  readonly prices = new Map<number, number>();
  /** Rates that hold from the next trading day on, by instrument number. */
  readonly planned = new Map<number, Rates>();
  /** yyyymmdd of the last day that was settled; 0 before the first. */
  lastDay = 0;
  /** Event time of that settlement, µs. */
  settledUs = 0;
  /** Trades up to this one belong to settled days. */
  lastTradeId = 0;
  /** Accounts that have been liquidated on the current trading day. */
  readonly forced = new Set<number>();

  /** A price of another day than the current one says nothing any more. */
  setPrice(event: SettlementPriceSet, tradingDay: number): void {
    if (event.tradingDay !== tradingDay) return;
    if (event.price === 0) this.prices.delete(event.instrument);
    else this.prices.set(event.instrument, event.price);
  }
}

/** Settles every account and turns the day. */
export function settleDay(state: ExchangeState, event: DaySettled, { timeUs, sequence }: Stamp): SettledDay {
  assert(event.tradingDay === state.tradingDay, 'the current trading day is settled, once');
  const { settlement } = state;
  const figures = new DayFigures(state, event.tradingDay, event.instruments, event.prices);
  const day: SettledDay = { event, figures, market: marketDays(state), forced: [...settlement.forced], timeUs, sequence };
  rollPositions(state, figures);
  rollAccounts(state, figures);
  rollOrders(state);
  changeRates(state);
  rollInstruments(state, figures);
  endConditionals(state, figures);
  settlement.prices.clear();
  settlement.forced.clear();
  settlement.lastDay = event.tradingDay;
  settlement.settledUs = timeUs;
  settlement.lastTradeId = state.tradeCount;
  state.tradingDay = event.nextTradingDay;
  return day;
}

/**
 * Lots of today become lots of earlier days, all based on the settlement price, with the margins of the next day; those of
 * ending contracts are gone.
 */
function rollPositions({ accounts, instruments, ledger, positions: p }: ExchangeState, figures: DayFigures): void {
  ledger.groups.clear();
  accounts.margin.set(figures.margin);
  for (let account = 1; account <= figures.accountCount; account++) {
    for (let row = figures.firstRow[account]; row < figures.firstRow[account + 1]; row++) {
      const number = figures.instrument[row];
      const sideIndex = figures.sideIndex[row];
      const lots = figures.volume[row];
      const margin = figures.rowMargin[row];
      p.margin[sideIndex] = margin;
      if (figures.ends[number] === 1) {
        assert(
          p.frozenVolume[sideIndex * 2 + HIS] + p.frozenVolume[sideIndex * 2 + TODAY] === 0,
          'no order holds lots of an ending contract',
        );
        p.dropLots(sideIndex);
        p.addSums(sideIndex, -lots, -p.openNotional[sideIndex], -p.basisNotional[sideIndex]);
      } else {
        const instrument = instruments.get(number);
        const price = figures.price[number];
        p.rollLots(sideIndex, price);
        p.addSums(sideIndex, 0, 0, price * instrument.multiplier * lots - p.basisNotional[sideIndex]);
        ledger.groups.add(ledger.groups.of(instrument), account, figures.side[row], margin);
      }
    }
  }
}

function rollAccounts({ accounts: a, carried }: ExchangeState, figures: DayFigures): void {
  // what ended with its contract was closed by this day
  a.closeProfitByTrade.set(figures.closeProfitByTrade);
  carried.carry(a);
  a.preBalance.set(figures.balance);
  a.deposit.fill(0);
  a.withdraw.fill(0);
  a.closeProfit.fill(0);
  a.closeProfitByTrade.fill(0);
  a.commission.fill(0);
  a.tradesToday.fill(0);
}

/** Planned rates hold from now on, for margins as for what orders freeze. */
function changeRates({ accounts, orders: o, instruments, ledger, settlement }: ExchangeState): void {
  const { planned } = settlement;
  if (planned.size === 0) return;
  for (const [number, rates] of planned) {
    const instrument = instruments.get(number);
    Object.assign(instrument, rates);
    Object.assign(instrument, dailyLimits(instrument));
  }
  for (let account = 1; account <= accounts.count; account++) {
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = o.nextOfAccount[slot]) {
      if (o.offset[slot] === Offset.OPEN && planned.has(o.instrument[slot])) ledger.adjust(slot);
    }
  }
  planned.clear();
}

/** Orders that live on hold lots of earlier days from now on; client order ids of those that do not may be used anew. */
function rollOrders(state: ExchangeState): void {
  const { accounts, orders: o, clientOrderIds } = state;
  clientOrderIds.clear();
  const named: number[] = [];
  for (let account = 1; account <= accounts.count; account++) {
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = o.nextOfAccount[slot]) {
      if (o.clientIdLength(slot) !== 0) named.push(slot);
      if (o.offset[slot] === Offset.OPEN) continue;
      o.frozenHis[slot] += o.frozenToday[slot];
      o.frozenToday[slot] = 0;
    }
  }
  // in the order of their acceptance, as they were noted
  named.sort((a, b) => o.exchangeOrderId[a] - o.exchangeOrderId[b]);
  const id = new ClientOrderId();
  for (const slot of named) {
    o.readClientId(slot, id);
    clientOrderIds.add(o.account[slot], id, o.orderId[slot]);
  }
}

function endConditionals({ conditionals, instruments }: ExchangeState, figures: DayFigures): void {
  conditionals.endDay();
  for (const { instrument } of instruments) if (figures.ends[instrument] === 1) conditionals.endInstrument(instrument);
}

function rollInstruments({ instruments, market, carried }: ExchangeState, figures: DayFigures): void {
  for (const instrument of instruments) {
    const number = instrument.instrument;
    if (market.lastPrice[number] !== 0) instrument.preClose = market.lastPrice[number];
    if (figures.ends[number] === 1) {
      market.openInterest[number] = 0;
      instrument.status = InstrumentStatus.delisted;
    }
    instrument.preOpenInterest = market.openInterest[number];
    if (figures.price[number] !== 0) {
      instrument.preSettlement = figures.price[number];
      Object.assign(instrument, dailyLimits(instrument));
    }
    carried.carryMarket(market, number);
    market.clearDay(number);
  }
}
