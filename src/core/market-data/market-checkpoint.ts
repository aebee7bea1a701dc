/** A fold of market data put aside and taken up again, without the events before it. */
import { assert } from '../assert.js';
import { Offset } from '../enums.js';
import type { Instrument, Rates } from '../instrument.js';
import type { ExchangeState } from '../state.js';
import type { AuctionPrint } from './bar-fold.js';
import type { DayColumns } from './day-table.js';
import type { MarketFold } from './market-fold.js';

/** Fields are numbers, texts, arrays and typed arrays only. */
export interface FoldCheckpoint {
  sequence: number;
  timeUs: number;
  tradingDay: number;
  tradeCount: number;
  instruments: Instrument[];
  planned: [number, Rates][];
  days: DayColumns;
  bars: { bars: Float64Array; waiting: [number, AuctionPrint[]][] };
  /** By instrument, from 1. */
  mdSequences: number[];
  changedUs: number[];
  // live orders, one element each
  orderId: Float64Array;
  price: Float64Array;
  leaves: Uint32Array;
  instrument: Uint32Array;
  side: Uint8Array;
  opens: Uint8Array;
}

/** Between two commands only. */
export function saveFold(fold: MarketFold): FoldCheckpoint {
  assert(fold.book.instrument === 0, 'no command is under way');
  const { orders, book } = fold;
  const slots = [...orders];
  const instruments = [...fold.instruments].map((instrument) => ({ ...instrument }));
  return {
    sequence: fold.sequence,
    timeUs: fold.timeUs,
    tradingDay: fold.tradingDay,
    tradeCount: fold.tradeCount,
    instruments,
    planned: [...fold.planned],
    days: fold.days.save(),
    bars: fold.bars.save(),
    mdSequences: instruments.map(({ instrument }) => book.mdSequence(instrument)),
    changedUs: instruments.map(({ instrument }) => book.lastChangeUs(instrument)),
    orderId: Float64Array.from(slots, (slot) => orders.orderId[slot]),
    price: Float64Array.from(slots, (slot) => orders.price[slot]),
    leaves: Uint32Array.from(slots, (slot) => orders.leaves[slot]),
    instrument: Uint32Array.from(slots, (slot) => orders.instrument[slot]),
    side: Uint8Array.from(slots, (slot) => orders.side[slot]),
    opens: Uint8Array.from(slots, (slot) => orders.opens[slot]),
  };
}

/** Brings an empty fold to where the checkpoint was taken. */
export function restoreFold(fold: MarketFold, saved: FoldCheckpoint): void {
  begin(fold, saved, saved.instruments);
  for (const [instrument, rates] of saved.planned) fold.planned.set(instrument, rates);
  fold.days.restore(saved.days);
  fold.bars.restore(saved.bars);
  for (const [index, { instrument }] of saved.instruments.entries()) {
    fold.book.continueFrom(instrument, saved.mdSequences[index], saved.changedUs[index]);
  }
  for (let n = 0; n < saved.orderId.length; n++) {
    insert(fold, saved.orderId[n], saved.instrument[n], saved.side[n], saved.opens[n], saved.price[n], saved.leaves[n]);
  }
  for (const { instrument } of saved.instruments) fold.noteBest(instrument);
}

/** Brings an empty fold to where a state of the exchange is: bars begin anew, and md_seq counts from 0. */
export function foldFromState(fold: MarketFold, state: ExchangeState): void {
  begin(fold, state, state.instruments);
  for (const [instrument, rates] of state.settlement.planned) fold.planned.set(instrument, rates);
  const { days } = fold;
  const { market, orders } = state;
  for (const { instrument } of state.instruments) {
    days.last[instrument] = market.lastPrice[instrument];
    days.open[instrument] = market.openPrice[instrument];
    days.high[instrument] = market.highPrice[instrument];
    days.low[instrument] = market.lowPrice[instrument];
    days.volume[instrument] = market.volume[instrument];
    days.turnoverHigh[instrument] = market.turnoverHigh[instrument];
    days.turnoverLow[instrument] = market.turnoverLow[instrument];
    days.openInterest[instrument] = market.openInterest[instrument];
    days.lastUs[instrument] = market.lastTradeUs[instrument];
    days.settlement[instrument] = state.settlement.prices.get(instrument) ?? 0;
  }
  for (let account = 1; account <= state.accounts.count; account++) {
    for (let slot = state.accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) {
      const opens = orders.offset[slot] === Offset.OPEN ? 1 : 0;
      insert(fold, orders.orderId[slot], orders.instrument[slot], orders.side[slot], opens, orders.price[slot], orders.leaves(slot));
    }
  }
  for (const { instrument } of state.instruments) fold.noteBest(instrument);
}

function begin(
  fold: MarketFold,
  from: Pick<ExchangeState, 'sequence' | 'timeUs' | 'tradingDay' | 'tradeCount'>,
  instruments: Iterable<Instrument>,
): void {
  assert(fold.sequence === 0 && fold.instruments.count === 0, 'a fold that has seen nothing');
  fold.sequence = from.sequence;
  fold.timeUs = from.timeUs;
  fold.tradingDay = from.tradingDay;
  fold.tradeCount = from.tradeCount;
  for (const instrument of instruments) fold.adopt({ ...instrument });
}

function insert(fold: MarketFold, orderId: number, instrument: number, side: number, opens: number, price: number, leaves: number): void {
  fold.orders.insert(orderId, instrument, side, opens, price, leaves);
  if (price !== 0) fold.book.restore(instrument, side, price, leaves);
}
