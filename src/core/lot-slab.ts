/**
 * Lots of positions: 40-byte records in one growing buffer, with a free list, each linked to the next of its list. A lot
 * is the place of its record, in doubles; 0 names none.
 *
 *     byte  0            8       16         24       28     32         36
 *           | open price | basis | trade id | volume | next | open day | unused |
 *           | f64        | f64   | f64      | u32    | u32  | u32      |        |
 */
import { grown, nextCapacity } from './columns.js';

/** Doubles of a record. */
const RECORD = 5;
const OPEN_PRICE = 0;
const BASIS = 1;
const TRADE_ID = 2;
// in words
const VOLUME = 6;
const NEXT = 7;
const OPEN_DAY = 8;

const CAPACITY_MIN = 64;

export class LotSlab {
  private count = 0;
  private capacity = CAPACITY_MIN;
  private free = 0;
  private doubles = new Float64Array(CAPACITY_MIN * RECORD);
  /** The same memory. */
  private words = new Uint32Array(this.doubles.buffer);

  /** A lot that is the last of its list. */
  allocate(openPrice: number, basis: number, volume: number, tradeId: number, openDay: number): number {
    const lot = this.take();
    const { doubles, words } = this;
    doubles[lot + OPEN_PRICE] = openPrice;
    doubles[lot + BASIS] = basis;
    doubles[lot + TRADE_ID] = tradeId;
    words[lot * 2 + VOLUME] = volume;
    words[lot * 2 + NEXT] = 0;
    words[lot * 2 + OPEN_DAY] = openDay;
    return lot;
  }

  release(lot: number): void {
    this.setNext(lot, this.free);
    this.free = lot;
  }

  openPrice(lot: number): number {
    return this.doubles[lot + OPEN_PRICE];
  }

  basis(lot: number): number {
    return this.doubles[lot + BASIS];
  }

  setBasis(lot: number, basis: number): void {
    this.doubles[lot + BASIS] = basis;
  }

  tradeId(lot: number): number {
    return this.doubles[lot + TRADE_ID];
  }

  volume(lot: number): number {
    return this.words[lot * 2 + VOLUME];
  }

  setVolume(lot: number, volume: number): void {
    this.words[lot * 2 + VOLUME] = volume;
  }

  next(lot: number): number {
    return this.words[lot * 2 + NEXT];
  }

  setNext(lot: number, next: number): void {
    this.words[lot * 2 + NEXT] = next;
  }

  /** yyyymmdd */
  openDay(lot: number): number {
    return this.words[lot * 2 + OPEN_DAY];
  }

  private take(): number {
    const { free } = this;
    if (free !== 0) {
      this.free = this.next(free);
      return free;
    }
    const record = ++this.count;
    if (record >= this.capacity) this.grow();
    return record * RECORD;
  }

  private grow(): void {
    this.capacity = nextCapacity(this.capacity);
    this.doubles = grown(this.doubles, this.capacity * RECORD);
    this.words = new Uint32Array(this.doubles.buffer);
  }
}
