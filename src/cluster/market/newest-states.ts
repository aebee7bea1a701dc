/**
 * Channels of which only the newest state matters: best prices, statistics, bars that form. A changed one is told at the end
 * of the turn, or when its interval is over.
 */
import { Side } from '../../core/enums.js';
import { indicationOf, isAuctionBook } from '../../core/market-data/market-snapshot.js';
import type { MarketFold } from '../../core/market-data/market-fold.js';
import { PERIODS } from '../../core/market-data/periods.js';
import type { DepthLevel } from '../../core/market-data/public-book.js';
import type { BestPrices } from '../../wire/market/book-text.js';
import { Channel } from '../../wire/market/channels.js';
import type { Interests } from './interests.js';
import type { MarketTeller } from './market-teller.js';

const BARS_MS = 250;
const STATISTICS_MS = 1000;

/** Instruments that have changed, told of at most once in an interval each. */
class Changed {
  private readonly waiting = new Set<number>();
  private readonly toldMs: number[] = [];

  constructor(private readonly intervalMs: number) {}

  add(instrument: number): void {
    this.waiting.add(instrument);
  }

  /** True when some must wait. */
  turn(nowMs: number, tell: (instrument: number) => void): boolean {
    for (const instrument of this.waiting) {
      if (nowMs - (this.toldMs[instrument] ?? -Infinity) < this.intervalMs) continue;
      this.toldMs[instrument] = nowMs;
      this.waiting.delete(instrument);
      tell(instrument);
    }
    return this.waiting.size > 0;
  }
}

export class NewestStates {
  private readonly best = new Changed(0);
  private readonly bars = new Changed(BARS_MS);
  private readonly statistics = new Changed(STATISTICS_MS);
  /** By instrument: the best prices as they were last told. */
  private readonly toldBest: BestPrices[] = [];

  constructor(
    private readonly fold: MarketFold,
    private readonly interests: Interests,
    private readonly teller: MarketTeller,
  ) {}

  changed(instrument: number, hasTraded: boolean): void {
    const { interests } = this;
    if (interests.wants(instrument, Channel.l1)) this.best.add(instrument);
    if (interests.wants(instrument, Channel.statistics)) this.statistics.add(instrument);
    if (hasTraded && interests.wants(instrument, Channel.kline)) this.bars.add(instrument);
  }

  /** Tells what is due; true when something is left for later. */
  turn(nowMs: number): boolean {
    this.best.turn(nowMs, (instrument) => {
      this.tellBest(instrument);
    });
    const isBarLeft = this.bars.turn(nowMs, (instrument) => {
      this.showBars(instrument);
    });
    const isStatisticLeft = this.statistics.turn(nowMs, (instrument) => {
      this.teller.statistics(instrument);
    });
    return isBarLeft || isStatisticLeft;
  }

  /** Tells the state of the channels as it is now. */
  show(instrument: number, channels: number): void {
    if ((channels & Channel.l1) !== 0) this.teller.best(instrument, this.bestOf(instrument));
    if ((channels & Channel.statistics) !== 0) this.teller.statistics(instrument);
    if ((channels & Channel.kline) !== 0) this.showBars(instrument);
    if ((channels & Channel.auction) !== 0) this.showAuction(instrument);
  }

  private tellBest(instrument: number): void {
    const best = this.bestOf(instrument);
    const told = this.toldBest.at(instrument);
    if (told !== undefined && areSame(best, told)) return;
    this.toldBest[instrument] = best;
    this.teller.best(instrument, best);
  }

  private bestOf(instrument: number): BestPrices {
    const { book, days, instruments } = this.fold;
    return {
      bid: book.levels(instrument, Side.BUY, 1).at(0),
      ask: book.levels(instrument, Side.SELL, 1).at(0),
      lastPrice: days.last[instrument],
      lastVolume: days.lastVolume[instrument],
      phase: instruments.get(instrument).phase,
    };
  }

  /** Those that form; a finished one was told when it was over. */
  private showBars(instrument: number): void {
    for (let period = 0; period < PERIODS.length; period++) {
      const bar = this.fold.bars.newest(instrument, period);
      if (bar !== undefined && !bar.isFinished) this.teller.bar(instrument, period, bar);
    }
  }

  private showAuction(number: number): void {
    const { book, days, instruments } = this.fold;
    const instrument = instruments.get(number);
    if (isAuctionBook(book, instrument)) this.teller.auction(instrument, indicationOf(book, instrument, days.last[number]));
  }
}

function areSame(one: BestPrices, other: BestPrices): boolean {
  return (
    one.lastPrice === other.lastPrice &&
    one.lastVolume === other.lastVolume &&
    one.phase === other.phase &&
    isSameLevel(one.bid, other.bid) &&
    isSameLevel(one.ask, other.ask)
  );
}

function isSameLevel(one: DepthLevel | undefined, other: DepthLevel | undefined): boolean {
  return one?.price === other?.price && one?.volume === other?.volume && one?.orderCount === other?.orderCount;
}
