/**
 * The work of the market worker without its thread: durable events in, encoded market events out (market-data.md 0 to 8).
 *
 * One event is encoded once, however many want it, and not at all when nobody does. What a command changed goes out when it
 * has ended; what only its newest state matters of goes out at the end of a turn.
 */
import { Side } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';
import type { Bar } from '../../core/market-data/bar.js';
import { FactorBoard } from '../../core/market-data/factor-board.js';
import { IndicationSchedule } from '../../core/market-data/indication-schedule.js';
import { MarketFold } from '../../core/market-data/market-fold.js';
import { MarketListener, type Print } from '../../core/market-data/market-listener.js';
import { indicationOf, SnapshotMaker, type MarketSnapshot } from '../../core/market-data/market-snapshot.js';
import { nextSessionUs, sessionSlots } from '../../core/market-data/session-slots.js';
import { simulatedHistory } from '../../core/market-data/simulated-history.js';
import { simulatedBarsOf } from '../../core/market-data/simulated-name.js';
import type { TradingCalendar } from '../../core/sessions.js';
import { EventDecoder } from '../../wire/event-decoder.js';
import { frameSequence, isEndOfCommand } from '../../wire/frame-header.js';
import type { FrameViews } from '../../wire/frame-layout.js';
import { bookText, bookUpdateText, lastPriceText, tickerText, tickText } from '../../wire/market/book-text.js';
import { BAR_CHANNELS, Channel, Keeping } from '../../wire/market/channels.js';
import { newMarketFrame } from '../../wire/market/market-frame.js';
import type { MarketRequest, RecentRequest } from '../../wire/market/market-request.js';
import { auctionText, barText, factorText, phaseText } from '../../wire/market/market-text.js';
import { toMs } from '../../wire/market/number-text.js';
import { snapshotText } from '../../wire/market/snapshot-text.js';
import { Interests } from './interests.js';
import type { MarketOutput } from './market-output.js';
import { NewestStates } from './newest-states.js';

/** Gets what is kept for later queries; objects are good until the call returns. */
export interface MarketRecorder {
  /** Best prices before the command, 0 for none. */
  print(instrument: number, print: Print, mdSequence: number, bid: number, ask: number): void;
  bar(instrument: number, period: number, bar: Bar): void;
  /** All bars of a simulated history, of the time before the instrument was listed; they are the recorder's to keep. */
  simulatedPast(instrument: number, period: number, bars: readonly Bar[]): void;
  snapshot(snapshot: MarketSnapshot, textOf: () => string): void;
}

export class MarketEngine extends MarketListener {
  readonly fold: MarketFold;
  readonly factors: FactorBoard;
  readonly snapshots: SnapshotMaker;
  readonly interests = new Interests();
  /** While the log is read again: nothing that was told before is told once more. */
  isMuted = false;
  recorder: MarketRecorder | undefined;
  /** Whoever keeps what is not stored yet. */
  answerRecent: (request: RecentRequest) => void = () => undefined;
  /** The last command is not wholly applied: nothing can be shown or put aside now. */
  isWithinCommand = false;

  private readonly decoder: EventDecoder;
  private readonly indications: IndicationSchedule;
  private readonly newest: NewestStates;
  private readonly frame = newMarketFrame();
  /** Books that have changed since they were last shown whole. */
  private readonly changedBooks = new Set<number>();
  /** By instrument: what it was like in the last snapshot that was kept. */
  private readonly keptStates: string[] = [];
  /** Requests for instruments whose listing the front has seen before us, and those that came within a command. */
  private early: MarketRequest[] = [];

  constructor(
    private readonly output: MarketOutput,
    private readonly calendar: TradingCalendar,
  ) {
    super();
    this.fold = new MarketFold(this, (template, timeUs) => nextSessionUs(template, calendar, timeUs));
    this.decoder = new EventDecoder(this.fold);
    this.snapshots = new SnapshotMaker(this.fold);
    this.factors = new FactorBoard((instrument, period, afterUs, beforeUs) =>
      sessionSlots(this.fold.instruments.get(instrument).sessionTemplate, calendar, period, afterUs, beforeUs),
    );
    this.newest = new NewestStates(this.fold, this.interests, (instrument, channel, detail, text) => {
      this.emit(instrument, channel, Keeping.newest, detail, this.fold.timeUs, text);
    });
    this.indications = new IndicationSchedule(
      {
        instrument: (number) => this.fold.instruments.get(number),
        mdSequence: (number) => this.fold.book.mdSequence(number),
        indication: (instrument) => indicationOf(this.fold.book, instrument, this.fold.days.last[instrument.instrument]),
      },
      (instrument, indication) => {
        const number = instrument.instrument;
        if (!this.interests.wants(number, Channel.auction)) return;
        const text = auctionText(instrument, indication, this.fold.timeUs, this.fold.book.mdSequence(number));
        this.emit(number, Channel.auction, Keeping.newest, 0, this.fold.timeUs, text);
      },
    );
  }

  /** The next event of the log; one that is in the fold already changes nothing. */
  apply(views: FrameViews, offset: number): void {
    if (frameSequence(views, offset) <= this.fold.sequence) return;
    this.decoder.decode(views, offset);
    this.isWithinCommand = !isEndOfCommand(views, offset);
  }

  /** The fold was filled from outside. */
  begun(): void {
    for (const instrument of this.fold.instruments) this.indications.phaseChanged(instrument);
  }

  /** The events at hand are applied: newest states go out. True when some are kept back for a while. */
  endTurn(nowMs: number): boolean {
    if (this.isMuted || this.isWithinCommand) return false;
    this.answerEarly();
    const isLeft = this.newest.turn(nowMs);
    const isIndicationLeft = this.indications.turn(nowMs);
    this.output.publish();
    return isLeft || isIndicationLeft;
  }

  /** Somebody wants something of which the time to tell it comes by the clock. */
  get isWatched(): boolean {
    return this.interests.isAny;
  }

  /** No event before this time is to be expected any more, µs. */
  pass(timeUs: number): void {
    this.fold.pass(timeUs);
    this.output.publish();
  }

  /** Shows every changed book whole to those who watch it. */
  showBooks(): void {
    for (const instrument of this.changedBooks) {
      for (const depth of this.interests.depths(instrument)) this.emitBook(instrument, depth);
    }
    this.changedBooks.clear();
    this.output.publish();
  }

  handle(request: MarketRequest): void {
    if (request.type === 'interest') {
      this.interests.set(request);
      return;
    }
    if (request.instrument > this.fold.instruments.count || this.isWithinCommand) {
      this.early.push(request);
      return;
    }
    if (request.type === 'recent') {
      this.answerRecent(request);
      return;
    }
    this.frame.token = request.token;
    if (request.type === 'picture') this.emitBook(request.instrument, request.depth);
    else this.emitCurrent(request.instrument, request.channels);
    // the end of the answer
    this.emit(request.instrument, 0, Keeping.all, 0, this.fold.timeUs, '');
    this.frame.token = 0;
    this.output.publish();
  }

  override secondPassed(instrument: number, secondUs: number): void {
    const isWanted = !this.isMuted && this.interests.wants(instrument, Channel.snapshot);
    const isKept = this.recorder !== undefined && this.hasChanged(instrument);
    if (!isWanted && !isKept) return;
    const snapshot = this.snapshots.make(instrument, secondUs);
    let text: string | undefined;
    const textOf = (): string => (text ??= snapshotText(snapshot));
    if (isKept) this.recorder?.snapshot(snapshot, textOf);
    if (isWanted) this.emit(instrument, Channel.snapshot, Keeping.newest, 0, secondUs, textOf());
  }

  override bookChanged(instrument: number, timeUs: number): void {
    const { fold } = this;
    const mdSequence = fold.book.mdSequence(instrument);
    for (let n = 0; n < fold.printCount; n++) {
      this.recorder?.print(instrument, fold.prints[n], mdSequence, fold.bidBefore, fold.askBefore);
    }
    if (this.isMuted) return;
    this.newest.changed(instrument, fold.printCount > 0);
    if (fold.printCount > 0) this.emitPrints(instrument, mdSequence, timeUs);
    if (fold.book.changeCount > 0 && this.interests.wants(instrument, Channel.orderbook)) this.emitChanges(instrument, mdSequence, timeUs);
    this.output.publish();
  }

  override barFinished(instrument: number, period: number, bar: Bar): void {
    this.recorder?.bar(instrument, period, bar);
    const factors = this.factors.add(instrument, period, bar);
    if (this.isMuted) return;
    const { instrumentId } = this.fold.instruments.get(instrument);
    const mdSequence = this.fold.book.mdSequence(instrument);
    const { timeUs } = this.fold;
    if (this.interests.wants(instrument, BAR_CHANNELS)) {
      const text = barText(instrumentId, period, bar, timeUs, mdSequence);
      this.emit(instrument, BAR_CHANNELS, Keeping.all, period + 1, timeUs, text);
    }
    if (factors === undefined || !this.interests.wants(instrument, Channel.factor)) return;
    const text = factorText(instrumentId, period, factors, bar.startUs, mdSequence);
    this.emit(instrument, Channel.factor, Keeping.newest, period + 1, timeUs, text);
  }

  override instrumentListed(instrument: Instrument): void {
    this.indications.phaseChanged(instrument);
    this.simulatePast(instrument);
  }

  /** What an instrument whose name says so is taken to have been before it was listed: bars, and nothing else. */
  simulatePast(instrument: Instrument): void {
    const count = simulatedBarsOf(instrument.name);
    if (count === 0) return;
    const { bars, tradingDay } = this.fold;
    for (const [period, past] of simulatedHistory(instrument, this.calendar, tradingDay, count).entries()) {
      this.recorder?.simulatedPast(instrument.instrument, period, past);
      bars.beginBehind(instrument.instrument, period, past.at(-1)!);
    }
  }

  override phaseChanged(instrument: Instrument, timeUs: number): void {
    this.indications.phaseChanged(instrument);
    const number = instrument.instrument;
    if (!this.isMuted) this.newest.changed(number, false);
    if (!this.isMuted && this.interests.wants(number, Channel.phase)) this.emitPhase(instrument, timeUs);
    this.showSecond(number, timeUs);
    this.output.publish();
  }

  override dayEnding(_tradingDay: number, timeUs: number): void {
    for (const { instrument } of this.fold.instruments) this.showSecond(instrument, timeUs);
  }

  override dayTurned(): void {
    this.snapshots.turnDay();
    // Last prices are gone: every book is shown anew.
    for (const instrument of this.interests.wanting(Channel.orderbook)) this.changedBooks.add(instrument);
  }

  private answerEarly(): void {
    if (this.early.length === 0) return;
    const { early } = this;
    this.early = [];
    for (const request of early) this.handle(request);
  }

  /** One snapshot more, at a moment that is no whole second. */
  private showSecond(instrument: number, timeUs: number): void {
    this.secondPassed(instrument, timeUs);
  }

  /** Whether the instrument is another one than in the snapshot that was kept of it. */
  private hasChanged(instrument: number): boolean {
    const { phase, status, updatedUs } = this.fold.instruments.get(instrument);
    const state = `${this.fold.book.mdSequence(instrument)}/${phase}/${status}/${updatedUs}/${this.fold.tradingDay}`;
    if (this.keptStates[instrument] === state) return false;
    this.keptStates[instrument] = state;
    return true;
  }

  private emitPhase(instrument: Instrument, timeUs: number): void {
    const number = instrument.instrument;
    const text = phaseText(instrument, this.fold.tradingDay, timeUs, this.fold.book.mdSequence(number));
    this.emit(number, Channel.phase, Keeping.all, 0, timeUs, text);
  }

  private emitPrints(instrument: number, mdSequence: number, timeUs: number): void {
    const { fold, interests } = this;
    if (!interests.wants(instrument, Channel.ticker | Channel.tick | Channel.last_price)) return;
    const { instrumentId } = fold.instruments.get(instrument);
    for (let n = 0; n < fold.printCount; n++) {
      const print = fold.prints[n];
      if (interests.wants(instrument, Channel.ticker)) {
        this.emit(instrument, Channel.ticker, Keeping.all, 0, timeUs, tickerText(instrumentId, print, mdSequence));
      }
      if (interests.wants(instrument, Channel.tick)) {
        const text = tickText(instrumentId, print, mdSequence, fold.bidBefore, fold.askBefore);
        this.emit(instrument, Channel.tick, Keeping.all, 0, timeUs, text);
      }
      if (interests.wants(instrument, Channel.last_price)) {
        this.emit(instrument, Channel.last_price, Keeping.newest, 0, timeUs, lastPriceText(instrumentId, print, mdSequence));
      }
    }
  }

  /**
   * Every changed level goes to everybody, so that md_seq has no gaps. Levels that come into the shown depth because better
   * ones are gone are added for those who were shown that depth: their best levels stay right between two pictures.
   */
  private emitChanges(instrument: number, mdSequence: number, timeUs: number): void {
    const { book, instruments } = this.fold;
    const { instrumentId } = instruments.get(instrument);
    this.changedBooks.add(instrument);
    let bidsGone = 0;
    let asksGone = 0;
    for (let n = 0; n < book.changeCount; n++) {
      const side = book.changeSide[n];
      const volume = book.changeVolume[n];
      const text = bookUpdateText(instrumentId, side, book.changePrice[n], volume, book.changeOrders[n], mdSequence, timeUs);
      this.emit(instrument, Channel.orderbook, Keeping.book, 0, timeUs, text);
      if (volume !== 0) continue;
      if (side === Side.BUY) bidsGone++;
      else asksGone++;
    }
    if (bidsGone + asksGone === 0) return;
    for (const depth of this.interests.depths(instrument)) {
      this.emitArrivals(instrument, instrumentId, Side.BUY, depth, bidsGone, timeUs);
      this.emitArrivals(instrument, instrumentId, Side.SELL, depth, asksGone, timeUs);
    }
  }

  /** The levels at the far end of the shown depth that may be new there, as many as better ones are gone. */
  private emitArrivals(instrument: number, instrumentId: string, side: number, depth: number, gone: number, timeUs: number): void {
    if (gone === 0) return;
    const { book } = this.fold;
    const mdSequence = book.mdSequence(instrument);
    for (const { price, volume, orderCount } of book.levels(instrument, side, depth).slice(Math.max(0, depth - gone))) {
      if (book.hasChanged(side, price)) continue;
      const text = bookUpdateText(instrumentId, side, price, volume, orderCount, mdSequence, timeUs);
      this.emit(instrument, Channel.orderbook, Keeping.book, depth, timeUs, text);
    }
  }

  private emitBook(instrument: number, depth: number): void {
    const { book, instruments, days } = this.fold;
    const { instrumentId, createdUs } = instruments.get(instrument);
    const changedUs = book.lastChangeUs(instrument);
    const timeUs = changedUs === 0 ? createdUs : changedUs;
    const text = bookText({
      instrumentId,
      bids: book.levels(instrument, Side.BUY, depth),
      asks: book.levels(instrument, Side.SELL, depth),
      lastPrice: days.last[instrument],
      mdSequence: book.mdSequence(instrument),
      timeMs: toMs(timeUs),
    });
    this.frame.isWhole = true;
    this.emit(instrument, Channel.orderbook, Keeping.book, depth, timeUs, text);
    this.frame.isWhole = false;
  }

  /** What somebody who comes now has missed of the newest states. */
  private emitCurrent(instrument: number, channels: number): void {
    const terms = this.fold.instruments.get(instrument);
    this.newest.show(instrument, channels);
    if ((channels & Channel.phase) !== 0) this.emitPhase(terms, this.fold.timeUs);
    if ((channels & Channel.factor) === 0) return;
    for (const { period, startUs, factors } of this.factors.of(instrument)) {
      const text = factorText(terms.instrumentId, period, factors, startUs, this.fold.book.mdSequence(instrument));
      this.emit(instrument, Channel.factor, Keeping.newest, period + 1, this.fold.timeUs, text);
    }
  }

  private emit(instrument: number, channels: number, keeping: number, detail: number, timeUs: number, text: string): void {
    const { frame, fold } = this;
    frame.instrument = instrument;
    frame.channels = channels;
    frame.keeping = keeping;
    frame.detail = detail;
    frame.timeUs = timeUs;
    frame.sequence = fold.sequence;
    frame.mdSequence = fold.book.mdSequence(instrument);
    this.output.write(frame, text);
  }
}
