/**
 * The public book: lots and orders per price level, best prices, and what each command changed, with one gapless number
 * per command and instrument (md_seq).
 *
 * Inside a command the two sides may cross for a moment (an order is added before its fills are taken off), so changes
 * are told only when the command has ended, as net changes of whole levels.
 */
import { AuctionPricer } from '../book/auction.js';
import { PriceBand, PriceLadder } from '../book/price-ladder.js';
import { Side } from '../enums.js';
import type { Instrument } from '../instrument.js';

export interface DepthLevel {
  price: number;
  volume: number;
  orderCount: number;
}

/** A level's new totals; volume 0 means that it is gone. */
export interface DepthChange extends DepthLevel {
  side: number;
}

/** What of an instrument bounds its book. */
export type BookTerms = Pick<Instrument, 'instrument' | 'lowerLimit' | 'upperLimit' | 'priceTick'>;

export class PublicBook {
  /** By instrument × 2 + side. */
  private readonly ladders: PriceLadder[] = [];
  private readonly sequences: number[] = [];
  private readonly changedUs: number[] = [];
  private readonly pricer = new AuctionPricer();
  // levels that the command under way has touched, as they were before it; a command touches few
  private touchedCount = 0;
  private readonly touchedSide: number[] = [];
  private readonly touchedPrice: number[] = [];
  private readonly touchedVolume: number[] = [];
  private readonly touchedOrders: number[] = [];
  private hasTraded = false;

  /** Of the command under way, 0 between commands. */
  instrument = 0;
  // the net changes of the last command, valid until the next one
  changeCount = 0;
  readonly changeSide: number[] = [];
  readonly changePrice: number[] = [];
  readonly changeVolume: number[] = [];
  readonly changeOrders: number[] = [];

  /** Best price of a side in 1/10000, 0 when the side is empty. */
  bestPrice(instrument: number, side: number): number {
    const ladder = this.ladderOf(instrument, side);
    const index = side === Side.BUY ? ladder.occupied.highest() : ladder.occupied.lowest();
    return index === -1 ? 0 : ladder.band.priceAt(index);
  }

  /** The best `limit` levels of a side, best first. */
  levels(instrument: number, side: number, limit: number): DepthLevel[] {
    const ladder = this.ladderOf(instrument, side);
    const { occupied } = ladder;
    const found: DepthLevel[] = [];
    let index = side === Side.BUY ? occupied.highest() : occupied.lowest();
    while (index !== -1 && found.length < limit) {
      found.push({ price: ladder.band.priceAt(index), volume: ladder.volume(index), orderCount: ladder.orderCount(index) });
      index = side === Side.BUY ? occupied.nextBelow(index) : occupied.nextAbove(index);
    }
    return found;
  }

  /** What an auction of the instrument would do now; price and volume 0 when nothing would trade. */
  indicative(terms: BookTerms, reference: number, tieBreak: number): { price: number; volume: number; imbalance: number } {
    const [bids, asks] = [this.ladderOf(terms.instrument, Side.BUY), this.ladderOf(terms.instrument, Side.SELL)];
    const { band } = bids;
    const found = this.pricer.find(bids, asks, band.indexOf(terms.lowerLimit), band.indexOf(terms.upperLimit), reference, tieBreak);
    const { index, volume, imbalance } = this.pricer;
    return { price: found ? band.priceAt(index) : 0, volume, imbalance };
  }

  /** Counts the commands that traded or changed the book of the instrument. */
  mdSequence(instrument: number): number {
    return this.sequences[instrument] ?? 0;
  }

  /** Event time of the last change, µs; 0 before the first. */
  lastChangeUs(instrument: number): number {
    return this.changedUs[instrument] ?? 0;
  }

  /** Goes on counting from what an earlier fold had counted. */
  continueFrom(instrument: number, mdSequence: number, changedUs: number): void {
    this.sequences[instrument] = mdSequence;
    this.changedUs[instrument] = changedUs;
  }

  /** Opens the book of an instrument, or gives an open one the band of its terms; levels on the same tick stay. */
  open({ instrument, lowerLimit, upperLimit, priceTick }: BookTerms): void {
    this.replace(instrument, new PriceBand(lowerLimit, upperLimit, priceTick));
  }

  /** New terms of an open book. */
  change(terms: BookTerms): void {
    if (this.ladderOf(terms.instrument, Side.BUY).band.tick !== terms.priceTick) {
      this.open(terms);
      return;
    }
    this.reach(terms.instrument, terms.lowerLimit);
    this.reach(terms.instrument, terms.upperLimit);
  }

  /** The ladders of a new day span its limits, and beyond them only where an order of an earlier day rests. */
  turnDay({ instrument, lowerLimit, upperLimit, priceTick }: BookTerms): void {
    let band = new PriceBand(lowerLimit, upperLimit, priceTick);
    for (const side of [Side.BUY, Side.SELL]) {
      const { occupied, band: before } = this.ladderOf(instrument, side);
      if (occupied.lowest() === -1) continue;
      band = band.extendedTo(before.priceAt(occupied.lowest())).extendedTo(before.priceAt(occupied.highest()));
    }
    this.replace(instrument, band);
  }

  /** Extends both ladders of the instrument as far as the price. Those of a wider band of earlier limits are kept. */
  reach(instrument: number, price: number): void {
    const { band } = this.ladderOf(instrument, Side.BUY);
    if (!band.contains(price)) this.replace(instrument, band.extendedTo(price));
  }

  /** Puts an order into the book outside of any command: what it was when the fold began. */
  restore(instrument: number, side: number, price: number, lots: number): void {
    this.reach(instrument, price);
    const ladder = this.ladderOf(instrument, side);
    ladder.addOrder(ladder.band.indexOf(price), lots);
  }

  /** One more order; its price may lie beyond limits that changed while it was under way. */
  add(instrument: number, side: number, price: number, lots: number): void {
    this.reach(instrument, price);
    const ladder = this.touch(instrument, side, price);
    ladder.addOrder(ladder.band.indexOf(price), lots);
  }

  /** `lots` less of an order that stays. */
  reduce(instrument: number, side: number, price: number, lots: number): void {
    const ladder = this.touch(instrument, side, price);
    ladder.reduce(ladder.band.indexOf(price), lots);
  }

  /** An order leaves with the `lots` it still had. */
  remove(instrument: number, side: number, price: number, lots: number): void {
    const ladder = this.touch(instrument, side, price);
    ladder.removeOrder(ladder.band.indexOf(price), lots);
  }

  traded(instrument: number): void {
    this.instrument = instrument;
    this.hasTraded = true;
  }

  /**
   * The command has ended: the instrument that it traded or changed, whose number has gone up and whose net changes can be
   * read; 0 when it did neither.
   */
  endCommand(timeUs: number): number {
    const { instrument } = this;
    if (instrument === 0) return 0;
    this.findChanges(instrument);
    const isTold = this.changeCount > 0 || this.hasTraded;
    this.instrument = 0;
    this.hasTraded = false;
    if (!isTold) return 0;
    this.sequences[instrument] = this.mdSequence(instrument) + 1;
    this.changedUs[instrument] = timeUs;
    return instrument;
  }

  /** The net changes of the last command as objects. */
  changes(): DepthChange[] {
    return Array.from({ length: this.changeCount }, (_, n) => ({
      side: this.changeSide[n],
      price: this.changePrice[n],
      volume: this.changeVolume[n],
      orderCount: this.changeOrders[n],
    }));
  }

  /** Whether a level is among the net changes of the last command. */
  hasChanged(side: number, price: number): boolean {
    for (let n = 0; n < this.changeCount; n++) if (this.changePrice[n] === price && this.changeSide[n] === side) return true;
    return false;
  }

  ladderOf(instrument: number, side: number): PriceLadder {
    return this.ladders[instrument * 2 + side];
  }

  /** Notes a level before it changes; returns the ladder. */
  private touch(instrument: number, side: number, price: number): PriceLadder {
    this.instrument = instrument;
    const ladder = this.ladderOf(instrument, side);
    for (let i = this.touchedCount - 1; i >= 0; i--) {
      if (this.touchedPrice[i] === price && this.touchedSide[i] === side) return ladder;
    }
    const index = ladder.band.indexOf(price);
    const n = this.touchedCount++;
    this.touchedSide[n] = side;
    this.touchedPrice[n] = price;
    this.touchedVolume[n] = ladder.volume(index);
    this.touchedOrders[n] = ladder.orderCount(index);
    return ladder;
  }

  private findChanges(instrument: number): void {
    let count = 0;
    for (let n = 0; n < this.touchedCount; n++) {
      const side = this.touchedSide[n];
      const price = this.touchedPrice[n];
      const ladder = this.ladderOf(instrument, side);
      const index = ladder.band.indexOf(price);
      const volume = ladder.volume(index);
      const orderCount = ladder.orderCount(index);
      if (volume === this.touchedVolume[n] && orderCount === this.touchedOrders[n]) continue;
      this.changeSide[count] = side;
      this.changePrice[count] = price;
      this.changeVolume[count] = volume;
      this.changeOrders[count++] = orderCount;
    }
    this.changeCount = count;
    this.touchedCount = 0;
  }

  private replace(instrument: number, band: PriceBand): void {
    for (const side of [Side.BUY, Side.SELL]) {
      const ladder = new PriceLadder(band);
      const before: PriceLadder | undefined = this.ladders[instrument * 2 + side];
      if (before !== undefined && before.band.tick === band.tick) copyLevels(before, ladder);
      this.ladders[instrument * 2 + side] = ladder;
    }
  }
}

/** To a ladder of a wider band on the same tick. */
function copyLevels(from: PriceLadder, to: PriceLadder): void {
  for (let at = from.occupied.nextAbove(-1); at !== -1; at = from.occupied.nextAbove(at)) {
    to.fill(to.band.indexOf(from.band.priceAt(at)), from.volume(at), from.orderCount(at));
  }
}
