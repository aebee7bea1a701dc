/** The working orders of a book: where they rest, how they are found, and how they move when the band does. */
import * as enums from '../enums.js';
import type { OrderEntry } from '../events.js';
import { BookSide } from './book-side.js';
import { GroupIndex } from './group-index.js';
import { OrderIds } from './order-ids.js';
import * as orderSlab from './order-slab.js';
import { OrderSlab } from './order-slab.js';
import type { PriceBand } from './price-ladder.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { SelfTradeMode, Side } = enums;
const { NONE } = orderSlab;

export class RestingOrders {
  readonly slab = new OrderSlab();
  /** Order id → slot of every resting order. */
  readonly ids = new OrderIds();
  readonly groups = new GroupIndex();
  private bidSide: BookSide;
  private askSide: BookSide;
  /** What the ladders span: the day's limits, and beyond them only where an order of an earlier band still rests. */
  private currentBand: PriceBand;

  constructor(band: PriceBand) {
    this.currentBand = band;
    this.bidSide = new BookSide(Side.BUY, band);
    this.askSide = new BookSide(Side.SELL, band);
  }

  get bids(): BookSide {
    return this.bidSide;
  }

  get asks(): BookSide {
    return this.askSide;
  }

  get band(): PriceBand {
    return this.currentBand;
  }

  sideOf(side: number): BookSide {
    return side === Side.BUY ? this.bidSide : this.askSide;
  }

  /** The side that an order of `side` trades with. */
  oppositeOf(side: number): BookSide {
    return side === Side.BUY ? this.askSide : this.bidSide;
  }

  /** Whether the best bid is at or above the best ask, as it may be while orders are collected. */
  isCrossed(): boolean {
    const bid = this.bidSide.best();
    const ask = this.askSide.best();
    return ask >= 0 && bid >= ask;
  }

  /** The slot of the order, or `NONE`. */
  find(orderId: number): number {
    return this.ids.get(this.slab, orderId);
  }

  /** Adds the order to its queue at the index with `leaves` open lots; returns its slot. */
  add(order: OrderEntry, prioritySequence: number, leaves: number, index: number): number {
    const { slab } = this;
    const slot = slab.allocate(order, prioritySequence, leaves, index);
    this.ids.add(slab, order.orderId, slot);
    this.groups.add(order.selfTradeGroup, order.side, index);
    this.sideOf(order.side).append(slab, slot, index, leaves);
    return slot;
  }

  /** Takes the order, which has `leaves` open lots, out of the book. */
  remove(slot: number, leaves: number): void {
    const { slab } = this;
    const side = slab.side(slot);
    this.sideOf(side).remove(slab, slot, slab.index(slot), leaves);
    this.groups.remove(slab.group(slot), side);
    this.ids.remove(slab, slab.id(slot), slot);
    slab.release(slot);
  }

  /** Takes lots off an order; one without any left leaves the book. */
  take(slot: number, volume: number): void {
    const leaves = this.slab.leaves(slot);
    if (volume === leaves) {
      this.remove(slot, leaves);
      return;
    }
    this.slab.setLeaves(slot, leaves - volume);
    this.sideOf(this.slab.side(slot)).ladder.reduce(this.slab.index(slot), volume);
  }

  /** The slots of the resting orders that pass, by priority. */
  where(passes: (slot: number) => boolean): number[] {
    const slots: number[] = [];
    for (const side of [this.bidSide, this.askSide]) {
      for (let index = side.best(); index >= 0; index = side.worse(index)) {
        for (let slot = side.head(index); slot !== NONE; slot = this.slab.next(slot)) if (passes(slot)) slots.push(slot);
      }
    }
    return slots.sort((a, b) => this.slab.prioritySequence(a) - this.slab.prioritySequence(b));
  }

  /** Whether an order of the group, which has some on that side, rests at a crossing price, wherever in the queue. */
  hasOwnWithin(group: number, makers: BookSide, limit: number): boolean {
    const groups = this.groups;
    const bound = groups.bound(group, makers.side);
    if (!makers.crosses(bound, limit)) return false;
    let index = makers.ladder.occupied.has(bound) ? bound : makers.worse(bound);
    for (; index >= 0 && makers.crosses(index, limit); index = makers.worse(index)) {
      for (let slot = makers.head(index); slot !== NONE; slot = this.slab.next(slot)) {
        if (this.slab.group(slot) !== group) continue;
        groups.setBound(group, makers.side, index);
        return true;
      }
    }
    groups.setBound(group, makers.side, makers.beyond(limit, 1));
    return false;
  }

  /** Lots that the order would trade, own ones dealt with as its mode says. */
  fillableAmongOwn(order: OrderEntry, makers: BookSide, limit: number): number {
    const { slab } = this;
    const { selfTradeMode: mode, selfTradeGroup: group } = order;
    let left = order.volume;
    let fillable = 0;
    for (let index = makers.best(); index >= 0 && makers.crosses(index, limit); index = makers.worse(index)) {
      for (let slot = makers.head(index); slot !== NONE && left > 0; slot = slab.next(slot)) {
        const lots = Math.min(left, slab.leaves(slot));
        if (slab.group(slot) !== group) {
          fillable += lots;
          left -= lots;
        } else if (mode === SelfTradeMode.DECREMENT) {
          left -= lots;
        } else if (mode !== SelfTradeMode.CANCEL_RESTING) {
          return fillable;
        }
      }
    }
    return fillable;
  }

  /** `band`, widened to every price that has an order. */
  withResting(band: PriceBand): PriceBand {
    for (const side of [this.bidSide, this.askSide]) {
      const { occupied } = side.ladder;
      if (side.best() < 0) continue;
      band = band.extendedTo(this.currentBand.priceAt(occupied.lowest())).extendedTo(this.currentBand.priceAt(occupied.highest()));
    }
    return band;
  }

  /**
   * Builds the ladders anew over `band`, which spans every resting order, and moves the queues over. The levels at both
   * split indexes have two queues; -1 for none.
   */
  rebase(band: PriceBand, lowerSplit: number, upperSplit: number): void {
    const old = this.currentBand;
    const resting = this.where(() => true);
    this.currentBand = band;
    this.bidSide = new BookSide(Side.BUY, band);
    this.askSide = new BookSide(Side.SELL, band);
    this.groups.clear();
    for (const side of [this.bidSide, this.askSide]) side.splitAt(lowerSplit, upperSplit);
    for (const slot of resting) {
      const side = this.slab.side(slot);
      const index = band.indexOf(old.priceAt(this.slab.index(slot)));
      this.slab.setIndex(slot, index);
      this.groups.add(this.slab.group(slot), side, index);
      this.sideOf(side).append(this.slab, slot, index, this.slab.leaves(slot));
    }
  }
}
