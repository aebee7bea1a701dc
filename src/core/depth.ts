/** The public book as the state of the exchange shows it: levels by the orders of the order table. */
import { OrderStatus } from './enums.js';
import type { AmendEntry, CancelEntry, OrderEntry, Stamp, Trade } from './events.js';
import type { Instrument } from './instrument.js';
import { PublicBook, type DepthChange, type DepthLevel } from './market-data/public-book.js';
import { StateObserver, type AmendEffect, type FillEffect } from './observer.js';
import type { ExchangeState } from './state.js';

export type { DepthChange, DepthLevel };

export class DepthFold extends StateObserver {
  private readonly book = new PublicBook();

  /** Told after each command that traded or changed a level; gets net changes only. */
  onChange: ((instrument: number, timeUs: number, changes: readonly DepthChange[]) => void) | undefined;

  constructor(private readonly state: ExchangeState) {
    super();
    for (const instrument of state.instruments) this.book.open(instrument);
    const { orders: o, accounts } = state;
    for (let account = 1; account <= accounts.count; account++) {
      for (let slot = accounts.firstOrder[account]; slot !== 0; slot = o.nextOfAccount[slot]) {
        this.book.restore(o.instrument[slot], o.side[slot], o.price[slot], o.leaves(slot));
      }
    }
  }

  /** Best price of a side in 1/10000, 0 when the side is empty. */
  bestPrice(instrument: number, side: number): number {
    return this.book.bestPrice(instrument, side);
  }

  /** The best `limit` levels of a side, best first. */
  levels(instrument: number, side: number, limit: number): DepthLevel[] {
    return this.book.levels(instrument, side, limit);
  }

  /** What an auction of the instrument would do now; price and volume 0 when nothing would trade. */
  indicative(instrument: number, reference: number, tieBreak: number): { price: number; volume: number; imbalance: number } {
    return this.book.indicative(this.state.instruments.get(instrument), reference, tieBreak);
  }

  /** Whether the last command is not wholly applied. */
  get isWithinCommand(): boolean {
    return this.book.instrument !== 0;
  }

  /** Counts the commands that traded or changed the public book: since the start of the process, or from `continueFrom` on. */
  mdSequence(instrument: number): number {
    return this.book.mdSequence(instrument);
  }

  /** Event time of the last change, µs; 0 before the first. */
  lastChangeUs(instrument: number): number {
    return this.book.lastChangeUs(instrument);
  }

  /** Adds what was counted before this fold began. */
  continueFrom(instrument: number, mdSequence: number, changedUs: number): void {
    const { book } = this;
    const lastUs = book.lastChangeUs(instrument);
    book.continueFrom(instrument, mdSequence + book.mdSequence(instrument), lastUs === 0 ? changedUs : lastUs);
  }

  override instrumentListed(instrument: Instrument): void {
    this.book.open(instrument);
  }

  override instrumentChanged(instrument: Instrument): void {
    this.book.change(instrument);
  }

  override daySettled(): void {
    for (const instrument of this.state.instruments) this.book.turnDay(instrument);
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    // An order of a market kind has no price and no place in the book, unless it comes to rest (`orderAmended`).
    if (event.price !== 0) this.book.add(event.instrument, this.state.orders.side[slot], event.price, event.volume);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    const { price, side, status, instrument } = this.state.orders;
    if (price[slot] === 0) return;
    if (status[slot] === OrderStatus.Cancelled) this.book.remove(instrument[slot], side[slot], price[slot], event.volume);
    else this.book.reduce(instrument[slot], side[slot], price[slot], event.volume);
  }

  override orderAmended(slot: number, event: AmendEntry, effect: AmendEffect): void {
    const side = this.state.orders.side[slot];
    if (effect.oldPrice !== 0) this.book.remove(event.instrument, side, effect.oldPrice, effect.oldLeaves);
    this.book.add(event.instrument, side, event.price, event.leaves);
  }

  override traded(event: Trade, effect: FillEffect): void {
    this.book.traded(event.instrument);
    this.fill(effect.buySlot, event.volume);
    this.fill(effect.sellSlot, event.volume);
  }

  override commandEnded(stamp: Stamp): void {
    const instrument = this.book.endCommand(stamp.timeUs);
    if (instrument !== 0) this.onChange?.(instrument, stamp.timeUs, this.book.changes());
  }

  private fill(slot: number, volume: number): void {
    const o = this.state.orders;
    const price = o.price[slot];
    if (price === 0) return;
    if (o.leaves(slot) === 0) this.book.remove(o.instrument[slot], o.side[slot], price, volume);
    else this.book.reduce(o.instrument[slot], o.side[slot], price, volume);
  }
}
