/**
 * The fold of market data against the state of the exchange over days of random trading: the same books, statistics and
 * instruments after every command, sums that are those of the trades exactly, and a checkpoint that changes nothing.
 */
import t, { type Test } from 'tap';
import { Side } from '../../../src/core/enums.js';
import { StateObserver, type FillEffect } from '../../../src/core/observer.js';
import type { Trade } from '../../../src/core/events.js';
import type { Bar } from '../../../src/core/market-data/bar.js';
import { foldFromState, restoreFold, saveFold } from '../../../src/core/market-data/market-checkpoint.js';
import { MarketFold } from '../../../src/core/market-data/market-fold.js';
import { MarketListener } from '../../../src/core/market-data/market-listener.js';
import { barStart, DAY, PERIODS } from '../../../src/core/market-data/periods.js';
import { SnapshotMaker } from '../../../src/core/market-data/market-snapshot.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { WIDE } from '../../../src/core/units.js';
import { EventDecoder } from '../../../src/wire/event-decoder.js';
import { isEndOfCommand } from '../../../src/wire/frame-header.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { TradingDays } from '../../model/trading-days.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { naiveBars, type NaiveTrade } from './naive-bars.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

/** Every trade as the ledger booked it. */
class Trades extends StateObserver {
  readonly byInstrument = new Map<number, NaiveTrade[]>();

  constructor(private readonly circle: OneThreadCircle) {
    super();
  }

  override traded({ instrument, price, volume, stamp }: Trade, _effect: FillEffect): void {
    const { market, instruments } = this.circle.state;
    const list = this.byInstrument.get(instrument) ?? [];
    const openInterest = market.openInterest[instrument];
    const before = list.at(-1)?.openInterest ?? 0;
    const amount = price * instruments.get(instrument).multiplier * volume;
    list.push({ timeUs: stamp.timeUs, price, volume, amount, openInterest, delta: openInterest - before });
    this.byInstrument.set(instrument, list);
  }
}

class Bars extends MarketListener {
  readonly newest = new Map<string, Bar>();

  override barFinished(instrument: number, period: number, bar: Bar): void {
    this.newest.set(`${instrument}/${period}/${bar.startUs}`, bar);
  }
}

function compare(t: Test, fold: MarketFold, circle: OneThreadCircle, when: string): void {
  const { state, depth } = circle;
  t.equal(fold.sequence, state.sequence);
  t.equal(fold.tradingDay, state.tradingDay);
  t.equal(fold.tradeCount, state.tradeCount);
  for (const instrument of state.instruments) {
    const n = instrument.instrument;
    const { market } = state;
    const { days } = fold;
    const ours = [days.last, days.open, days.high, days.low, days.volume, days.turnoverHigh, days.turnoverLow, days.openInterest];
    const theirs = [market.lastPrice, market.openPrice, market.highPrice, market.lowPrice, market.volume, market.turnoverHigh];
    t.same(
      ours.map((column) => column[n]),
      [...theirs, market.turnoverLow, market.openInterest].map((column) => column[n]),
      `statistics of ${instrument.instrumentId} ${when}`,
    );
    t.same(fold.instruments.get(n), instrument, `terms of ${instrument.instrumentId} ${when}`);
    for (const side of [Side.BUY, Side.SELL]) t.same(fold.book.levels(n, side, 100), depth.levels(n, side, 100), `book ${when}`);
    t.equal(fold.book.mdSequence(n), depth.mdSequence(n), `md_seq ${when}`);
  }
}

t.test('the fold says what the state says, and what it adds follows from the trades', async (t) => {
  const days = new TradingDays({ seed, accounts: 12, days: 3, commands: 400 });
  const { circle } = days;
  const listener = new Bars();
  let fold = new MarketFold(listener);
  let decoder = new EventDecoder(fold);
  let read = 0;
  let checked = 0;
  const follow = (): void => {
    while (read < circle.journal.length) {
      const views = frameViews(circle.journal[read++]);
      decoder.decode(views, 0);
      if (!isEndOfCommand(views, 0) || ++checked % 97 !== 0) continue;
      compare(t, fold, circle, `behind event ${fold.sequence}`);
      if (checked % 194 !== 0) continue;
      const saved = structuredClone(saveFold(fold));
      fold = new MarketFold(listener);
      decoder = new EventDecoder(fold);
      restoreFold(fold, saved);
    }
  };
  const trades = new Trades(circle);
  circle.state.observe(trades);
  follow();
  circle.onEvent = follow;
  await days.run();
  follow();
  compare(t, fold, circle, 'in the end');
  t.ok(circle.state.tradeCount > 100, `trades of seed ${seed}`);
  checkBars(t, fold, listener, trades);
  const reborn = new MarketFold();
  foldFromState(reborn, restoreState(serializeState(circle.state)));
  for (const { instrument } of circle.state.instruments) {
    reborn.book.continueFrom(instrument, circle.depth.mdSequence(instrument), circle.depth.lastChangeUs(instrument));
  }
  compare(t, reborn, circle, 'from a state');
});

/** Intraday bars of all instruments equal those of the trades by brute force; the sums of day bars are those of all trades. */
function checkBars(t: Test, fold: MarketFold, listener: Bars, trades: Trades): void {
  for (const [instrument, list] of trades.byInstrument) {
    for (const [period, { name }] of PERIODS.entries()) {
      const newest = fold.bars.newest(instrument, period)!;
      const told = [...listener.newest].filter(([key]) => key.startsWith(`${instrument}/${period}/`)).map(([, bar]) => bar);
      const bars = new Map([...told, newest].map((bar) => [bar.startUs, bar]));
      const sum = [...bars.values()].reduce((total, bar) => total + BigInt(bar.amountHigh) * BigInt(WIDE) + BigInt(bar.amountLow), 0n);
      t.equal(
        sum,
        list.reduce((total, { amount }) => total + BigInt(amount), 0n),
        `Σ amount of the ${name} bars`,
      );
      t.equal(
        [...bars.values()].reduce((total, { volume }) => total + volume, 0),
        list.reduce((total, { volume }) => total + volume, 0),
      );
      if (period === DAY) continue;
      const naive = naiveBars(list, ({ timeUs }) => barStart(period, timeUs));
      t.same(
        [...bars.values()].map(({ startUs, barNo, open, high, low, close, volume }) => ({
          startUs,
          barNo,
          open,
          high,
          low,
          close,
          volume,
        })),
        naive.map(({ startUs, barNo, open, high, low, close, volume }) => ({ startUs, barNo, open, high, low, close, volume })),
        `${name} bars`,
      );
    }
  }
}

t.test('a snapshot has the true extremes of the day', async (t) => {
  const circle = new OneThreadCircle();
  const fold = new MarketFold();
  const decoder = new EventDecoder(fold);
  const instrument = circle.list({ instrumentId: 'CFFEX.IF', multiplier: 300, priceTick: 2000, preSettlement: 38_000_000 });
  const [a, b, c, d] = [0, 0, 0, 0].map(() => circle.trader(1e10));
  const deal = (buyer: number, seller: number, lots: number, price: number, offsets = ['OPEN', 'OPEN']): void => {
    circle.order(seller, instrument, `SELL ${offsets[1]} ${lots}@${price}`);
    circle.order(buyer, instrument, `BUY ${offsets[0]} ${lots}@${price}`);
  };
  deal(a, b, 1000, 3800);
  circle.phase(instrument, 'CLOSED');
  circle.phase(instrument, 'CONTINUOUS');
  for (const frame of circle.journal) decoder.decode(frameViews(frame), 0);
  const read = circle.journal.length;
  const maker = new SnapshotMaker(fold);
  maker.make(instrument, 1_000_000);
  deal(a, b, 2, 3806);
  deal(a, b, 1, 3806.4);
  deal(c, a, 3, 3801, ['OPEN', 'CLOSE']);
  deal(b, c, 1, 3805, ['CLOSE', 'CLOSE']);
  circle.order(d, instrument, 'BUY OPEN 7@3799');
  for (const frame of circle.journal.slice(read)) decoder.decode(frameViews(frame), 0);
  const snapshot = maker.make(instrument, 2_000_000);
  t.match(snapshot, {
    last: 38_050_000,
    isReference: false,
    open: 38_000_000,
    high: 38_064_000,
    low: 38_000_000,
    intervalVolume: 7,
    intervalTurnover: 79_879_200_000,
    openInterest: 1002,
    lastVolume: 1,
    bids: [{ price: 37_990_000, volume: 7, orderCount: 1 }],
    asks: [],
    bidTotal: 7,
    askTotal: 0,
    limitLocked: 'NO',
    indication: undefined,
  });
  t.equal(snapshot.instrument.upperLimit, 41_800_000);
  t.equal(maker.make(instrument, 3_000_000).intervalVolume, 0);
});
