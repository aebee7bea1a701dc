/**
 * Market data for queries, in a database of its own (`db/market`), written by the market worker. All of it follows from the
 * log: without the database, the worker makes it anew from the oldest event it finds.
 *
 *   watermark                               last event whose prints are in the pages, f64
 *   checkpoint                              the fold of market data, packed; crc32 u32 in front
 *   tick/<instrument>/<time>/<trade id>     page, named by its first print: rows of TICK_FIELDS f64
 *   bar/<instrument>/<period>/<start>       BAR_FIELDS f64
 *   past/<instrument>/<period>              bars of a simulated history in order, BAR_FIELDS f64 each
 *   snapshot/<instrument>/<time>            JSON
 */
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { Bar } from '../core/market-data/bar.js';
import { Database, type Operation } from './database.js';
import { accountKey, afterPrefix, wideKey, wideKeyOf } from './keys.js';
import { TickRows, type Tick } from './tick-rows.js';

export type { Tick } from './tick-rows.js';

const MIB = 1 << 20;
const WATERMARK = 'watermark';
const CHECKPOINT = 'checkpoint';
const CRC_BYTES = 4;

const BAR_FIELDS = [
  'startUs',
  'barNo',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'amountHigh',
  'amountLow',
  'openOi',
  'closeOi',
  'tradeCount',
] as const satisfies readonly (keyof Bar)[];

/** Bars of a period from before an instrument was listed, all of them. */
export interface SimulatedPast {
  instrument: number;
  period: number;
  bars: readonly Bar[];
}

/** What is written together. */
export interface MarketRows {
  /** In order of time; none without a print. */
  ticks: ReadonlyMap<number, TickRows>;
  bars: readonly { instrument: number; period: number; bar: Bar }[];
  pasts: readonly SimulatedPast[];
  snapshots: readonly { instrument: number; timeUs: number; text: string }[];
}

/** Bounds of a time range, µs, both inclusive. */
export interface TimeRange {
  fromUs: number;
  toUs: number;
}

export class MarketStore {
  private constructor(private readonly database: Database) {}

  /** The folder `db` must exist. Threads of one process may open it side by side; one of them writes. Throws StorageError. */
  static async open(dataDir: string): Promise<MarketStore> {
    return new MarketStore(await Database.open(join(dataDir, 'db', 'market'), 16 * MIB));
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async watermark(): Promise<number> {
    const value = await this.database.get(WATERMARK);
    return value === undefined ? 0 : new DataView(value.buffer, value.byteOffset).getFloat64(0, true);
  }

  /** What `write` was given last; undefined for none, and for one that is damaged. */
  async checkpoint(): Promise<unknown> {
    const value = await this.database.get(CHECKPOINT);
    if (value === undefined) return undefined;
    const packed = value.subarray(CRC_BYTES);
    return new DataView(value.buffer, value.byteOffset).getUint32(0, true) === crc32(packed) ? deserialize(packed) : undefined;
  }

  /** Everything up to an event, all of it or nothing; with a checkpoint of that very event. Throws WRITE_FAILED. */
  async write(rows: MarketRows, uptoSequence: number, checkpoint?: object): Promise<void> {
    const operations: Operation[] = [{ type: 'put', key: WATERMARK, value: floats([uptoSequence]) }];
    for (const [instrument, ticks] of rows.ticks) {
      const { timeUs, tradeId } = ticks.at(0);
      operations.push({ type: 'put', key: tickKey(instrument, timeUs, tradeId), value: ticks.page() });
    }
    for (const { instrument, period, bar } of rows.bars) {
      operations.push({
        type: 'put',
        key: barPrefix(instrument, period) + wideKey(bar.startUs),
        value: floats(BAR_FIELDS.map((name) => bar[name])),
      });
    }
    for (const { instrument, period, bars } of rows.pasts) {
      const value = floats(bars.flatMap((bar) => BAR_FIELDS.map((name) => bar[name])));
      operations.push({ type: 'put', key: pastKey(instrument, period), value });
    }
    for (const { instrument, timeUs, text } of rows.snapshots) {
      operations.push({ type: 'put', key: snapshotPrefix(instrument) + wideKey(timeUs), value: Buffer.from(text) });
    }
    if (checkpoint !== undefined) operations.push({ type: 'put', key: CHECKPOINT, value: sealed(checkpoint) });
    await this.database.batch(operations);
  }

  /** The newest `limit` prints of a time range, newest first. */
  async ticks(instrument: number, range: TimeRange, limit: number): Promise<Tick[]> {
    const found: Tick[] = [];
    for await (const tick of this.eachTick(instrument, range)) if (found.push(tick) >= limit) break;
    return found;
  }

  /** Prints of a time range, newest first; stop early at will. */
  async *eachTick(instrument: number, { fromUs, toUs }: TimeRange): AsyncGenerator<Tick, void, void> {
    const prefix = tickPrefix(instrument);
    // A page is named by its first print, so the newest one of the range may have begun before its end.
    const range = { gte: prefix, lt: prefix + wideKey(toUs + 1), reverse: true };
    for await (const [, value] of this.database.entries(range)) {
      const ticks = ticksOf(value);
      for (let n = ticks.length - 1; n >= 0; n--) {
        if (ticks[n].timeUs <= toUs && ticks[n].timeUs >= fromUs) yield ticks[n];
      }
      if (ticks[0].timeUs < fromUs) return;
    }
  }

  /** The newest `limit` finished bars that begin in a time range, in order of time. */
  async bars(instrument: number, period: number, { fromUs, toUs }: TimeRange, limit: number): Promise<Bar[]> {
    const found = await this.tradedBars(instrument, period, { fromUs, toUs }, limit);
    if (found.length >= limit) return found;
    const past = (await this.past(instrument, period)).filter(({ startUs }) => startUs >= fromUs && startUs <= toUs);
    return [...past.slice(Math.max(0, past.length - (limit - found.length))), ...found];
  }

  /** The same without a simulated history. */
  async tradedBars(instrument: number, period: number, { fromUs, toUs }: TimeRange, limit: number): Promise<Bar[]> {
    const prefix = barPrefix(instrument, period);
    const range = { gte: prefix + wideKey(fromUs), lt: prefix + wideKey(toUs + 1), reverse: true, limit };
    const found: Bar[] = [];
    for await (const [, value] of this.database.entries(range)) found.push(...barsOf(value));
    return found.reverse();
  }

  /** The simulated history of a period; none for most instruments. */
  private async past(instrument: number, period: number): Promise<Bar[]> {
    const value = await this.database.get(pastKey(instrument, period));
    return value === undefined ? [] : barsOf(value);
  }

  /** Snapshots of a time range as JSON texts, newest first. */
  async snapshots(instrument: number, { fromUs, toUs }: TimeRange, limit: number): Promise<string[]> {
    const prefix = snapshotPrefix(instrument);
    const found: string[] = [];
    for await (const [, value] of this.database.entries({
      gte: prefix + wideKey(fromUs),
      lt: prefix + wideKey(toUs + 1),
      reverse: true,
      limit,
    }))
      found.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString());
    return found;
  }

  /** Forgets checkpoint and watermark, and what was written behind an event: the log is read again from there. */
  async restart(sequence: number): Promise<void> {
    const operations: Operation[] = [
      { type: 'del', key: CHECKPOINT },
      { type: 'put', key: WATERMARK, value: floats([sequence]) },
    ];
    for await (const [key, value] of this.database.entries({ gte: 'tick/', lt: afterPrefix('tick/') })) {
      const ticks = ticksOf(value);
      if (ticks[ticks.length - 1].sequence <= sequence) continue;
      const kept = ticks.filter((tick) => tick.sequence <= sequence);
      operations.push(kept.length === 0 ? { type: 'del', key } : { type: 'put', key, value: TickRows.of(kept).page() });
    }
    await this.database.batch(operations);
  }

  /** Starts of the stored bars of a period, in order. */
  async barStarts(instrument: number, period: number): Promise<number[]> {
    const prefix = barPrefix(instrument, period);
    const starts = (await this.database.keys({ gte: prefix, lt: afterPrefix(prefix) })).map(wideKeyOf);
    return [...(await this.past(instrument, period)).map(({ startUs }) => startUs), ...starts];
  }
}

function tickPrefix(instrument: number): string {
  return `tick/${accountKey(instrument)}/`;
}

function tickKey(instrument: number, timeUs: number, tradeId: number): string {
  return `${tickPrefix(instrument)}${wideKey(timeUs)}/${wideKey(tradeId)}`;
}

function barPrefix(instrument: number, period: number): string {
  return `bar/${accountKey(instrument)}/${period}/`;
}

function pastKey(instrument: number, period: number): string {
  return `past/${accountKey(instrument)}/${period}`;
}

function snapshotPrefix(instrument: number): string {
  return `snapshot/${accountKey(instrument)}/`;
}

function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}

/** The values get memory of their own, so that they begin at a multiple of 8. */
function numbersOf(value: Uint8Array): Float64Array {
  return new Float64Array(Uint8Array.from(value).buffer);
}

function ticksOf(value: Uint8Array): Tick[] {
  return new TickRows(numbersOf(value)).all();
}

function barsOf(value: Uint8Array): Bar[] {
  const numbers = numbersOf(value);
  const bars: Bar[] = [];
  for (let at = 0; at < numbers.length; at += BAR_FIELDS.length) {
    const fields = Object.fromEntries(BAR_FIELDS.map((name, field) => [name, numbers[at + field]])) as unknown as Bar;
    bars.push({ ...fields, isFinished: true });
  }
  return bars;
}

function sealed(checkpoint: object): Uint8Array {
  const packed = serialize(checkpoint);
  const value = new Uint8Array(CRC_BYTES + packed.length);
  value.set(packed, CRC_BYTES);
  new DataView(value.buffer).setUint32(0, crc32(packed), true);
  return value;
}
