/**
 * Channels of which only the newest state matters: best prices, statistics, bars that form. A changed one is told at the end
 * of the turn, or when its interval is over.
 */
import { Side } from '../../core/enums.js';
import { indicationOf, isAuctionBook } from '../../core/market-data/market-snapshot.js';
import type { MarketFold } from '../../core/market-data/market-fold.js';
import { PERIODS } from '../../core/market-data/periods.js';
import { l1Text } from '../../wire/market/book-text.js';
import { Channel } from '../../wire/market/channels.js';
import { auctionText, barText, statisticsText } from '../../wire/market/market-text.js';
import type { Interests } from './interests.js';

const BARS_MS = 250;
const STATISTICS_MS = 1000;

type Tell = (instrument: number, channel: number, detail: number, text: string) => void;

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
  /** By instrument: the best prices as they were last told, without their time. */
  private readonly toldBest: string[] = [];

  constructor(
    private readonly fold: MarketFold,
    private readonly interests: Interests,
    private readonly tell: Tell,
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
      this.showBest(instrument, false);
    });
    const isBarLeft = this.bars.turn(nowMs, (instrument) => {
      this.showBars(instrument);
    });
    const isStatisticLeft = this.statistics.turn(nowMs, (instrument) => {
      this.showStatistics(instrument);
    });
    return isBarLeft || isStatisticLeft;
  }

  /** Tells the state of the channels as it is now. */
  show(instrument: number, channels: number): void {
    if ((channels & Channel.l1) !== 0) this.showBest(instrument, true);
    if ((channels & Channel.statistics) !== 0) this.showStatistics(instrument);
    if ((channels & Channel.kline) !== 0) this.showBars(instrument);
    if ((channels & Channel.auction) !== 0) this.showAuction(instrument);
  }

  private showBest(instrument: number, always: boolean): void {
    const { book, days, instruments } = this.fold;
    const { instrumentId, phase } = instruments.get(instrument);
    const prices = {
      instrumentId,
      bid: book.levels(instrument, Side.BUY, 1).at(0),
      ask: book.levels(instrument, Side.SELL, 1).at(0),
      lastPrice: days.last[instrument],
      lastVolume: days.lastVolume[instrument],
      phase,
    };
    const state = l1Text({ ...prices, mdSequence: 0, timeUs: 0 });
    if (!always && state === this.toldBest[instrument]) return;
    if (!always) this.toldBest[instrument] = state;
    const text = l1Text({ ...prices, mdSequence: book.mdSequence(instrument), timeUs: book.lastChangeUs(instrument) });
    this.tell(instrument, Channel.l1, 0, text);
  }

  private showStatistics(instrument: number): void {
    const { fold } = this;
    const text = statisticsText(fold.instruments.get(instrument), fold.days, fold.timeUs, fold.book.mdSequence(instrument));
    this.tell(instrument, Channel.statistics, 0, text);
  }

  /** Those that form; a finished one was told when it was over. */
  private showBars(instrument: number): void {
    const { fold } = this;
    const { instrumentId } = fold.instruments.get(instrument);
    for (const [period] of PERIODS.entries()) {
      const bar = fold.bars.newest(instrument, period);
      if (bar === undefined || bar.isFinished) continue;
      this.tell(instrument, Channel.kline, period + 1, barText(instrumentId, period, bar, fold.timeUs, fold.book.mdSequence(instrument)));
    }
  }

  private showAuction(number: number): void {
    const { book, days, instruments, timeUs } = this.fold;
    const instrument = instruments.get(number);
    if (!isAuctionBook(book, instrument)) return;
    const text = auctionText(instrument, indicationOf(book, instrument, days.last[number]), timeUs, book.mdSequence(number));
    this.tell(number, Channel.auction, 0, text);
  }
}
