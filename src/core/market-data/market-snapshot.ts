/** What the market of an instrument looks like at a moment (market-data.md 5). Prices and money in 1/10000, 0 for none. */
import { AuctionTieBreak, Phase, Side } from '../enums.js';
import { isTradable, type Instrument } from '../instrument.js';
import { isCollecting } from '../phases.js';
import { usesDomesticRules } from '../profile.js';
import { WIDE } from '../units.js';
import type { MarketFold } from './market-fold.js';
import { calendarDay } from './periods.js';
import type { DepthLevel, PublicBook } from './public-book.js';

export const SNAPSHOT_LEVELS = 5;

export interface MarketSnapshot {
  instrument: Instrument;
  /** The whole second that it is the picture of. */
  timeUs: number;
  /** yyyymmdd */
  tradingDay: number;
  actionDay: number;
  /** Of the day; the settlement price of the day before stands in for it before the first trade. */
  last: number;
  isReference: boolean;
  bids: readonly DepthLevel[];
  asks: readonly DepthLevel[];
  open: number;
  high: number;
  low: number;
  close: number;
  settlement: number;
  volume: number;
  turnoverHigh: number;
  turnoverLow: number;
  /** Turnover / (lots × multiplier), rounded half up. */
  average: number;
  openInterest: number;
  lastVolume: number;
  trades: number;
  /** Since the snapshot before it. */
  intervalVolume: number;
  intervalTurnover: number;
  /** Lots of all levels. */
  bidTotal: number;
  askTotal: number;
  limitLocked: 'UP' | 'DOWN' | 'NO';
  /** What an auction would do now; undefined outside of one. */
  indication: Indication | undefined;
  mdSequence: number;
  sequence: number;
}

export interface Indication {
  /** 1/10000; 0 when nothing would trade. */
  readonly price: number;
  /** Lots that would trade. */
  readonly volume: number;
  /** `Side` of which lots would be left over at the price, NONE for neither, and how many. */
  readonly surplusSide: number;
  readonly surplusVolume: number;
}

/** Whether the book of the instrument collects orders, or may be crossed for another reason, so that its depth is no market. */
export function isAuctionBook(book: Pick<PublicBook, 'bestPrice'>, { instrument, phase }: Instrument): boolean {
  if (isCollecting(phase) || phase === Phase.AUCTION_CANCEL) return true;
  const bid = book.bestPrice(instrument, Side.BUY);
  const ask = book.bestPrice(instrument, Side.SELL);
  return bid !== 0 && ask !== 0 && bid >= ask;
}

/** What an auction of the instrument would do now; `last` is its last price of the day, 0 for none. */
export function indicationOf(book: PublicBook, instrument: Instrument, last: number): Indication {
  return surplusOf(book.indicative(instrument, auctionReference(instrument, last), tieBreakOf(instrument)));
}

export function tieBreakOf(instrument: Instrument): number {
  return usesDomesticRules(instrument) ? AuctionTieBreak.CLEARING_NEAREST : AuctionTieBreak.FULL;
}

/** With the side of which lots would be left over; `imbalance` is the surplus of bids, or below 0 of asks. */
export function surplusOf({ price, volume, imbalance }: ReturnType<PublicBook['indicative']>): Indication {
  const surplusSide = imbalance === 0 ? Side.NONE : imbalance > 0 ? Side.BUY : Side.SELL;
  return { price, volume, surplusSide, surplusVolume: Math.abs(imbalance) };
}

/** What comes back from a halt leans to its last trade, an opening to the settlement price (trading-rules.md 14.2). */
export function auctionReference(instrument: Instrument, last: number): number {
  const isResuming = !isTradable(instrument) || instrument.phase === Phase.HALT;
  return isResuming && last !== 0 ? last : instrument.preSettlement;
}

/** Makes snapshots one after the other, so that each knows what was traded since the one before. */
export class SnapshotMaker {
  private readonly volumes: number[] = [];
  private readonly turnovers: number[] = [];

  constructor(private readonly fold: MarketFold) {}

  make(number: number, timeUs: number): MarketSnapshot {
    const { fold } = this;
    const { days, book } = fold;
    const instrument = fold.instruments.get(number);
    const bids = book.levels(number, Side.BUY, SNAPSHOT_LEVELS);
    const asks = book.levels(number, Side.SELL, SNAPSHOT_LEVELS);
    const last = days.last[number];
    const turnover = days.turnoverHigh[number] * WIDE + days.turnoverLow[number];
    const snapshot: MarketSnapshot = {
      instrument,
      timeUs,
      tradingDay: fold.tradingDay,
      actionDay: calendarDay(timeUs),
      last: last === 0 ? instrument.preSettlement : last,
      isReference: last === 0,
      bids,
      asks,
      open: days.open[number],
      high: days.high[number],
      low: days.low[number],
      close: days.close[number],
      settlement: days.settlement[number],
      volume: days.volume[number],
      turnoverHigh: days.turnoverHigh[number],
      turnoverLow: days.turnoverLow[number],
      average: averagePrice(days.turnoverHigh[number], days.turnoverLow[number], days.volume[number] * instrument.multiplier),
      openInterest: days.openInterest[number],
      lastVolume: days.lastVolume[number],
      trades: days.trades[number],
      intervalVolume: days.volume[number] - (this.volumes[number] ?? 0),
      intervalTurnover: turnover - (this.turnovers[number] ?? 0),
      bidTotal: sideTotal(book, number, Side.BUY),
      askTotal: sideTotal(book, number, Side.SELL),
      limitLocked: limitLocked(instrument, bids, asks),
      indication: isAuctionBook(book, instrument) ? indicationOf(book, instrument, last) : undefined,
      mdSequence: book.mdSequence(number),
      sequence: fold.sequence,
    };
    this.volumes[number] = days.volume[number];
    this.turnovers[number] = turnover;
    return snapshot;
  }

  /** The day's sums of an instrument are counted from 0 again. */
  turnDay(): void {
    this.volumes.length = 0;
    this.turnovers.length = 0;
  }

  save(): { volumes: number[]; turnovers: number[] } {
    return { volumes: [...this.volumes], turnovers: [...this.turnovers] };
  }

  restore({ volumes, turnovers }: ReturnType<SnapshotMaker['save']>): void {
    this.turnDay();
    this.volumes.push(...volumes);
    this.turnovers.push(...turnovers);
  }
}

/** (high × WIDE + low) / parts, rounded half up; 0 without parts. */
export function averagePrice(high: number, low: number, parts: number): number {
  if (parts === 0) return 0;
  const sum = BigInt(high) * BigInt(WIDE) + BigInt(low);
  const divisor = BigInt(parts);
  return Number((sum * 2n + divisor) / (divisor * 2n));
}

function sideTotal(book: PublicBook, instrument: number, side: number): number {
  const ladder = book.ladderOf(instrument, side);
  let total = 0;
  for (let at = ladder.occupied.nextAbove(-1); at !== -1; at = ladder.occupied.nextAbove(at)) total += ladder.volume(at);
  return total;
}

/** A side that waits at the limit while nobody is on the other one. */
function limitLocked(
  { upperLimit, lowerLimit }: Instrument,
  bids: readonly DepthLevel[],
  asks: readonly DepthLevel[],
): 'UP' | 'DOWN' | 'NO' {
  if (asks.length === 0 && bids.at(0)?.price === upperLimit) return 'UP';
  return bids.length === 0 && asks.at(0)?.price === lowerLimit ? 'DOWN' : 'NO';
}
