/** Bars of a longer duration, made of parts: all of them, numbered from 0. */
import type { Bar } from '../../../core/market-data/bar.js';
import { folded } from '../../../core/market-data/bar-reading.js';
import { barItem } from './bar-item.js';
import type { SeriesReading } from './series-source.js';

export class FoldedBars {
  private bars: Bar[] = [];
  /** Parts of the newest bar, by their number. */
  private parts = new Map<number, Bar>();

  constructor(private readonly startOf: (timeUs: number) => number) {}

  /** Begins with all parts there are, in order. */
  fill(parts: readonly Bar[]): void {
    this.bars = folded(parts, this.startOf, 0);
    const newest = this.bars.at(-1);
    if (newest === undefined) return;
    for (const part of parts) if (this.startOf(part.startUs) === newest.startUs) this.parts.set(part.barNo, part);
  }

  /** Takes in a part that is new or has grown; the bar that it belongs to. Parts of older bars change nothing any more. */
  put(part: Bar): Bar {
    const startUs = this.startOf(part.startUs);
    const newest = this.bars.at(-1);
    if (newest !== undefined && startUs < newest.startUs) return newest;
    if (newest === undefined || startUs > newest.startUs) {
      this.parts = new Map();
      this.bars.push({ ...part, startUs, barNo: this.bars.length });
    }
    this.parts.set(part.barNo, part);
    const no = this.bars.length - 1;
    [this.bars[no]] = folded([...this.parts.values()], this.startOf, no);
    return this.bars[no];
  }

  reading(close: () => void): SeriesReading {
    const lastId = (): number => this.bars.length - 1;
    return {
      get lastId() {
        return lastId();
      },
      items: (fromId, toId) => Promise.resolve(this.bars.slice(Math.max(0, fromId), toId + 1).map(barItem)),
      idAt: (timeUs) => Promise.resolve(this.bars.findLastIndex(({ startUs }) => startUs <= timeUs)),
      close,
    };
  }
}
