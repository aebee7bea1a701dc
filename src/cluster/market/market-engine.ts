/**
 * The work of the market worker without its thread: durable events in, encoded market events out (market-data.md 0 to 8).
 *
 * One event is encoded once, however many want it, and not at all when nobody does. What a command changed goes out when it
 * has ended; what only its newest state matters of goes out at the end of a turn.
 */
import type { Instrument } from '../../core/instrument.js';
import type { Bar } from '../../core/market-data/bar.js';
import { FactorBoard } from '../../core/market-data/factors/factor-board.js';
import type { FactorSet } from '../../core/market-data/factors/factor-set.js';
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
import { Channel } from '../../wire/market/channels.js';
import { FORMS } from '../../wire/market/market-layout.js';
import type { MarketRequest, RecentRequest } from '../../wire/market/market-request.js';
import { snapshotText } from '../../wire/market/snapshot-text.js';
import { Interests } from './interests.js';
import type { MarketOutput } from './market-output.js';
import { MarketTeller } from './market-teller.js';
import { NewestStates } from './newest-states.js';

const PRINT_CHANNELS = Channel.ticker | Channel.tick | Channel.last_price;

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
  private readonly teller: MarketTeller;
  /** Books that have changed since they were last shown whole. */
  private readonly changedBooks = new Set<number>();
  /** By instrument: what it was like in the last snapshot that was kept. */
  private readonly keptStates: string[] = [];
  /** Requests for instruments whose listing the front has seen before us, and those that came within a command. */
  private early: MarketRequest[] = [];

  constructor(
    output: MarketOutput,
    private readonly calendar: TradingCalendar,
    factors?: FactorSet,
  ) {
    super();
    this.fold = new MarketFold(this, (template, timeUs) => nextSessionUs(template, calendar, timeUs));
    this.decoder = new EventDecoder(this.fold);
    this.snapshots = new SnapshotMaker(this.fold);
    this.factors = new FactorBoard(
      (instrument, period, afterUs, beforeUs) =>
        sessionSlots(this.fold.instruments.get(instrument).sessionTemplate, calendar, period, afterUs, beforeUs),
      factors,
    );
    this.teller = new MarketTeller(this.fold, this.interests, output);
    this.newest = new NewestStates(this.fold, this.interests, this.teller);
    this.indications = new IndicationSchedule(
      {
        instrument: (number) => this.fold.instruments.get(number),
        mdSequence: (number) => this.fold.book.mdSequence(number),
        indication: (instrument) => indicationOf(this.fold.book, instrument, this.fold.days.last[instrument.instrument]),
      },
      (instrument, indication) => {
        this.teller.auction(instrument, indication);
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
    this.teller.publish();
    return isLeft || isIndicationLeft;
  }

  /** Somebody wants something of which the time to tell it comes by the clock. */
  get isWatched(): boolean {
    return this.interests.isAny;
  }

  /** No event before this time is to be expected any more, µs. */
  pass(timeUs: number): void {
    this.fold.pass(timeUs);
    this.teller.publish();
  }

  /** Shows every changed book whole to those who watch it. */
  showBooks(): void {
    for (const instrument of this.changedBooks) {
      for (const form of FORMS) for (const depth of this.interests.depths(instrument, form)) this.teller.book(instrument, depth, form);
    }
    this.changedBooks.clear();
    this.teller.publish();
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
    const { token, form, instrument } = request;
    this.teller.answer(token, form, instrument, () => {
      if (request.type === 'picture') this.teller.book(instrument, request.depth, form);
      else this.tellCurrent(instrument, request.channels);
    });
    this.teller.publish();
  }

  override secondPassed(instrument: number, secondUs: number): void {
    const isWanted = !this.isMuted && this.interests.wants(instrument, Channel.snapshot);
    const isKept = this.recorder !== undefined && this.hasChanged(instrument);
    if (!isWanted && !isKept) return;
    const snapshot = this.snapshots.make(instrument, secondUs);
    let text: string | undefined;
    const textOf = (): string => (text ??= snapshotText(snapshot));
    if (isKept) this.recorder?.snapshot(snapshot, textOf);
    if (isWanted) this.teller.snapshot(instrument, secondUs, textOf());
  }

  override bookChanged(instrument: number, timeUs: number): void {
    const { fold } = this;
    const mdSequence = fold.book.mdSequence(instrument);
    for (let n = 0; n < fold.printCount; n++) {
      this.recorder?.print(instrument, fold.prints[n], mdSequence, fold.bidBefore, fold.askBefore);
    }
    if (this.isMuted) return;
    this.newest.changed(instrument, fold.printCount > 0);
    if (fold.printCount > 0 && this.interests.wants(instrument, PRINT_CHANNELS)) this.tellPrints(instrument, timeUs);
    if (fold.book.changeCount > 0 && this.interests.wants(instrument, Channel.orderbook)) {
      this.changedBooks.add(instrument);
      this.teller.bookChanges(instrument, timeUs);
    }
    this.teller.publish();
  }

  override barFinished(instrument: number, period: number, bar: Bar): void {
    this.recorder?.bar(instrument, period, bar);
    const factors = this.factors.add(instrument, period, bar);
    if (this.isMuted) return;
    this.teller.bar(instrument, period, bar);
    if (factors !== undefined) this.teller.factors(instrument, period, factors, bar.startUs);
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
    if (!this.isMuted) {
      this.newest.changed(number, false);
      this.teller.phase(instrument, timeUs);
    }
    this.showSecond(number, timeUs);
    this.teller.publish();
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

  private tellPrints(instrument: number, timeUs: number): void {
    const { prints, printCount } = this.fold;
    for (let n = 0; n < printCount; n++) this.teller.print(instrument, prints[n], timeUs);
  }

  /** What somebody who comes now has missed of the newest states. */
  private tellCurrent(instrument: number, channels: number): void {
    this.newest.show(instrument, channels);
    if ((channels & Channel.phase) !== 0) this.teller.phase(this.fold.instruments.get(instrument), this.fold.timeUs);
    if ((channels & Channel.factor) === 0) return;
    for (const { period, startUs, factors } of this.factors.of(instrument)) this.teller.factors(instrument, period, factors, startUs);
  }
}
