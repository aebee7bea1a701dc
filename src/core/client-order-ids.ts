/**
 * Accepted client order ids of the trading day, by account: a repeated one finds its first order.
 *
 * They are appended to columns, each linked to the one before it of its account, and that is all a fold does with them. Who
 * looks one up gets a map of the account's, made at the first look and kept from then on: only the front looks, and only
 * for accounts that name their orders.
 */
import { asciiText, type ClientOrderId } from './client-order-id.js';
import { grown, nextCapacity } from './columns.js';

const CAPACITY_MIN = 1024;

export class ClientOrderIds {
  private count = 0;
  private orderIds = new Float64Array(CAPACITY_MIN);
  /** Number of the entry before it of the same account + 1; 0 for none. */
  private previous = new Int32Array(CAPACITY_MIN);
  /** Where its characters begin, in words. */
  private textAt = new Int32Array(CAPACITY_MIN);
  private lengths = new Uint8Array(CAPACITY_MIN);
  private words = new Int32Array(4 * CAPACITY_MIN);
  private filledWords = 0;
  /** By account: number of its newest entry + 1. */
  private newest = new Int32Array(64);
  private readonly maps = new Map<number, Map<string, number>>();

  add(account: number, id: ClientOrderId, orderId: number): void {
    const entry = this.count++;
    if (entry === this.orderIds.length) this.grow();
    const at = this.filledWords;
    this.filledWords = at + ((id.length + 3) >> 2);
    if (this.filledWords > this.words.length) this.words = grown(this.words, nextCapacity(this.words.length));
    if (account >= this.newest.length) this.newest = grown(this.newest, Math.max(this.newest.length * 2, account + 1));
    id.put(this.words, at);
    this.orderIds[entry] = orderId;
    this.textAt[entry] = at;
    this.lengths[entry] = id.length;
    this.previous[entry] = this.newest[account];
    this.newest[account] = entry + 1;
    if (this.maps.size !== 0) this.maps.get(account)?.set(id.text, orderId);
  }

  /** The order that an account gave this name, or undefined. */
  find(account: number, text: string): number | undefined {
    let map = this.maps.get(account);
    if (map === undefined) {
      map = new Map(this.of(account));
      // an account that names nothing is not remembered: it is quickly looked up anyway
      if (map.size > 0) this.maps.set(account, map);
    }
    return map.get(text);
  }

  /** Names and orders of an account, oldest first. */
  of(account: number): [text: string, orderId: number][] {
    const found: [text: string, orderId: number][] = [];
    if (account >= this.newest.length) return found;
    const bytes = new Uint8Array(this.words.buffer);
    for (let next = this.newest[account]; next !== 0; next = this.previous[next - 1]) {
      const entry = next - 1;
      found.push([asciiText(bytes, this.textAt[entry] * 4, this.lengths[entry]), this.orderIds[entry]]);
    }
    return found.reverse();
  }

  /** Accounts that have named an order, by number. */
  accounts(): number[] {
    const found: number[] = [];
    for (let account = 0; account < this.newest.length; account++) if (this.newest[account] !== 0) found.push(account);
    return found;
  }

  clear(): void {
    this.count = 0;
    this.filledWords = 0;
    this.newest.fill(0);
    this.maps.clear();
  }

  private grow(): void {
    const capacity = nextCapacity(this.orderIds.length);
    this.orderIds = grown(this.orderIds, capacity);
    this.previous = grown(this.previous, capacity);
    this.textAt = grown(this.textAt, capacity);
    this.lengths = grown(this.lengths, capacity);
  }
}
