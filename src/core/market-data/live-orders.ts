/** Live orders as far as the public book needs them, by order id. Slot 0 is never used. */
import { grown } from '../columns.js';
import { IntMap } from '../int-map.js';

const CAPACITY_MIN = 1024;

export class LiveOrders {
  private readonly byId = new IntMap();
  private capacity = CAPACITY_MIN;
  private slots = 0;
  /** First free slot; the others follow in `leaves`. */
  private freeSlot = 0;

  orderId = new Float64Array(CAPACITY_MIN);
  /** 1/10000; 0 for an order of a market kind that does not rest. */
  price = new Float64Array(CAPACITY_MIN);
  leaves = new Uint32Array(CAPACITY_MIN);
  instrument = new Uint32Array(CAPACITY_MIN);
  side = new Uint8Array(CAPACITY_MIN);
  /** 1 for an order that opens lots. */
  opens = new Uint8Array(CAPACITY_MIN);

  get size(): number {
    return this.byId.size;
  }

  /** The slot of a live order, or -1. */
  find(orderId: number): number {
    return this.byId.get(orderId);
  }

  insert(orderId: number, instrument: number, side: number, opens: number, price: number, leaves: number): void {
    let slot = this.freeSlot;
    if (slot !== 0) this.freeSlot = this.leaves[slot];
    else {
      slot = ++this.slots;
      if (slot >= this.capacity) this.grow();
    }
    this.orderId[slot] = orderId;
    this.price[slot] = price;
    this.leaves[slot] = leaves;
    this.instrument[slot] = instrument;
    this.side[slot] = side;
    this.opens[slot] = opens;
    this.byId.set(orderId, slot);
  }

  remove(slot: number): void {
    this.byId.delete(this.orderId[slot]);
    this.orderId[slot] = 0;
    this.leaves[slot] = this.freeSlot;
    this.freeSlot = slot;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let slot = 1; slot <= this.slots; slot++) if (this.orderId[slot] !== 0) yield slot;
  }

  private grow(): void {
    const capacity = (this.capacity *= 2);
    this.orderId = grown(this.orderId, capacity);
    this.price = grown(this.price, capacity);
    this.leaves = grown(this.leaves, capacity);
    this.instrument = grown(this.instrument, capacity);
    this.side = grown(this.side, capacity);
    this.opens = grown(this.opens, capacity);
  }
}
