/**
 * Says what subscribers want to hear: each event encoded once in every form that anybody wants it in, however many they are,
 * and not at all when nobody does.
 *
 * While somebody is answered, everything goes to whoever asked alone, in the form asked for.
 */
import { Side } from '../../core/enums.js';
import type { Bar } from '../../core/market-data/bar.js';
import type { Factors } from '../../core/market-data/factors/factor-stream.js';
import type { MarketFold } from '../../core/market-data/market-fold.js';
import type { Print } from '../../core/market-data/market-listener.js';
import type { Indication } from '../../core/market-data/market-snapshot.js';
import type { Instrument } from '../../core/instrument.js';
import { FrameBuffer } from '../../wire/frame-buffer.js';
import { bookText, bookUpdateText, l1Text, lastPriceText, tickerText, tickText, type BestPrices } from '../../wire/market/book-text.js';
import { Channel, Keeping, BAR_CHANNELS } from '../../wire/market/channels.js';
import { addBestPrices, addBookPicture, addBookUpdate, addKLine, addMarketText, addTick } from '../../wire/market/market-binary.js';
import { newMarketFrame } from '../../wire/market/market-frame.js';
import { Form, FORMS } from '../../wire/market/market-layout.js';
import { auctionText, barText, factorText, phaseText, statisticsText } from '../../wire/market/market-text.js';
import { toMs } from '../../wire/market/number-text.js';
import type { Interests } from './interests.js';
import type { MarketOutput } from './market-output.js';

const { text: TEXT, binary: BINARY } = Form;

export class MarketTeller {
  private readonly frame = newMarketFrame();
  /** The frame of the binary protocol that is made now. */
  private readonly body = new FrameBuffer();
  /** The form in which somebody is answered; 0 while everybody is told. */
  private answered: Form | 0 = 0;

  constructor(
    private readonly fold: MarketFold,
    private readonly interests: Interests,
    private readonly output: MarketOutput,
  ) {}

  /** What `tell` says is the answer to the request with the token, and a frame without channels its end. */
  answer(token: number, form: Form, instrument: number, tell: () => void): void {
    this.frame.token = token;
    this.answered = form;
    tell();
    this.place(instrument, 0, Keeping.all, 0, this.fold.timeUs);
    this.writeText('');
    this.frame.token = 0;
    this.answered = 0;
  }

  /** A trade of the last command. */
  print(instrument: number, print: Print, timeUs: number): void {
    const { fold, interests } = this;
    const { instrumentId } = fold.instruments.get(instrument);
    const mdSequence = fold.book.mdSequence(instrument);
    if ((interests.forms(instrument, Channel.ticker) & TEXT) !== 0) {
      this.place(instrument, Channel.ticker, Keeping.all, 0, timeUs);
      this.writeText(tickerText(instrumentId, print, mdSequence));
    }
    const forms = interests.forms(instrument, Channel.tick);
    if (forms !== 0) {
      const { bidBefore, askBefore } = fold;
      this.place(instrument, Channel.tick, Keeping.all, 0, timeUs);
      if ((forms & TEXT) !== 0) this.writeText(tickText(instrumentId, print, mdSequence, bidBefore, askBefore));
      if ((forms & BINARY) !== 0) {
        addTick(this.body, this.frame, print, bidBefore, askBefore);
        this.writeBody();
      }
    }
    if ((interests.forms(instrument, Channel.last_price) & TEXT) !== 0) {
      this.place(instrument, Channel.last_price, Keeping.newest, 0, timeUs);
      this.writeText(lastPriceText(instrumentId, print, mdSequence));
    }
  }

  best(instrument: number, prices: BestPrices): void {
    const { book, instruments } = this.fold;
    const forms = this.forms(instrument, Channel.l1);
    const timeUs = book.lastChangeUs(instrument);
    this.place(instrument, Channel.l1, Keeping.newest, 0, timeUs);
    if ((forms & TEXT) !== 0) this.writeText(l1Text(instruments.get(instrument).instrumentId, prices, this.frame.mdSequence, timeUs));
    if ((forms & BINARY) === 0) return;
    addBestPrices(this.body, this.frame, prices);
    this.writeBody();
  }

  /**
   * Every changed level of the last command goes to everybody, so that md_seq has no gaps. Levels that come into the shown depth
   * because better ones are gone are added for those who were shown that depth: their best levels stay right between two pictures.
   */
  bookChanges(instrument: number, timeUs: number): void {
    const { book } = this.fold;
    const forms = this.interests.forms(instrument, Channel.orderbook);
    let bidsGone = 0;
    let asksGone = 0;
    this.place(instrument, Channel.orderbook, Keeping.book, 0, timeUs);
    for (let n = 0; n < book.changeCount; n++) {
      const side = book.changeSide[n];
      const volume = book.changeVolume[n];
      this.level(instrument, forms, side, book.changePrice[n], volume, book.changeOrders[n], timeUs);
      if (volume !== 0) continue;
      if (side === Side.BUY) bidsGone++;
      else asksGone++;
    }
    if (bidsGone + asksGone === 0) return;
    for (const form of FORMS) {
      for (const depth of this.interests.depths(instrument, form)) {
        this.place(instrument, Channel.orderbook, Keeping.book, depth, timeUs);
        this.arrivals(instrument, form, Side.BUY, depth, bidsGone, timeUs);
        this.arrivals(instrument, form, Side.SELL, depth, asksGone, timeUs);
      }
    }
  }

  /** The book whole, to those who watch so many levels of it. */
  book(instrument: number, depth: number, form: Form): void {
    const { book, instruments, days } = this.fold;
    const { instrumentId, createdUs } = instruments.get(instrument);
    const changedUs = book.lastChangeUs(instrument);
    const timeUs = changedUs === 0 ? createdUs : changedUs;
    const bids = book.levels(instrument, Side.BUY, depth);
    const asks = book.levels(instrument, Side.SELL, depth);
    const lastPrice = days.last[instrument];
    this.place(instrument, Channel.orderbook, Keeping.book, depth, timeUs);
    this.frame.isWhole = true;
    if (form === TEXT) {
      this.writeText(bookText({ instrumentId, bids, asks, lastPrice, mdSequence: this.frame.mdSequence, timeMs: toMs(timeUs) }));
    } else {
      addBookPicture(this.body, this.frame, bids, asks, lastPrice);
      this.writeBody();
    }
    this.frame.isWhole = false;
  }

  /** A finished bar, which those hear of too who want no forming ones, or the one that forms. */
  bar(instrument: number, period: number, bar: Bar): void {
    const { fold } = this;
    const channels = bar.isFinished ? BAR_CHANNELS : Channel.kline;
    const forms = this.forms(instrument, channels);
    if (forms === 0) return;
    const { timeUs } = fold;
    this.place(instrument, channels, bar.isFinished ? Keeping.all : Keeping.newest, period + 1, timeUs);
    if ((forms & TEXT) !== 0) {
      this.writeText(barText(fold.instruments.get(instrument).instrumentId, period, bar, timeUs, this.frame.mdSequence));
    }
    if ((forms & BINARY) === 0) return;
    addKLine(this.body, this.frame, period, bar);
    this.writeBody();
  }

  factors(instrument: number, period: number, factors: Factors, startUs: number): void {
    const forms = this.forms(instrument, Channel.factor);
    if (forms === 0) return;
    const { instrumentId } = this.fold.instruments.get(instrument);
    const text = factorText(instrumentId, period, factors, startUs, this.fold.book.mdSequence(instrument));
    this.object(instrument, forms, Channel.factor, Keeping.newest, period + 1, this.fold.timeUs, text);
  }

  phase(instrument: Instrument, timeUs: number): void {
    const number = instrument.instrument;
    const forms = this.forms(number, Channel.phase);
    if (forms === 0) return;
    const text = phaseText(instrument, this.fold.tradingDay, timeUs, this.fold.book.mdSequence(number));
    this.object(number, forms, Channel.phase, Keeping.all, 0, timeUs, text);
  }

  statistics(instrument: number): void {
    const { book, days, instruments, timeUs } = this.fold;
    const text = statisticsText(instruments.get(instrument), days, timeUs, book.mdSequence(instrument));
    this.object(instrument, this.forms(instrument, Channel.statistics), Channel.statistics, Keeping.newest, 0, timeUs, text);
  }

  auction(instrument: Instrument, indication: Indication): void {
    const number = instrument.instrument;
    const forms = this.forms(number, Channel.auction);
    if (forms === 0) return;
    const { book, timeUs } = this.fold;
    const text = auctionText(instrument, indication, timeUs, book.mdSequence(number));
    this.object(number, forms, Channel.auction, Keeping.newest, 0, timeUs, text);
  }

  /** `text` is that of the snapshot. */
  snapshot(instrument: number, secondUs: number, text: string): void {
    this.object(instrument, this.forms(instrument, Channel.snapshot), Channel.snapshot, Keeping.newest, 0, secondUs, text);
  }

  publish(): void {
    this.output.publish();
  }

  private forms(instrument: number, channels: number): number {
    return this.answered === 0 ? this.interests.forms(instrument, channels) : this.answered;
  }

  /** The levels at the far end of the shown depth that may be new there, as many as better ones are gone. */
  private arrivals(instrument: number, form: Form, side: number, depth: number, gone: number, timeUs: number): void {
    if (gone === 0) return;
    const { book } = this.fold;
    for (const { price, volume, orderCount } of book.levels(instrument, side, depth).slice(Math.max(0, depth - gone))) {
      if (!book.hasChanged(side, price)) this.level(instrument, form, side, price, volume, orderCount, timeUs);
    }
  }

  private level(instrument: number, forms: number, side: number, price: number, volume: number, orderCount: number, timeUs: number): void {
    if ((forms & TEXT) !== 0) {
      const { instrumentId } = this.fold.instruments.get(instrument);
      this.writeText(bookUpdateText(instrumentId, side, price, volume, orderCount, this.frame.mdSequence, timeUs));
    }
    if ((forms & BINARY) === 0) return;
    addBookUpdate(this.body, this.frame, side, price, volume, orderCount);
    this.writeBody();
  }

  /** An event that has no struct of its own: its JSON object is what frames carry too. */
  private object(instrument: number, forms: number, channel: number, keeping: number, detail: number, timeUs: number, text: string): void {
    this.place(instrument, channel, keeping, detail, timeUs);
    if ((forms & TEXT) !== 0) this.writeText(text);
    if ((forms & BINARY) === 0) return;
    addMarketText(this.body, this.frame, channel, text);
    this.writeBody();
  }

  /** What the frames written next are about. */
  private place(instrument: number, channels: number, keeping: number, detail: number, timeUs: number): void {
    const { frame, fold } = this;
    frame.instrument = instrument;
    frame.channels = channels;
    frame.keeping = keeping;
    frame.detail = detail;
    frame.timeUs = timeUs;
    frame.sequence = fold.sequence;
    frame.mdSequence = fold.book.mdSequence(instrument);
  }

  private writeText(text: string): void {
    this.frame.isBinary = false;
    this.output.writeText(this.frame, text);
  }

  private writeBody(): void {
    this.frame.isBinary = true;
    this.output.writeBytes(this.frame, this.body.message());
    this.body.clear();
  }
}
