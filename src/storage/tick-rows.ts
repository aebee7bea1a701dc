/** Prints as queries get them, packed: a busy market makes more of them in a second than objects should be made of. */
import { grown } from '../core/columns.js';
import type { Print } from '../core/market-data/market-listener.js';

/** A print with what stood around it. */
export interface Tick extends Print {
  mdSequence: number;
  /** Best prices before the command, 0 for none. */
  bid: number;
  ask: number;
}

/** The fields of a row, on disk as well. */
const TICK_FIELDS = [
  'tradeId',
  'sequence',
  'mdSequence',
  'timeUs',
  'price',
  'volume',
  'takerSide',
  'turnover',
  'turnoverTotal',
  'volumeTotal',
  'openInterest',
  'openInterestDelta',
  'buyOrderId',
  'sellOrderId',
  'buyAccount',
  'sellAccount',
  'bid',
  'ask',
] as const satisfies readonly (keyof Tick)[];

const ROW = TICK_FIELDS.length;

export class TickRows {
  private used: number;

  /** Begins with whole rows. */
  constructor(private numbers: Float64Array = new Float64Array(0)) {
    this.used = numbers.length;
  }

  static of(ticks: Iterable<Tick>): TickRows {
    const rows = new TickRows();
    for (const tick of ticks) rows.add(tick, tick.mdSequence, tick.bid, tick.ask);
    return rows;
  }

  get count(): number {
    return this.used / ROW;
  }

  add(print: Print, mdSequence: number, bid: number, ask: number): void {
    const at = this.take(ROW);
    const { numbers } = this;
    numbers[at] = print.tradeId;
    numbers[at + 1] = print.sequence;
    numbers[at + 2] = mdSequence;
    numbers[at + 3] = print.timeUs;
    numbers[at + 4] = print.price;
    numbers[at + 5] = print.volume;
    numbers[at + 6] = print.takerSide;
    numbers[at + 7] = print.turnover;
    numbers[at + 8] = print.turnoverTotal;
    numbers[at + 9] = print.volumeTotal;
    numbers[at + 10] = print.openInterest;
    numbers[at + 11] = print.openInterestDelta;
    numbers[at + 12] = print.buyOrderId;
    numbers[at + 13] = print.sellOrderId;
    numbers[at + 14] = print.buyAccount;
    numbers[at + 15] = print.sellAccount;
    numbers[at + 16] = bid;
    numbers[at + 17] = ask;
  }

  /** The rows of another behind our own. */
  append({ numbers, used }: TickRows): void {
    const at = this.take(used);
    this.numbers.set(numbers.subarray(0, used), at);
  }

  at(row: number): Tick {
    const tick: Record<string, number> = {};
    for (const [field, name] of TICK_FIELDS.entries()) tick[name] = this.numbers[row * ROW + field];
    return tick as unknown as Tick;
  }

  all(): Tick[] {
    return Array.from({ length: this.count }, (_, row) => this.at(row));
  }

  /** As it is stored: the memory itself, which must not be added to afterwards. */
  page(): Uint8Array {
    return new Uint8Array(this.numbers.buffer, this.numbers.byteOffset, this.used * 8);
  }

  /** Where so many numbers more begin. */
  private take(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.numbers.length) this.numbers = grown(this.numbers, Math.max(this.numbers.length * 2, this.used));
    return at;
  }
}
