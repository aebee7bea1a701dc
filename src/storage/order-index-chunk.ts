/** Where the history of 1024 neighbouring order ids lies. Ids are dense, so a few chunks take all orders of a batch. */
import type { OrderPlace } from './history-store.js';

const CHUNK_ORDERS = 1024;
const ENTRY_BYTES = 16;

export class OrderIndexChunk {
  private readonly places = new Map<number, OrderPlace>();

  /** Number of the chunk that an order id belongs to. */
  static of(orderId: number): number {
    return Math.floor(orderId / CHUNK_ORDERS);
  }

  static decode(value: Uint8Array): OrderIndexChunk {
    const chunk = new OrderIndexChunk();
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (let at = 0; at < value.byteLength; at += ENTRY_BYTES) {
      chunk.places.set(view.getUint16(at, true), placeAt(view, at));
    }
    return chunk;
  }

  /** One place out of a value that is not decoded: its entries are in order. */
  static find(value: Uint8Array, orderId: number): OrderPlace | undefined {
    const slot = orderId % CHUNK_ORDERS;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    let [low, high] = [0, value.byteLength / ENTRY_BYTES];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (view.getUint16(middle * ENTRY_BYTES, true) < slot) low = middle + 1;
      else high = middle;
    }
    const at = low * ENTRY_BYTES;
    return at < value.byteLength && view.getUint16(at, true) === slot ? placeAt(view, at) : undefined;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.places.size * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const [slot, { account, uptoSequence, part }] of [...this.places].sort(([a], [b]) => a - b)) {
      view.setUint16(at, slot, true);
      view.setUint16(at + 2, part, true);
      view.setUint32(at + 4, account, true);
      view.setFloat64(at + 8, uptoSequence, true);
      at += ENTRY_BYTES;
    }
    return bytes;
  }

  set(orderId: number, place: OrderPlace): void {
    this.places.set(orderId % CHUNK_ORDERS, place);
  }

  get(orderId: number): OrderPlace | undefined {
    return this.places.get(orderId % CHUNK_ORDERS);
  }
}

function placeAt(view: DataView, at: number): OrderPlace {
  return { part: view.getUint16(at + 2, true), account: view.getUint32(at + 4, true), uptoSequence: view.getFloat64(at + 8, true) };
}
