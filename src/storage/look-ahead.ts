/**
 * Looks at what the next events of the log will touch, before they are applied.
 *
 * Events of a busy exchange are about any account and any order, so each waits for memory a dozen times, one time behind the
 * other, for longer than it computes. Here the same places are read of a few dozen events at once, step by step as one leads to
 * the next: reads that do not depend on each other wait together. Nothing follows from what is read.
 */
import * as events from '../core/events.js';
import type { ExchangeState } from '../core/state.js';
import * as frameHeader from '../wire/frame-header.js';
import * as frameLayout from '../wire/frame-layout.js';
import type { FrameViews } from '../wire/frame-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { OrderAccepted, Trade, OrderCancelled } = events.FrameKind;
const { frameKind, frameLength } = frameHeader;
const { CancelAt, OrderAt, TradeAt } = frameLayout;

/** What they touch stays in the first cache of a core until they are applied. */
const EVENTS_AT_ONCE = 16;

export class LookAhead {
  /** Keeps the compiler from leaving reads out. */
  seen = 0;
  private readonly slots = new Int32Array(2 * EVENTS_AT_ONCE);
  private readonly positions = new Int32Array(2 * EVENTS_AT_ONCE);

  constructor(private readonly state: ExchangeState) {}

  /** Looks at events from `offset` on; returns the offset of the first that it has not looked at, `endBytes` at most. */
  look(views: FrameViews, offset: number, endBytes: number): number {
    const { words, doubles } = views;
    const { orders, positions } = this.state;
    let slotCount = 0;
    let positionCount = 0;
    let at = offset;
    // each is a read somewhere in a large map
    for (let left = EVENTS_AT_ONCE; left > 0 && at < endBytes; left--) {
      const kind = frameKind(views, at);
      const word = at >>> 2;
      const double = at >>> 3;
      if (kind === OrderAccepted) {
        this.positions[positionCount++] = positions.find(words[word + (OrderAt.account >> 2)], words[word + (OrderAt.instrument >> 2)]);
      } else if (kind === OrderCancelled) {
        this.slots[slotCount++] = orders.find(doubles[double + (CancelAt.orderId >> 3)]);
      } else if (kind === Trade) {
        this.slots[slotCount++] = orders.find(doubles[double + (TradeAt.buyOrderId >> 3)]);
        this.slots[slotCount++] = orders.find(doubles[double + (TradeAt.sellOrderId >> 3)]);
      }
      at += frameLength(views, at);
    }
    this.read(slotCount, positionCount);
    return at;
  }

  /** Orders, then the positions that they name, and their neighbours in the list of the account. */
  private read(slotCount: number, positionCount: number): void {
    const { orders, positions } = this.state;
    let seen = 0;
    for (let i = 0; i < slotCount; i++) if (this.slots[i] > 0) seen += orders.touch(this.slots[i]);
    for (let i = 0; i < positionCount; i++) if (this.positions[i] > 0) seen += positions.touch(this.positions[i]);
    for (let i = 0; i < slotCount; i++) {
      const slot = this.slots[i];
      if (slot > 0) seen += positions.touch(orders.position[slot]) + orders.touchNeighbours(slot);
    }
    this.seen = seen;
  }
}
